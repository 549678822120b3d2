//! Stripe's spec for its SDKs, which has what the public spec leaves out.

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

/// Key of a spec under which the additions of the SDK spec are.
pub(super) const SDK_SPEC: &str = "x-sdk-spec";

/// Adds to a public spec what only the SDK spec has: schemas, the fields that are always present, the objects of events, and the
/// types of thin events.
///
/// # Errors
///
/// The two are of different API versions.
pub fn add_sdk_spec(spec: &mut Value, sdk: &Value) -> Result<()> {
    let version = |document: &Value| {
        document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (public, of_sdk) = (version(spec), version(sdk));
    ensure!(
        public == of_sdk,
        "the spec is of API version {public} and the SDK spec of {of_sdk}: take both of one commit"
    );
    let schemas = |document: &Value| {
        document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let known = schemas(spec);
    let (mut extra, mut required, mut events, mut thin) = (Map::new(), Map::new(), Vec::new(), Vec::new());
    for (name, schema) in schemas(sdk) {
        if let Some(event) = schema.pointer("/x-stripeEvent/type") {
            if is_thin(&schema) {
                thin.push(event.clone());
                continue;
            }
            let object =
                schema.pointer("/properties/object/$ref").and_then(Value::as_str).unwrap_or_default();
            if let Some(object) = object.strip_prefix("#/components/schemas/") {
                events.push(json!({ "type": event, "object": object }));
            }
            continue;
        }
        if let Some(list) = schema.get("required") {
            required.insert(name.clone(), list.clone());
        }
        if !known.contains_key(&name) {
            extra.insert(name, schema);
        }
    }
    if let Some(spec) = spec.as_object_mut() {
        spec.insert(
            SDK_SPEC.to_owned(),
            json!({ "schemas": extra, "required": required, "events": events, "thin_events": thin }),
        );
    }
    Ok(())
}

/// Whether a schema of the SDK spec describes a thin event, which refers to its object and does not hold it.
pub(crate) fn is_thin(schema: &Value) -> bool {
    schema.pointer("/x-stripeEvent/kind").is_some_and(|kind| kind == "thin")
}
