//! References to resources that the slice cut, and expandable fields.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::decisions::{DecisionKind, Decisions};
use super::schema::{Schema, component_schemas, for_each_wire, ref_target, reference, replace_keeping_place};
use super::support::rust_type;

/// Replaces `anyOf [id, object]` with `Expandable<Id, Object>`, and every reference to a cut resource with `ForeignObject`.
///
/// Without this rule the first becomes a flattened struct that does not decode from a string, and the second a struct without
/// fields, which drops all data.
///
/// An id without a type in the overlay has that of the object's own id, otherwise it is a text.
pub(super) fn replace(document: &mut Value, decisions: &mut Decisions) {
    let stubs: Vec<String> = component_schemas(document)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_stub(schema))
        .map(|(name, _)| name.clone())
        .collect();
    let ids: BTreeMap<String, String> = component_schemas(document)
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| {
            let id = schema.pointer("/properties/id/x-rust-type")?.as_str()?;
            Some((name.clone(), id.to_owned()))
        })
        .collect();
    for_each_wire(document, &mut |schema, wire| {
        replace_one(schema, &stubs, &ids, wire, decisions);
    });
}

/// Removes the stubs, to which nothing refers now.
pub(super) fn drop_stubs(document: &mut Value) {
    if let Some(schemas) = component_schemas(document) {
        schemas.retain(|_, schema| !is_stub(schema));
    }
}

fn is_stub(schema: &Value) -> bool {
    schema.get("x-cut") == Some(&Value::Bool(true))
}

fn replace_one(
    schema: &mut Schema,
    stubs: &[String],
    ids_of: &BTreeMap<String, String>,
    wire: &str,
    decisions: &mut Decisions,
) {
    schema.remove("x-expansionResources");
    let is_foreign =
        |schema: &Value| ref_target(schema).is_some_and(|name| stubs.iter().any(|stub| stub == name));

    if ref_target(&Value::Object(schema.clone())).is_some() {
        // A `$ref` with siblings is a place that the overlay describes. A bare one is an item of an array or a response.
        let target = json!({ "$ref": schema.get("$ref") });
        let new = if is_foreign(&target) { rust_type("ForeignObject", vec![]) } else { target };
        if schema.len() > 1 || is_foreign(&json!({ "$ref": schema.get("$ref") })) {
            schema.remove("$ref");
            replace_keeping_place(schema, new);
        }
        return;
    }

    let Some(Value::Array(branches)) = schema.get("anyOf").cloned() else { return };
    let (objects, ids): (Vec<_>, Vec<_>) = branches.into_iter().partition(|branch| !is_string(branch));
    // Inner schemas are visited first, so an inner `$ref` may already be in an `allOf`, or be replaced.
    let objects: Vec<Value> = objects.into_iter().map(unwrap_place).collect();
    let target = match objects.as_slice() {
        _ if objects.iter().all(is_foreign_object) && !objects.is_empty() => {
            rust_type("ForeignObject", vec![])
        }
        [object] if ref_target(object).is_some() => object.clone(),
        _ => return,
    };
    let new = if ids.is_empty() {
        target
    } else {
        let given = schema.get("x-rust-type").and_then(Value::as_str);
        let own = ref_target(&target).and_then(|name| ids_of.get(name)).map(String::as_str);
        let id = match given.or(own) {
            Some(id) => rust_type(id, vec![]),
            None => {
                decisions.add(schema, DecisionKind::TextId, wire, "expandable, with a text as its id");
                json!({ "type": "string" })
            }
        };
        let object = match ref_target(&target) {
            Some(name) => reference(name),
            None => rust_type("ForeignObject", vec![id.clone()]),
        };
        rust_type("Expandable", vec![id, object])
    };
    schema.remove("anyOf");
    replace_keeping_place(schema, new);
}

fn is_string(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("string")
}

fn is_foreign_object(schema: &Value) -> bool {
    schema.pointer("/x-rust-type/path").and_then(Value::as_str) == Some("fc_types::ForeignObject")
}

fn unwrap_place(schema: Value) -> Value {
    match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => only.clone(),
        _ => schema,
    }
}
