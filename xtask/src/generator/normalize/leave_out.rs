//! Operations and parameters that fc-client cannot send are left out.
//!
//! Without this rule progenitor would write code for them that the renderer does not know.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::decisions::{DecisionKind, Decisions};
use super::schema::{component_schemas, ref_target};
use crate::generator::markdown::code_span;
use crate::generator::model::Method;
use crate::generator::wire;
use crate::spec::source::Keep;

/// The only encoding of a body that fc-client writes.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Keys of a path item that are no operations.
const NO_METHODS: [&str; 4] = ["parameters", "servers", "summary", "description"];

/// Removes what cannot be sent, and the schemas that only it used.
pub(super) fn remove(document: &mut Value, keep: &Keep, decisions: &mut Decisions) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut left_out = false;
    for (path, item) in paths.iter_mut() {
        let Some(item) = item.as_object_mut() else { continue };
        item.retain(|method, operation| {
            let Some(operation) = operation.as_object_mut() else { return true };
            if NO_METHODS.contains(&method.as_str()) {
                return true;
            }
            let place = wire::operation(method, path);
            parameters(operation, &place, decisions);
            let Some((kind, reason)) = obstacle(method, operation) else { return true };
            let outcome = format!("left out, because {reason}");
            decisions.add(operation, kind, &place, outcome);
            left_out = true;
            false
        });
    }
    paths.retain(|_, item| item.as_object().is_none_or(|item| !item.is_empty()));
    if left_out {
        remove_unused(document, keep);
    }
}

/// Removes optional parameters in headers and cookies.
fn parameters(operation: &mut Map<String, Value>, place: &str, decisions: &mut Decisions) {
    let Some(Value::Array(parameters)) = operation.get_mut("parameters") else { return };
    parameters.retain(|parameter| {
        let Some((location, name)) = elsewhere(parameter) else { return true };
        let is_required = parameter.get("required") == Some(&Value::Bool(true));
        if let Some(parameter) = parameter.as_object().filter(|_| !is_required) {
            let outcome = format!("left out, because it is sent in a {location}");
            decisions.add(parameter, DecisionKind::Parameter, &wire::parameter(place, &name), outcome);
        }
        is_required
    });
}

/// Where a parameter is and its name, if it is neither in the path nor in the query.
fn elsewhere(parameter: &Value) -> Option<(String, String)> {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str).map(str::to_owned);
    let location = text("in").filter(|location| matches!(location.as_str(), "header" | "cookie"))?;
    Some((location, text("name")?))
}

/// Why the operation cannot be sent.
fn obstacle(method: &str, operation: &Map<String, Value>) -> Option<(DecisionKind, String)> {
    if Method::named(method).is_none() {
        return Some((DecisionKind::Method, format!("fc-client does not send {}", method.to_uppercase())));
    }
    let parameters = operation.get("parameters").and_then(Value::as_array);
    if let Some((location, name)) = parameters.into_iter().flatten().find_map(elsewhere) {
        return Some((DecisionKind::Parameter, format!("it needs the {location} {}", code_span(&name))));
    }
    let body = operation.get("requestBody").and_then(|body| body.get("content")?.as_object());
    if let Some(body) = body.filter(|body| !body.is_empty() && !body.contains_key(FORM)) {
        let types: Vec<String> = body.keys().map(|name| code_span(name)).collect();
        return Some((DecisionKind::Body, format!("its body is {}, and no form", types.join(" or "))));
    }
    let success = operation.get("responses").and_then(|responses| responses.get("200"));
    let value = success.and_then(|success| success.pointer("/content/application~1json/schema"));
    if success.is_none_or(|success| success.get("$ref").is_none()) && value.is_none() {
        return Some((DecisionKind::Success, "its success has no JSON value".to_owned()));
    }
    None
}

/// Removes the schemas to which nothing refers. Those of the envelopes and of events stay.
fn remove_unused(document: &mut Value, keep: &Keep) {
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut pending: Vec<String> = Vec::new();
    references(document.get("paths").unwrap_or(&Value::Null), &mut pending);
    let events = document.get("x-webhook-event-types").and_then(Value::as_object);
    let carried = events.into_iter().flatten().filter_map(|(_, event)| event.get("object")?.as_str());
    pending.extend(carried.map(str::to_owned));
    let Some(schemas) = component_schemas(document) else { return };
    // A name without a module comes from a reference; one with a module stands for itself.
    pending.extend(
        schemas
            .iter()
            .filter(|(_, schema)| schema.get("x-rust-module").is_some())
            .map(|(name, _)| name.clone()),
    );
    pending.extend(schemas.keys().filter(|name| name.starts_with(&keep.resources)).cloned());
    while let Some(name) = pending.pop() {
        if kept.insert(name.clone())
            && let Some(schema) = schemas.get(&name)
        {
            references(schema, &mut pending);
        }
    }
    schemas.retain(|name, _| kept.contains(name));
}

fn references(value: &Value, found: &mut Vec<String>) {
    found.extend(ref_target(value).map(str::to_owned));
    match value {
        Value::Object(map) => map.values().for_each(|value| references(value, found)),
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
