//! Inline objects and enums become components with a name of their own.
//!
//! progenitor would name them by their place, and where two places lead to one name it would take the first type for
//! both without a word.

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::schema::{
    Schema, component_schemas, for_each_wire_operation, pascal_case, reference, replace_keeping_place, walk,
};
use crate::wire;

/// The extension that says which places of the spec a hoisted schema stands for.
const WIRE_PATHS: &str = "x-wire-paths";

/// Hoists everything inline out of components, bodies and parameters.
pub(super) fn name_inline_schemas(document: &mut Value) -> Result<()> {
    let mut hoisted = Hoisted::default();
    if let Some(schemas) = component_schemas(document) {
        for (component, schema) in schemas.iter_mut() {
            let owner = rust_name(schema).unwrap_or_else(|| component_name(component));
            hoist_below(schema, &owner, component, &mut hoisted);
        }
    }
    for_each_wire_operation(document, &mut |operation, path| {
        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let owner = pascal_case(id);
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let (owner, path) = (format!("{owner}{}", pascal_case(name)), wire::parameter(path, name));
            if let Some(schema) = parameter.get_mut("schema") {
                hoist_below(schema, &owner, &path, &mut hoisted);
                hoist(schema, &owner, &path, &mut hoisted);
            }
        }
        let body = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"));
        for (_, media_type) in body.and_then(Value::as_object_mut).into_iter().flatten() {
            let Some(schema) = media_type.get_mut("schema") else { continue };
            let name = rust_name(schema).unwrap_or_else(|| format!("{owner}Params"));
            hoist_below(schema, &name, path, &mut hoisted);
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("x-params".to_owned(), true.into());
            }
            hoist(schema, &name, path, &mut hoisted);
        }
    });
    if let Some(error) = hoisted.failure {
        return Err(error);
    }
    if let Some(schemas) = component_schemas(document) {
        for (name, schema) in hoisted.schemas {
            if schemas.contains_key(&name) {
                bail!(
                    "`{name}` is both a component and the name of an inline schema: rename one in the overlay"
                );
            }
            schemas.insert(name, schema);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Hoisted {
    schemas: Map<String, Value>,
    failure: Option<anyhow::Error>,
}

/// Hoists what lies below a schema; `owner` begins the names of what has none, `path` is its wire path.
fn hoist_below(schema: &mut Value, owner: &str, path: &str, hoisted: &mut Hoisted) {
    let Some(map) = schema.as_object_mut() else { return };
    for (key, value) in map.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    let owner = format!("{owner}{}", pascal_case(name));
                    let path = wire::member(path, name);
                    hoist_below(
                        property,
                        &rust_name(property).unwrap_or_else(|| owner.clone()),
                        &path,
                        hoisted,
                    );
                    hoist(property, &owner, &path, hoisted);
                }
            }
            ("items" | "additionalProperties", value @ Value::Object(_)) => {
                let path = if key == "items" { wire::item(path) } else { wire::entry(path) };
                hoist_below(value, &rust_name(value).unwrap_or_else(|| owner.to_owned()), &path, hoisted);
                hoist(value, owner, &path, hoisted);
            }
            _ => {}
        }
    }
}

/// Moves one inline object or enum to the components and leaves a reference.
fn hoist(schema: &mut Value, default_name: &str, path: &str, hoisted: &mut Hoisted) {
    let needs_name = schema.get("properties").is_some() || schema.get("enum").is_some();
    let Some(map) = schema.as_object_mut().filter(|_| needs_name) else { return };
    let name = map.get("x-rust-name").and_then(Value::as_str).unwrap_or(default_name).to_owned();
    let mut inner = map.clone();
    inner.remove("nullable");
    // The type's own doc; without one, the doc of the first place that has this type serves for both.
    if let Some(doc) = inner.remove("x-rust-doc") {
        inner.insert("description".to_owned(), doc);
    }
    match hoisted.schemas.get_mut(&name).and_then(Value::as_object_mut) {
        None => {
            inner.insert("x-rust-name".to_owned(), name.clone().into());
            inner.insert(WIRE_PATHS.to_owned(), vec![Value::from(path)].into());
            hoisted.schemas.insert(name.clone(), Value::Object(inner));
        }
        Some(known) if same_shape(known, &inner) => {
            if let Some(paths) = known.get_mut(WIRE_PATHS).and_then(Value::as_array_mut) {
                paths.push(path.into());
            }
        }
        Some(_) => {
            hoisted.failure.get_or_insert_with(|| {
                anyhow::anyhow!(
                    "{path}: two different schemas are named `{name}`: give one another `x-rust-name` in the overlay"
                )
            });
        }
    }
    replace_keeping_place(map, reference(&name));
}

/// Equal but for documentation.
fn same_shape(a: &Schema, b: &Schema) -> bool {
    let bare = |schema: &Schema| {
        let mut value = Value::Object(schema.clone());
        walk(&mut value, "", &mut |schema, _| {
            schema.retain(|key, _| {
                !matches!(key.as_str(), "description" | "x-enum-descriptions" | "x-rust-name" | WIRE_PATHS)
            });
        });
        value
    };
    bare(a) == bare(b)
}

fn rust_name(schema: &Value) -> Option<String> {
    schema.get("x-rust-name")?.as_str().map(str::to_owned)
}

/// The name of a component that the overlay does not name: without the words that every component shares.
pub(super) fn component_name(component: &str) -> String {
    let short = component
        .strip_prefix("financial_connections.")
        .or_else(|| component.strip_prefix("bank_connections_resource_"))
        .unwrap_or(component);
    pascal_case(&short.replace("api_resource_", ""))
}
