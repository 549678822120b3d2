//! Objects with more fields than fc-types takes: the rest are unknown fields.

use serde_json::Value;

use super::decisions::{DecisionKind, Decisions};
use super::schema::component_schemas;
use crate::generator::markdown::code_span;
use crate::generator::model::MOST_FIELDS;

/// Keeps the required fields first, then those that the overlay describes, and leaves the others to `extra`.
pub(super) fn limit(document: &mut Value, decisions: &mut Decisions) {
    for (name, schema) in component_schemas(document).into_iter().flatten() {
        let Some(schema) = schema.as_object_mut() else { continue };
        let wire = schema.get("x-wire-paths").and_then(|paths| paths.get(0)).and_then(Value::as_str);
        let wire = wire.unwrap_or(name).to_owned();
        let required: Vec<String> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { continue };
        let count = properties.len();
        if count <= MOST_FIELDS {
            continue;
        }
        let mut names: Vec<&String> = properties.keys().collect();
        names.sort_by_key(|name| {
            let is_described = properties[*name].get("description").is_some();
            (!required.contains(*name), !is_described, (*name).clone())
        });
        let rest: Vec<String> = names.split_off(MOST_FIELDS).into_iter().cloned().collect();
        let list: Vec<String> = rest.iter().map(|name| code_span(name)).collect();
        let outcome =
            format!("{MOST_FIELDS} of {count} fields are typed; in `extra` are {}", list.join(", "));
        decisions.add(schema, DecisionKind::Width, &wire, outcome);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|name, _| !rest.contains(name));
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name.as_str().is_none_or(|name| !rest.iter().any(|left| left == name)));
        }
    }
}
