//! Documentation of every public item, and a list of the items that lack it.

use std::fmt;

use serde_json::{Map, Value};

use super::schema::{component_schemas, for_each_wire_operation};
use crate::generator::wire;

/// Documentation of items that the overlay does not describe. After an update these are the new ones.
pub const FILLER: &str = "New and not described yet.";

/// An item that the overlay does not describe.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Its [wire path](crate::generator::wire).
    pub wire: String,
    /// Its path in Rust: `fc_types::Session::limits`.
    pub rust: String,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.wire, self.rust)
    }
}

/// Fills every gap, and returns the gaps.
pub(super) fn fill(document: &mut Value) -> Vec<Gap> {
    let mut gaps = Gaps::default();
    for (name, schema) in component_schemas(document).into_iter().flatten() {
        let Some(schema) = schema.as_object_mut() else { continue };
        let gap = Gap {
            wire: wire_path(schema).unwrap_or_else(|| name.clone()),
            rust: format!("fc_types::{name}"),
        };
        gaps.close(schema, "description", || gap.clone());
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if let Some(property) = property.as_object_mut() {
                gaps.close_beside(property, || Gap {
                    wire: wire::member(&gap.wire, name),
                    rust: format!("{}::{name}", gap.rust),
                });
            }
        }
        gaps.close_values(schema, &gap);
    }
    for_each_wire_operation(document, &mut |operation, path| {
        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let rust = format!("fc_client::Client::{id}");
        gaps.close(operation, "description", || Gap { wire: path.to_owned(), rust: rust.clone() });
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(parameter) = parameter.as_object_mut() else { continue };
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let gap = Gap { wire: wire::parameter(path, name), rust: format!("{rust}({name})") };
            gaps.close(parameter, "description", || gap);
        }
    });
    gaps.found
}

/// First place of the spec that a component stands for.
fn wire_path(schema: &Map<String, Value>) -> Option<String> {
    let first = schema.get("x-wire-paths").and_then(|paths| paths.get(0));
    first.or_else(|| schema.get("x-wire-name"))?.as_str().map(str::to_owned)
}

#[derive(Default)]
struct Gaps {
    found: Vec<Gap>,
}

impl Gaps {
    fn close(&mut self, item: &mut Map<String, Value>, key: &str, gap: impl FnOnce() -> Gap) {
        if !has_text(item.get(key)) {
            item.insert(key.to_owned(), FILLER.into());
            self.found.push(gap());
        }
    }

    /// Moves a `$ref` into `allOf` first, because it would hide the description beside it.
    fn close_beside(&mut self, property: &mut Map<String, Value>, gap: impl FnOnce() -> Gap) {
        if let Some(target) = property.remove("$ref") {
            property.insert("allOf".to_owned(), serde_json::json!([{ "$ref": target }]));
        }
        self.close(property, "description", gap);
    }

    fn close_values(&mut self, schema: &mut Map<String, Value>, place: &Gap) {
        let Some(values) = schema.get("enum").and_then(Value::as_array).cloned() else { return };
        let docs = schema.entry("x-enum-descriptions").or_insert_with(|| Value::Object(Map::new()));
        let Some(docs) = docs.as_object_mut() else { return };
        for value in values.iter().filter_map(Value::as_str) {
            self.close(docs, value, || Gap {
                wire: wire::value(&place.wire, value),
                rust: format!("{}, the value {value:?}", place.rust),
            });
        }
    }
}

fn has_text(description: Option<&Value>) -> bool {
    description.and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}
