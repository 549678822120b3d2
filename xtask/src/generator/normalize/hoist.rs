//! Inline objects and enums, moved to named components.
//!
//! progenitor would name them by their place. Where two places lead to one name, it would silently use the first type for both.

use anyhow::{Result, bail};
use heck::ToUpperCamelCase as _;
use serde_json::{Map, Value};

use super::decisions::Decisions;
use super::schema::{
    OR_UNSET, Schema, component_schemas, for_each_wire_operation, reference, replace_keeping_place, walk,
};
use super::type_names::{Requests, component_name};
use crate::generator::wire;
use crate::spec::source::Keep;

/// The extension that lists the places of the spec that a hoisted schema stands for.
const WIRE_PATHS: &str = "x-wire-paths";

/// Hoists every inline object and enum of components, bodies and parameters.
pub(super) fn name_inline_schemas(
    document: &mut Value,
    keep: &Keep,
    decisions: &mut Decisions,
) -> Result<()> {
    let requests = Requests::of(document);
    let mut hoisted = Hoisted { schemas: Map::new(), failure: None, requests, decisions };
    if let Some(schemas) = component_schemas(document) {
        for (component, schema) in schemas.iter_mut() {
            let owner = rust_name(schema).unwrap_or_else(|| component_name(component, keep));
            hoist_below(schema, &owner, component, &mut hoisted);
        }
    }
    for_each_wire_operation(document, &mut |operation, path| {
        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let owner = id.to_upper_camel_case();
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let (owner, path) =
                (format!("{owner}{}", name.to_upper_camel_case()), wire::parameter(path, name));
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

struct Hoisted<'d> {
    schemas: Map<String, Value>,
    failure: Option<anyhow::Error>,
    requests: Requests,
    decisions: &'d mut Decisions,
}

/// Hoists the inline objects and enums below a schema. `owner` is the prefix of default names, `path` the wire path.
fn hoist_below(schema: &mut Value, owner: &str, path: &str, hoisted: &mut Hoisted<'_>) {
    let Some(map) = schema.as_object_mut() else { return };
    for (key, value) in map.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    let owner = format!("{owner}{}", name.to_upper_camel_case());
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
fn hoist(schema: &mut Value, default_name: &str, path: &str, hoisted: &mut Hoisted<'_>) {
    let needs_name = schema.get("properties").is_some() || schema.get("enum").is_some();
    let Some(map) = schema.as_object_mut().filter(|_| needs_name) else { return };
    let name = match map.get("x-rust-name").and_then(Value::as_str) {
        Some(name) => name.to_owned(),
        None => hoisted.requests.free(default_name.to_owned(), map, path, hoisted.decisions),
    };
    let mut inner = map.clone();
    inner.remove("nullable");
    inner.remove(OR_UNSET);
    // The documentation of the type; without it, that of the first place.
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

/// Whether two schemas differ only in documentation.
fn same_shape(a: &Schema, b: &Schema) -> bool {
    let bare = |schema: &Schema| {
        let mut value = Value::Object(schema.clone());
        walk(&mut value, "", &mut |schema, _| {
            schema.retain(|key, _| {
                !matches!(
                    key.as_str(),
                    "description" | "x-accepted" | "x-enum-descriptions" | "x-rust-name" | WIRE_PATHS
                )
            });
        });
        value
    };
    bare(a) == bare(b)
}

fn rust_name(schema: &Value) -> Option<String> {
    schema.get("x-rust-name")?.as_str().map(str::to_owned)
}
