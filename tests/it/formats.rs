//! Ways of reading that are not the text of one JSON value: serde's buffers, YAML and CBOR.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The members of a value beside another one.
#[derive(Deserialize, Serialize)]
struct Flattened<T> {
    received_at: u64,
    #[serde(flatten)]
    value: T,
}

/// Values told apart by a member.
#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Tagged<T> {
    Field { value: T },
    Whole(T),
}

/// Values told apart by a member beside them.
#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", content = "content", rename_all = "snake_case")]
enum Beside<T> {
    Value(T),
}

/// Values told apart by their form.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Untagged<T> {
    Number(u64),
    Value(T),
}

/// Reads a `T` in each way. Each must give `expected`, the tree that the value of `json` serialises to.
pub(crate) fn read_everywhere<T: DeserializeOwned + Serialize>(json: &Value, expected: &Value) {
    same::<Untagged<T>>("untagged", json, expected);
    // The order of members has no meaning in JSON. So the content can come before the tag.
    let beside = |value: &Value| json!({ "content": value, "kind": "value" });
    same::<Beside<T>>("tagged beside", &beside(json), &beside(expected));
    let field = |value: &Value| json!({ "kind": "field", "value": value });
    same::<Tagged<T>>("tagged", &field(json), &field(expected));
    if json.is_object() {
        let beside = |value: &Value, name: &str, other: Value| {
            let mut value = value.clone();
            value[name] = other;
            value
        };
        let flattened = |value| beside(value, "received_at", 1.into());
        same::<Flattened<T>>("flattened", &flattened(json), &flattened(expected));
        let whole = |value| beside(value, "kind", "whole".into());
        same::<Tagged<T>>("tagged as a whole", &whole(json), &whole(expected));
    }

    let text = yaml(json);
    let read: T = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("YAML: {error} in {text}"));
    assert_eq!(&serde_json::to_value(&read).unwrap(), expected, "YAML");
    let mut cbor = Vec::new();
    ciborium::into_writer(json, &mut cbor).unwrap();
    let read: T = ciborium::from_reader(&*cbor).unwrap_or_else(|error| panic!("CBOR: {error} in {json}"));
    assert_eq!(&serde_json::to_value(&read).unwrap(), expected, "CBOR");
}

/// A JSON text is YAML, if its strings have no raw character that YAML escapes.
fn yaml(json: &Value) -> String {
    let escaped = |c: char| {
        if c.is_ascii_graphic() || c == ' ' { c.to_string() } else { format!("\\U{:08x}", c as u32) }
    };
    json.to_string().chars().map(escaped).collect()
}

fn same<T: DeserializeOwned + Serialize>(name: &str, json: &Value, expected: &Value) {
    let read: T =
        serde_json::from_str(&json.to_string()).unwrap_or_else(|error| panic!("{name}: {error} in {json}"));
    assert_eq!(&serde_json::to_value(&read).unwrap(), expected, "{name}");
}
