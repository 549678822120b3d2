//! Every public item has documentation.

use serde_json::{Map, Value};

use super::schema::{component_schemas, for_each_operation};

/// The sentence of items that the overlay does not describe: what an update brings is new to it.
pub const FILLER: &str = "New and not described yet.";

/// Fills every gap, and returns the paths of the gaps.
pub(super) fn fill(document: &mut Value) -> Vec<String> {
    let mut gaps = Gaps::default();
    for (name, schema) in component_schemas(document).into_iter().flatten() {
        let Some(schema) = schema.as_object_mut() else { continue };
        let path = format!("#/components/schemas/{name}");
        gaps.close(schema, "description", &path);
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if let Some(property) = property.as_object_mut() {
                gaps.close_beside(property, &format!("{path}/properties/{name}"));
            }
        }
        gaps.close_values(schema, &path);
    }
    for_each_operation(document, &mut |operation, path| {
        gaps.close(operation, "description", path);
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(parameter) = parameter.as_object_mut() else { continue };
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let path = format!("{path}/parameters/{name}");
            gaps.close(parameter, "description", &path);
        }
    });
    gaps.paths
}

#[derive(Default)]
struct Gaps {
    paths: Vec<String>,
}

impl Gaps {
    fn close(&mut self, item: &mut Map<String, Value>, key: &str, path: &str) {
        if !has_text(item.get(key)) {
            item.insert(key.to_owned(), FILLER.into());
            self.paths.push(path.to_owned());
        }
    }

    /// A `$ref` hides its siblings, so that the sentence goes around it.
    fn close_beside(&mut self, property: &mut Map<String, Value>, path: &str) {
        if let Some(target) = property.remove("$ref") {
            property.insert("allOf".to_owned(), serde_json::json!([{ "$ref": target }]));
        }
        self.close(property, "description", path);
    }

    fn close_values(&mut self, schema: &mut Map<String, Value>, path: &str) {
        let Some(values) = schema.get("enum").and_then(Value::as_array).cloned() else { return };
        let docs = schema.entry("x-enum-descriptions").or_insert_with(|| Value::Object(Map::new()));
        let Some(docs) = docs.as_object_mut() else { return };
        for value in values.iter().filter_map(Value::as_str) {
            self.close(docs, value, &format!("{path}: the value `{value}`"));
        }
    }
}

fn has_text(description: Option<&Value>) -> bool {
    description.and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}
