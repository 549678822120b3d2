//! References to resources that the slice cut off, and fields that a request can expand.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::schema::{Schema, component_schemas, for_each, ref_target, reference, replace_keeping_place};
use super::support::rust_type;

/// Replaces `anyOf [id, object]` by `Expandable<Id, Object>` and every reference to a cut resource by `ForeignObject`.
///
/// Left alone, the first becomes a flattened struct that cannot be read from a string, and the second a struct without
/// fields that drops everything it is given.
pub(super) fn replace(document: &mut Value) -> Result<()> {
    let stubs: Vec<String> = component_schemas(document)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_stub(schema))
        .map(|(name, _)| name.clone())
        .collect();
    let mut failure = None;
    for_each(document, &mut |schema, path| {
        if let Err(error) = replace_one(schema, &stubs) {
            failure.get_or_insert(error.context(path.to_owned()));
        }
    });
    failure.map_or(Ok(()), Err)
}

/// Removes the stubs, which nothing refers to any more.
pub(super) fn drop_stubs(document: &mut Value) {
    if let Some(schemas) = component_schemas(document) {
        schemas.retain(|_, schema| !is_stub(schema));
    }
}

fn is_stub(schema: &Value) -> bool {
    schema.get("x-cut") == Some(&Value::Bool(true))
}

fn replace_one(schema: &mut Schema, stubs: &[String]) -> Result<()> {
    schema.remove("x-expansionResources");
    let is_foreign =
        |schema: &Value| ref_target(schema).is_some_and(|name| stubs.iter().any(|stub| stub == name));

    if ref_target(&Value::Object(schema.clone())).is_some() {
        // The place of a `$ref` carries what the overlay said of it; a lone `$ref` is an array's item or a response.
        let target = json!({ "$ref": schema.get("$ref") });
        let new = if is_foreign(&target) { rust_type("ForeignObject", vec![]) } else { target };
        if schema.len() > 1 || is_foreign(&json!({ "$ref": schema.get("$ref") })) {
            schema.remove("$ref");
            replace_keeping_place(schema, new);
        }
        return Ok(());
    }

    let Some(Value::Array(branches)) = schema.get("anyOf").cloned() else { return Ok(()) };
    let (objects, ids): (Vec<_>, Vec<_>) = branches.into_iter().partition(|branch| !is_string(branch));
    // An inner `$ref` may already have been moved into an allOf, or replaced, as inner schemas are visited first.
    let objects: Vec<Value> = objects.into_iter().map(unwrap_place).collect();
    let target = match objects.as_slice() {
        _ if objects.iter().all(is_foreign_object) && !objects.is_empty() => {
            rust_type("ForeignObject", vec![])
        }
        [object] if ref_target(object).is_some() => object.clone(),
        _ => return Ok(()),
    };
    let new = if ids.is_empty() {
        target
    } else {
        let Some(id) = schema.get("x-rust-type").and_then(Value::as_str) else {
            bail!(
                "an expandable field whose id has no type: add `x-rust-type` with the type of the id to the overlay"
            );
        };
        let id = rust_type(id, vec![]);
        let object = match ref_target(&target) {
            Some(name) => reference(name),
            None => rust_type("ForeignObject", vec![id.clone()]),
        };
        rust_type("Expandable", vec![id, object])
    };
    schema.remove("anyOf");
    replace_keeping_place(schema, new);
    Ok(())
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
