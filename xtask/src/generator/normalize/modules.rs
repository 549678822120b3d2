//! The module, and so the file, of each type and operation.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::schema::{component_schemas, for_each_operation, ref_target};
use crate::generator::hand_written::is_ident;
use crate::spec::source::Keep;

/// The extension that names a schema's file.
const MODULE: &str = "x-rust-module";

/// Gives every component and operation a module: the one in the overlay, otherwise that of the first schema or operation that
/// refers to it. An operation has the module of the object that it returns.
pub(super) fn assign(document: &mut Value, keep: &Keep) -> Result<()> {
    let mut modules = BTreeMap::new();
    let mut edges = Vec::new();
    for (name, schema) in component_schemas(document).into_iter().flatten() {
        match schema.get(MODULE).and_then(Value::as_str) {
            // Bodies come second, so that a type that they share with an object has the module of the object.
            Some(_) if schema.get("x-params").is_some() => {}
            Some(module) => {
                modules.insert(name.clone(), module.to_owned());
            }
            // A resource that the overlay does not describe gets a module of its own.
            None if name.starts_with(&keep.resources) => {
                modules.insert(name.clone(), module_name(name.rsplit('.').next().unwrap_or(name)));
            }
            None => {}
        }
        let mut targets = Vec::new();
        references(schema, &mut targets);
        edges.extend(targets.into_iter().map(|target| (name.clone(), target)));
    }

    spread(&mut modules, &edges);
    let mut failure = None;
    for_each_operation(document, &mut |operation, path| {
        let mut returned = Vec::new();
        if let Some(response) = operation.get("responses").and_then(|responses| responses.get("200")) {
            references(response, &mut returned);
        }
        let Some(module) =
            returned.iter().find_map(|name| modules.get(name).cloned()).or_else(|| of_route(path))
        else {
            failure.get_or_insert_with(|| anyhow::anyhow!("{path}: its success has no known object"));
            return;
        };
        let mut used = Vec::new();
        for key in ["parameters", "requestBody"] {
            if let Some(value) = operation.get(key) {
                references(value, &mut used);
            }
        }
        for name in used {
            modules.entry(name).or_insert_with(|| module.clone());
        }
        operation.insert(MODULE.to_owned(), module.into());
    });
    if let Some(error) = failure {
        return Err(error);
    }
    spread(&mut modules, &edges);

    for (name, schema) in component_schemas(document).into_iter().flatten() {
        if schema.get("x-cut").is_some() {
            continue;
        }
        let module = modules.get(name).with_context(|| {
            format!("#/components/schemas/{name}: nothing refers to it, so it has no module")
        })?;
        if let Some(schema) = schema.as_object_mut() {
            schema.insert(MODULE.to_owned(), module.clone().into());
        }
    }
    Ok(())
}

/// The module of an operation that returns no object of ours: the last word of its route.
fn of_route(path: &str) -> Option<String> {
    let (route, _) = path.rsplit_once('/')?;
    let words = route.rsplit("~1").filter(|word| !word.starts_with('{'));
    words.map(module_name).find(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Module name of a resource. Keywords, `mod` among them, get an underscore, and a digit a letter before it.
fn module_name(resource: &str) -> String {
    let name: String = resource
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("x{name}"),
        _ if is_ident(&name) => name,
        _ => format!("{name}_"),
    }
}

/// Passes modules on along references until nothing changes.
fn spread(modules: &mut BTreeMap<String, String>, edges: &[(String, String)]) {
    loop {
        let before = modules.len();
        for (from, to) in edges {
            if let Some(module) = modules.get(from).cloned() {
                modules.entry(to.clone()).or_insert(module);
            }
        }
        if modules.len() == before {
            return;
        }
    }
}

/// Every component that a value refers to, in order.
fn references(value: &Value, found: &mut Vec<String>) {
    if let Some(target) = ref_target(value) {
        found.push(target.to_owned());
    }
    match value {
        Value::Object(map) => map.values().for_each(|value| references(value, found)),
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
