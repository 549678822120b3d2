//! Walks over the schemas and operations of a document.

use serde_json::{Map, Value};

use crate::generator::wire;

/// The mark of a place that also takes the empty string; see `unset.rs`.
pub(super) const OR_UNSET: &str = "x-or-unset";

/// The mark of a place that takes a value of any JSON type; see `choices.rs`.
pub(super) const ANY: &str = "x-any";

/// The mark of a text that is about no person, so that `Debug` shows it.
pub(crate) const PUBLIC_TEXT: &str = "x-public-text";

/// A schema as a JSON object.
pub(super) type Schema = Map<String, Value>;

/// Calls `visit` on every schema of the document, inner ones first, with its path.
pub(super) fn for_each(document: &mut Value, visit: &mut dyn FnMut(&mut Schema, &str)) {
    if let Some(schemas) = component_schemas(document) {
        for (name, schema) in schemas {
            walk(schema, &format!("#/components/schemas/{name}"), visit);
        }
    }
    for_each_operation(document, &mut |operation, path| {
        for (holder, path) in schema_holders(operation, path) {
            if let Some(schema) = holder.get_mut("schema") {
                walk(schema, &format!("{path}/schema"), visit);
            }
        }
    });
}

/// As [`for_each`], with the [wire path](crate::generator::wire) of each place. The branches of a choice have that of the choice.
pub(super) fn for_each_wire(document: &mut Value, visit: &mut dyn FnMut(&mut Schema, &str)) {
    for (name, schema) in component_schemas(document).into_iter().flatten() {
        walk_wire(schema, name, visit);
    }
    for_each_wire_operation(document, &mut |operation, place| {
        for (holder, _) in schema_holders(operation, "") {
            let place = match holder.get("name").and_then(Value::as_str) {
                Some(parameter) => wire::parameter(place, parameter),
                None => place.to_owned(),
            };
            if let Some(schema) = holder.get_mut("schema") {
                walk_wire(schema, &place, visit);
            }
        }
    });
}

fn walk_wire(schema: &mut Value, place: &str, visit: &mut dyn FnMut(&mut Schema, &str)) {
    let Some(schema) = schema.as_object_mut() else { return };
    for (key, value) in schema.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    walk_wire(property, &wire::member(place, name), visit);
                }
            }
            ("items", value @ Value::Object(_)) => walk_wire(value, &wire::item(place), visit),
            ("additionalProperties", value @ Value::Object(_)) => {
                walk_wire(value, &wire::entry(place), visit);
            }
            ("anyOf" | "allOf" | "oneOf", Value::Array(branches)) => {
                branches.iter_mut().for_each(|branch| walk_wire(branch, place, visit));
            }
            _ => {}
        }
    }
    visit(schema, place);
}

/// The schemas under `components`.
pub(super) fn component_schemas(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document.pointer_mut("/components/schemas")?.as_object_mut()
}

/// Calls `visit` on every operation with its path.
pub(super) fn for_each_operation(document: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>, &str)) {
    let Some(paths) = document.pointer_mut("/paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths {
        let Some(item) = item.as_object_mut() else { continue };
        for (method, operation) in item {
            if let ("get" | "post" | "put" | "patch" | "delete", Some(operation)) =
                (method.as_str(), operation.as_object_mut())
            {
                visit(operation, &format!("#/paths/{}/{method}", path.replace('/', "~1")));
            }
        }
    }
}

/// As [`for_each_operation`], with the [wire path](crate::generator::wire) of the operation.
pub(super) fn for_each_wire_operation(
    document: &mut Value,
    visit: &mut dyn FnMut(&mut Map<String, Value>, &str),
) {
    for_each_operation(document, &mut |operation, path| {
        let (route, method) = path.rsplit_once('/').unwrap_or_default();
        let route = route.trim_start_matches("#/paths/").replace("~1", "/");
        visit(operation, &wire::operation(method, &route));
    });
}

/// The objects of an operation that hold a `schema`: its parameters and media types.
fn schema_holders<'a>(
    operation: &'a mut Map<String, Value>,
    path: &str,
) -> Vec<(&'a mut Map<String, Value>, String)> {
    let mut holders = Vec::new();
    for (key, value) in operation.iter_mut() {
        match key.as_str() {
            "parameters" => {
                for (index, parameter) in value.as_array_mut().into_iter().flatten().enumerate() {
                    if let Some(parameter) = parameter.as_object_mut() {
                        holders.push((parameter, format!("{path}/parameters/{index}")));
                    }
                }
            }
            "requestBody" => media_types(value, &format!("{path}/requestBody"), &mut holders),
            "responses" => {
                for (status, response) in value.as_object_mut().into_iter().flatten() {
                    media_types(response, &format!("{path}/responses/{status}"), &mut holders);
                }
            }
            _ => {}
        }
    }
    holders
}

fn media_types<'a>(
    holder: &'a mut Value,
    path: &str,
    holders: &mut Vec<(&'a mut Map<String, Value>, String)>,
) {
    let content = holder.get_mut("content").and_then(Value::as_object_mut);
    for (media_type, value) in content.into_iter().flatten() {
        if let Some(value) = value.as_object_mut() {
            holders.push((value, format!("{path}/content/{}", media_type.replace('/', "~1"))));
        }
    }
}

/// Calls `visit` on a schema and everything in it, inner ones first.
pub(super) fn walk(schema: &mut Value, path: &str, visit: &mut dyn FnMut(&mut Schema, &str)) {
    let Some(schema) = schema.as_object_mut() else { return };
    for (key, value) in schema.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    walk(property, &format!("{path}/properties/{name}"), visit);
                }
            }
            ("items" | "additionalProperties" | "not", value @ Value::Object(_)) => {
                walk(value, &format!("{path}/{key}"), visit);
            }
            ("anyOf" | "allOf" | "oneOf", Value::Array(branches)) => {
                for (index, branch) in branches.iter_mut().enumerate() {
                    walk(branch, &format!("{path}/{key}/{index}"), visit);
                }
            }
            _ => {}
        }
    }
    visit(schema, path);
}

/// The component that a `$ref` points to.
pub(super) fn ref_target(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// A `$ref` to a component.
pub(super) fn reference(component: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{component}") })
}

/// The values of a string enum.
pub(super) fn enum_values(schema: &Schema) -> Option<Vec<&str>> {
    schema.get("enum")?.as_array()?.iter().map(Value::as_str).collect()
}

/// Replaces a schema with `new`, and keeps the description and nullability of its place: then `new` goes into an `allOf`, because
/// a `$ref` hides its siblings, and typify ignores `nullable` beside `x-rust-type`.
pub(super) fn replace_keeping_place(schema: &mut Schema, new: Value) {
    let mut place = Schema::new();
    for key in ["description", "nullable", OR_UNSET, PUBLIC_TEXT] {
        if let Some(value) = schema.remove(key) {
            place.insert(key.to_owned(), value);
        }
    }
    if place.is_empty()
        && let Value::Object(new) = new
    {
        *schema = new;
        return;
    }
    place.insert("allOf".to_owned(), Value::Array(vec![new]));
    *schema = place;
}
