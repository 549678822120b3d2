//! Support types of fc-types instead of bare strings and numbers.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::schema::{Schema, for_each, replace_keeping_place};

/// The schema of a type of fc-types, in the form that typify reads.
pub(super) fn rust_type(name: &str, parameters: Vec<Value>) -> Value {
    json!({
        "type": "object",
        "x-rust-type": {
            "crate": "fc-types",
            "version": "*",
            "path": format!("fc_types::{name}"),
            "parameters": parameters,
        },
    })
}

/// Gives every time the type `Timestamp`, and every schema with an `x-rust-type` that type.
pub(super) fn replace(document: &mut Value) -> Result<()> {
    let mut failure = None;
    for_each(document, &mut |schema, path| {
        let named = match schema.get("x-rust-type") {
            Some(Value::String(name)) => Some(name.clone()),
            _ => None,
        };
        let is_time = || schema.get("format").and_then(Value::as_str) == Some("unix-time");
        if let Some(name) = named.or_else(|| is_time().then(|| "Timestamp".to_owned()))
            && let Err(error) = set(schema, &name)
        {
            failure.get_or_insert(error.context(path.to_owned()));
        }
    });
    failure.map_or(Ok(()), Err)
}

fn set(schema: &mut Schema, name: &str) -> Result<()> {
    let wire = schema.get("type").cloned();
    let expected = wire_type(name);
    let found = wire.as_ref().and_then(Value::as_str);
    // If the spec changes the JSON type, no value would decode.
    ensure!(
        found == expected,
        "`{name}` is {} on the wire, and this is {}: change or remove its `x-rust-type` in the overlay",
        expected.unwrap_or("a choice of types"),
        found.unwrap_or("of no one type"),
    );
    let mut new = rust_type(name, vec![]);
    if let (Some(wire), Some(new)) = (wire, new.as_object_mut()) {
        new.insert("type".to_owned(), wire);
    }
    replace_keeping_place(schema, new);
    Ok(())
}

/// The JSON type of a support type: a string for ids and all others that are not listed.
pub(super) fn wire_type(name: &str) -> Option<&'static str> {
    match name {
        "AccountLimit" => None,
        "Amounts" | "EventObject" => Some("object"),
        "Timestamp" => Some("integer"),
        _ => Some("string"),
    }
}
