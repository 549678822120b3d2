//! Fields with the name of the field that every object has for unknown fields.

use heck::ToSnakeCase as _;
use serde_json::Value;

use super::decisions::{DecisionKind, Decisions};
use super::schema::component_schemas;
use crate::generator::model::{EXTRA, renamed_extra};
use crate::generator::wire;

/// Reports each such field, which gets another name.
pub(super) fn report(document: &mut Value, decisions: &mut Decisions) {
    for (component, schema) in component_schemas(document).into_iter().flatten() {
        let first = schema.get("x-wire-paths").and_then(|paths| paths.get(0)).and_then(Value::as_str);
        let place = first.unwrap_or(component);
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if let Some(property) = property.as_object().filter(|_| name.to_snake_case() == EXTRA) {
                let outcome = format!("a field named `{}`", renamed_extra());
                decisions.add(property, DecisionKind::FieldName, &wire::member(place, name), outcome);
            }
        }
    }
}
