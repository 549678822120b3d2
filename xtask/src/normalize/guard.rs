//! The last look: what would be mis-generated without an error anywhere stops the run here.

use anyhow::{Result, bail};
use serde_json::Value;

use super::schema::{Schema, for_each, for_each_operation};

/// Collects everything that is wrong, so that one run shows all of it.
pub(super) fn check(document: &mut Value) -> Result<()> {
    let mut faults = Vec::new();
    for_each(document, &mut |schema, path| {
        if let Some(fault) = shape_fault(schema, path) {
            faults.push(format!("{path}: {fault}"));
        }
    });
    for_each_operation(document, &mut |operation, path| {
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            if parameter.get("style").and_then(Value::as_str) == Some("deepObject") {
                faults
                    .push(format!("{path}/parameters/{name}: deepObject is left, which progenitor refuses"));
            }
        }
    });
    if faults.is_empty() {
        return Ok(());
    }
    faults.sort();
    faults.dedup();
    bail!(
        "the document would not generate what it means; mend openapi/overlay.yaml or add a normalisation rule:\n  {}",
        faults.join("\n  ")
    )
}

/// What is wrong with the shape of one schema.
fn shape_fault(schema: &Schema, path: &str) -> Option<&'static str> {
    let is_component = path.matches('/').count() == 3 && path.starts_with("#/components/schemas/");
    if schema.contains_key("title") {
        return Some("a `title` is left, which would name the type and unite it with others of that title");
    }
    if schema.contains_key("anyOf") || schema.contains_key("oneOf") {
        return Some(
            "a choice of types is left, which would become a struct that cannot be read; give it `x-rust-type`",
        );
    }
    if schema.get("allOf").and_then(Value::as_array).is_some_and(|parts| parts.len() != 1) {
        return Some("an `allOf` of several schemas, which is not supported");
    }
    if !is_component && (schema.contains_key("properties") || schema.contains_key("enum")) {
        return Some("an inline object or enum is left, which would be named by its place");
    }
    let typed = ["type", "$ref", "allOf"].iter().any(|key| schema.contains_key(*key));
    if !typed {
        return Some(
            "no type: the overlay documents something that the spec does not have, or `type` is missing",
        );
    }
    if schema.get("x-rust-type").is_some_and(Value::is_string) {
        return Some("an `x-rust-type` that no rule has read");
    }
    if schema.get("properties").and_then(|properties| properties.get("extra")).is_some() {
        return Some(
            "a property named `extra`, the name of the field for unknown fields; rename it in the renderer first",
        );
    }
    None
}
