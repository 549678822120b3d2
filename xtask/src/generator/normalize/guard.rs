//! Checks of the normalised document. They find what progenitor would silently generate wrong.

use anyhow::{Result, bail};
use serde_json::Value;

use super::schema::{ANY, Schema, for_each, for_each_operation};

/// Collects every fault, so that one run shows all of them.
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
                faults.push(format!(
                    "{path}/parameters/{name}: `deepObject` is left, which progenitor rejects"
                ));
            }
        }
    });
    if faults.is_empty() {
        return Ok(());
    }
    faults.sort();
    faults.dedup();
    bail!(
        "the generated code would silently be wrong; fix openapi/overlay.yaml or add a normalisation rule:\n  {}",
        faults.join("\n  ")
    )
}

/// The fault of one schema, if it has one.
fn shape_fault(schema: &Schema, path: &str) -> Option<&'static str> {
    let is_component = path.matches('/').count() == 3 && path.starts_with("#/components/schemas/");
    if schema.contains_key("title") {
        return Some("a `title` is left: types of one title would be merged");
    }
    if schema.contains_key("anyOf") || schema.contains_key("oneOf") {
        return Some(
            "a choice of types is left, which would become a struct that does not decode; give it `x-rust-type`",
        );
    }
    if schema.get("allOf").and_then(Value::as_array).is_some_and(|parts| parts.len() != 1) {
        return Some("an `allOf` of several schemas is not supported");
    }
    if !is_component && (schema.contains_key("properties") || schema.contains_key("enum")) {
        return Some("an inline object or enum is left, which progenitor would name by its place");
    }
    let typed = ["type", "$ref", "allOf", ANY].iter().any(|key| schema.contains_key(*key));
    if !typed {
        return Some(
            "no type: the overlay describes something that the spec does not have, or `type` is missing",
        );
    }
    if schema.get("x-rust-type").is_some_and(Value::is_string) {
        return Some("an `x-rust-type` that no rule read");
    }
    None
}
