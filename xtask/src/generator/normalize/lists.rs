//! Pages of lists, as one generic type instead of one type per list.

use serde_json::Value;

use super::schema::{Schema, enum_values, for_each, replace_keeping_place};
use super::support::rust_type;

/// Replaces every inline page with `List<T>`, and turns the property `object` of other objects into `x-object`.
pub(super) fn replace(document: &mut Value) {
    for_each(document, &mut |schema, _| {
        let Some(object) = object_constant(schema) else { return };
        if object == "list" {
            if let Some(items) = schema.get("properties").and_then(|p| p.pointer("/data/items")).cloned() {
                replace_keeping_place(schema, rust_type("List", vec![items]));
            }
            return;
        }
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove("object");
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != "object");
        }
        schema.insert("x-object".to_owned(), object.into());
    });
}

/// The only value of the property `object`.
fn object_constant(schema: &Schema) -> Option<String> {
    let object = schema.get("properties")?.get("object")?.as_object()?;
    match enum_values(object)?.as_slice() {
        [only] => Some((*only).to_owned()),
        _ => None,
    }
}
