//! The boundary with progenitor: the one place where its output and our code meet.
//!
//! progenitor decides field names, types and signatures. Documentation, routes, modules, `object` constants and the values of
//! enums come from the document that it read. Its code is not written to disk: the renderer writes from the model.

mod operations;
mod panics;
mod run;
mod rust_type;
mod types;
mod wire_names;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::model::{EventDef, Kind, Model, Operation, Struct, TypeDef, Variant};
use super::normalize::EVENT_OBJECTS;
use crate::files::paths::Output;

/// Runs progenitor over the normalised document and reads its output as a model.
///
/// # Errors
///
/// progenitor rejects the document; or a type or operation is missing from its output, is not in the document, or has an
/// unexpected form. The message names it.
pub fn model(document: &Value, output: &Output) -> Result<Model> {
    let file = run::generate(document)?;
    read(&file, document, output).context("progenitor's output is not what was asked for")
}

fn read(file: &syn::File, document: &Value, output: &Output) -> Result<Model> {
    let mut types = types::read(file, document)?;
    let operations = operations::read(file, document)?;
    mark_params(&mut types, &operations);
    let object_types: BTreeMap<&str, &str> = types
        .values()
        .filter_map(|def| match &def.kind {
            Kind::Struct(Struct { object: Some(object), .. }) => Some((object.as_str(), def.name.as_str())),
            _ => None,
        })
        .collect();
    let objects = document.get(EVENT_OBJECTS).and_then(Value::as_object);
    let values = match types.get("EventType").map(|def| &def.kind) {
        Some(Kind::Enum(values)) => values.as_slice(),
        _ => &[],
    };
    let mut events = Vec::new();
    for Variant { ident, wire, doc } in values {
        let Some(object) = objects.and_then(|objects| objects.get(wire)?.as_str()) else { continue };
        let Some(name) = object_types.get(object) else {
            bail!("events of type `{wire}` carry `{object}`, but no type has that `object` constant");
        };
        events.push(EventDef { variant: ident.clone(), doc: doc.clone(), object: (*name).to_owned() });
    }
    let api_version =
        document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Model { api_version, types, operations, events, output: output.clone() })
}

/// Marks the bodies of requests and their parts.
fn mark_params(types: &mut BTreeMap<String, TypeDef>, operations: &[Operation]) {
    let mut pending: Vec<String> = operations.iter().filter_map(|operation| operation.body.clone()).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(TypeDef { kind: Kind::Struct(def), .. }) = types.get_mut(&name) {
            def.is_params = true;
            for field in &def.fields {
                pending.extend(field.ty.own_names().map(str::to_owned));
            }
        }
    }
}
