//! `Debug` of every model hides texts that may be about a person, in the general version and in the preview.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::workspace::{self, NORMALIZED};

/// A text that may be about a person.
const PERSONAL: &str = "PERSONAL";

/// A text that the overlay marks with `x-public-text`.
const PUBLIC: &str = "PUBLIC";

/// Shows a value that is decoded from JSON, in both forms of `Debug`.
type Show = fn(Value) -> String;

fn show<T: DeserializeOwned + Debug>(json: Value) -> String {
    let value: T = serde_json::from_value(json).unwrap_or_else(|error| panic!("{error}"));
    format!("{value:?} {value:#?}")
}

macro_rules! shown {
    ($($model:ident),+ $(,)?) => {
        BTreeMap::from([$((stringify!($model), show::<models::$model> as Show)),+])
    };
}

/// The models of the general version that hold free text themselves.
fn general() -> BTreeMap<&'static str, Show> {
    use fc_types as models;

    shown![
        Account,
        AccountOwner,
        ApiError,
        Authorization,
        CreateSessionParams,
        DisconnectAccountParams,
        Event,
        EventData,
        EventRequest,
        RefreshAccountParams,
        Session,
        SessionFilters,
        SessionFiltersParams,
        SubscribeAccountParams,
        Transaction,
        UnsubscribeAccountParams,
    ]
}

/// Those of the preview.
fn preview() -> BTreeMap<&'static str, Show> {
    use fc_types::preview as models;

    shown![
        Account,
        AccountInferredBalance,
        AccountOwner,
        ApiError,
        Authorization,
        CreateSessionParams,
        DisconnectAccountParams,
        Event,
        EventAutomationAction,
        EventCustomData,
        EventData,
        EventRequest,
        Institution,
        RefreshAccountParams,
        Session,
        SessionFilters,
        SessionFiltersParams,
        SessionHosted,
        SubscribeAccountParams,
        Transaction,
        UnsubscribeAccountParams,
    ]
}

#[test]
fn debug_of_every_model_with_free_text_hides_it_unless_it_is_public() {
    let of_preview = workspace::json("openapi/preview/normalized.json");
    for (document, models) in [(&*NORMALIZED, general()), (&of_preview, preview())] {
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let with_text: Vec<&str> = schemas
            .iter()
            .filter(|(_, schema)| has_free_text(schema))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(with_text, models.keys().copied().collect::<Vec<_>>(), "the tables are in this file");
        for (name, show) in models {
            let filled = filled(document, &schemas[name]);
            let shown = show(filled.clone());
            assert!(!shown.contains(PERSONAL), "{name} shows a text that may be personal: {shown}");
            assert_eq!(shown.contains(PUBLIC), filled.to_string().contains(PUBLIC), "{name}: {shown}");
        }
    }
}

/// The marked texts are few, and each has a reason: no text of a person, an account or a transaction is among them.
#[test]
fn no_text_of_a_person_is_marked_as_public() {
    let of_preview = workspace::json("openapi/preview/normalized.json");
    for document in [&*NORMALIZED, &of_preview] {
        for (model, field) in [
            ("Account", "display_name"),
            ("Account", "last4"),
            ("AccountOwner", "email"),
            ("AccountOwner", "name"),
            ("AccountOwner", "phone"),
            ("AccountOwner", "raw_address"),
            ("CreateSessionParams", "return_url"),
            ("EventRequest", "idempotency_key"),
            ("Session", "return_url"),
            ("Transaction", "description"),
        ] {
            let property = &document["components"]["schemas"][model]["properties"][field];
            assert!(property.is_object(), "{model}.{field}");
            assert!(property.get("x-public-text").is_none(), "{model}.{field}");
        }
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = &Value> {
    schema["properties"].as_object().into_iter().flat_map(Map::values)
}

fn has_free_text(schema: &Value) -> bool {
    properties(schema).any(is_free_text)
}

/// Whether a place holds text of any contents, or JSON; not a typed text, an enum, or another object.
fn is_free_text(schema: &Value) -> bool {
    if let Some(parts) = schema.get("allOf") {
        return is_free_text(&parts[0]);
    }
    if let Some(support) = schema.get("x-rust-type") {
        return support["path"] == "fc_types::Text";
    }
    if schema.get("$ref").is_some() {
        return false;
    }
    match schema["type"].as_str() {
        Some("string") => schema.get("enum").is_none(),
        Some("array") => is_free_text(&schema["items"]),
        Some("object") => true,
        _ => false,
    }
}

/// A value with every field, an unknown field in each object, and a marker in each text.
fn filled(document: &Value, schema: &Value) -> Value {
    let text = if schema["x-public-text"] == true { PUBLIC } else { PERSONAL };
    if let Some(reference) = schema.get("$ref") {
        let name = reference.as_str().unwrap().strip_prefix("#/components/schemas/").unwrap();
        return filled(document, &document["components"]["schemas"][name]);
    }
    if let Some(parts) = schema.get("allOf") {
        let mut part = parts[0].clone();
        if let (Some(mark), Some(part)) = (schema.get("x-public-text"), part.as_object_mut()) {
            part.insert("x-public-text".to_owned(), mark.clone());
        }
        return filled(document, &part);
    }
    if let Some(support) = schema.get("x-rust-type") {
        return support_type(document, support, text);
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.first().cloned().unwrap_or_else(|| "value".into());
    }
    match schema["type"].as_str().unwrap_or_default() {
        "string" => text.into(),
        "boolean" => true.into(),
        "integer" => 1.into(),
        "array" => {
            let mut items = schema["items"].clone();
            if let (Some(mark), Some(items)) = (schema.get("x-public-text"), items.as_object_mut()) {
                items.insert("x-public-text".to_owned(), mark.clone());
            }
            json!([filled(document, &items)])
        }
        "object" if schema.get("properties").is_some() => {
            let properties = schema["properties"].as_object().unwrap();
            let mut fields: Map<String, Value> = properties
                .iter()
                .map(|(name, property)| (name.clone(), filled(document, property)))
                .collect();
            if let Some(tag) = schema.get("x-object") {
                fields.insert("object".to_owned(), tag.clone());
            }
            fields.insert("a_later_field".to_owned(), PERSONAL.into());
            fields.into()
        }
        "object" => json!({ "key": PERSONAL }),
        _ => panic!("no value can be made of {schema}"),
    }
}

fn support_type(document: &Value, support: &Value, text: &str) -> Value {
    let parameter = |index: usize| filled(document, &support["parameters"][index]);
    match support["path"].as_str().unwrap().strip_prefix("fc_types::").unwrap() {
        id if id.ends_with("Id") => "id_1".into(),
        "ClientSecret" => PERSONAL.into(),
        "Currency" => "usd".into(),
        "Text" => text.into(),
        "Timestamp" | "AccountLimit" => 1.into(),
        "Amounts" => json!({ "usd": 1 }),
        "ForeignObject" => json!({ "id": "id_1", "email": PERSONAL }),
        "Expandable" => parameter(1),
        "List" => json!({ "object": "list", "data": [parameter(0)], "has_more": false, "url": "/v1/x" }),
        "EventObject" | "preview::EventObject" => {
            filled(document, &document["components"]["schemas"]["Account"])
        }
        other => panic!("no value can be made of the support type {other}: teach this function"),
    }
}
