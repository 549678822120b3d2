//! Free-form objects: objects without properties in the spec.

use serde_json::{Value, json};

use super::schema::{Schema, component_schemas, for_each, ref_target, replace_keeping_place};

/// Makes every object without properties free-form, and inlines those that are components, which would become newtypes of maps.
pub(super) fn replace(document: &mut Value) {
    for_each(document, &mut |schema, _| {
        if is_empty(schema) {
            schema.remove("properties");
            schema.insert("additionalProperties".to_owned(), true.into());
        }
    });
    let mut free: Vec<String> = Vec::new();
    if let Some(schemas) = component_schemas(document) {
        schemas.retain(|name, schema| {
            let is_free = schema.get("additionalProperties") == Some(&Value::Bool(true));
            if is_free {
                free.push(name.clone());
            }
            !is_free
        });
    }
    for_each(document, &mut |schema, _| {
        let target = ref_target(&json!({ "$ref": schema.get("$ref") })).map(str::to_owned);
        if target.is_some_and(|target| free.contains(&target)) {
            schema.remove("$ref");
            replace_keeping_place(schema, json!({ "type": "object", "additionalProperties": true }));
        }
    });
}

fn is_empty(schema: &Schema) -> bool {
    let says_more = ["additionalProperties", "x-rust-type", "x-cut", "allOf", "anyOf", "oneOf"];
    let members = schema.get("properties").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    schema.get("type").is_some_and(|kind| kind == "object")
        && members == 0
        && !says_more.iter().any(|key| schema.contains_key(*key))
}
