//! Choices of types that no other rule reads: values of any JSON type.
//!
//! Without this rule each becomes a struct that does not decode.

use serde_json::{Value, json};

use super::decisions::{DecisionKind, Decisions};
use super::schema::{ANY, Schema, component_schemas, for_each, for_each_wire, ref_target};

/// Makes every choice that the overlay gives no type a value of any type, and inlines those that are components.
pub(super) fn replace(document: &mut Value, decisions: &mut Decisions) {
    for_each_wire(document, &mut |schema, wire| {
        if is_choice(schema) && !schema.contains_key("x-rust-type") {
            decisions.add(
                schema,
                DecisionKind::Choice,
                wire,
                "a value of any JSON type, though the spec has a choice",
            );
            // It takes null as well.
            schema.retain(|key, _| key == "description");
            schema.insert(ANY.to_owned(), true.into());
        }
    });
    let mut any: Vec<String> = Vec::new();
    if let Some(schemas) = component_schemas(document) {
        schemas.retain(|name, schema| {
            let is_any = schema.get(ANY).is_some();
            if is_any {
                any.push(name.clone());
            }
            !is_any
        });
    }
    for_each(document, &mut |schema, _| {
        let is_any =
            |schema: &Value| ref_target(schema).is_some_and(|target| any.iter().any(|name| name == target));
        let parts = schema.get("allOf").and_then(Value::as_array);
        let refers = is_any(&json!({ "$ref": schema.get("$ref") }))
            || parts.is_some_and(|parts| parts.iter().any(is_any));
        if refers {
            schema.retain(|key, _| key == "description");
            schema.insert(ANY.to_owned(), true.into());
        }
    });
}

fn is_choice(schema: &Schema) -> bool {
    let parts = schema.get("allOf").and_then(Value::as_array);
    schema.contains_key("anyOf")
        || schema.contains_key("oneOf")
        || parts.is_some_and(|parts| parts.len() != 1)
}
