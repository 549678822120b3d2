//! Support types of fc-types in place of bare strings and numbers.

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

/// Gives every time the type `Timestamp`, and every schema that the overlay typed the type it names.
pub(super) fn replace(document: &mut Value) {
    for_each(document, &mut |schema, _| {
        let named = match schema.get("x-rust-type") {
            Some(Value::String(name)) => Some(name.clone()),
            _ => None,
        };
        if let Some(name) = named {
            set(schema, &name);
        } else if schema.get("format").and_then(Value::as_str) == Some("unix-time") {
            set(schema, "Timestamp");
        }
    });
}

fn set(schema: &mut Schema, name: &str) {
    let wire = schema.get("type").cloned();
    let mut new = rust_type(name, vec![]);
    if let (Some(wire), Some(new)) = (wire, new.as_object_mut()) {
        new.insert("type".to_owned(), wire);
    }
    replace_keeping_place(schema, new);
}
