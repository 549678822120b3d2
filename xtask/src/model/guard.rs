//! What would compile to something else than it says, or not at all, stops the run here, by name and with the remedy.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::{Field, Kind, Model, Operation, Presence, TypeDef, setter_name};
use crate::hand_written::{CLIENT_METHODS, REQUEST_METHODS, REQUEST_NAMES, SUPPORT_TYPES, TYPE_NAMES};

/// fc-types remembers in 64 bits what was unusual: one for each field, for the `object` constant and for all unknown ones.
const MOST_FIELDS: usize = 62;

/// Types of Rust's own and of serde_json that a field may have.
const PLAIN: [&str; 12] = [
    "String",
    "Vec",
    "bool",
    "f64",
    "i32",
    "i64",
    "u32",
    "u64",
    "::std::boxed::Box",
    "::std::collections::HashMap",
    "serde_json::Map",
    "serde_json::Value",
];

/// Collects everything that is wrong, so that one run shows all of it.
pub(super) fn check(model: &Model) -> Result<()> {
    let mut faults = Vec::new();
    for def in model.types.values() {
        type_faults(def, model, &mut faults);
    }
    if !model.types.get("ErrorCode").is_some_and(|def| matches!(def.kind, Kind::Enum(_))) {
        faults.push(
            "no enum becomes `ErrorCode`, as which fc-client reads the codes of errors: the error envelope has to have \
             one, with that `x-rust-name`"
                .to_owned(),
        );
    }
    event_faults(model, &mut faults);
    let mut requests = BTreeSet::new();
    for operation in &model.operations {
        operation_faults(operation, model, &mut faults);
        if !requests.insert(operation.request()) {
            faults.push(format!("{}: a second request named `{}`", operation.wire(), operation.request()));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    faults.sort();
    faults.dedup();
    bail!(
        "the document would not become the code that it means; mend openapi/overlay.yaml or add a normalisation rule:\n  {}",
        faults.join("\n  ")
    )
}

fn type_faults(def: &TypeDef, model: &Model, faults: &mut Vec<String>) {
    let place = def.wire.first().unwrap_or(&def.name);
    if TYPE_NAMES.contains(&def.name) {
        faults.push(format!("{place}: a type named `{}`, which is taken: set `x-rust-name`", def.name));
    }
    if !is_ident(&def.module) || def.module == "mod" {
        faults.push(format!("{place}: `{}` is no name for a module: set `x-rust-module`", def.module));
    }
    match &def.kind {
        Kind::Struct(structure) => {
            if endless(def, model) {
                faults.push(format!("{place}: it must hold another `{}`, and so has no end", def.name));
            }
            let count = structure.fields.len();
            if count > MOST_FIELDS {
                faults.push(format!("{place}: {count} fields; fc-types takes {MOST_FIELDS} in one object"));
            }
            let mut idents = BTreeSet::new();
            for field in &structure.fields {
                if !is_ident(&field.ident) || !idents.insert(setter_name(&field.ident)) {
                    faults.push(format!("{place}: `{}` is no name for a field, or a second one", field.wire));
                }
                let is_id =
                    structure.object.is_some() && field.wire == "id" && field.presence == Presence::Required;
                if field.ident == "extra" || (is_id && field.ident != "id") {
                    faults
                        .push(format!("{place}: the field `{}` would take the place of another", field.wire));
                }
                if is_id && !is_shown(&field.ty, model) {
                    faults.push(format!("{place}.id: an id is a text or a whole number, not `{}`", field.ty));
                }
                type_fault(&field.ty, &format!("{place}.{}", field.wire), model, faults);
            }
        }
        Kind::Enum(variants) => {
            let mut idents = BTreeSet::new();
            for variant in variants {
                if !is_ident(&variant.ident) || variant.ident == "Unknown" || !idents.insert(&variant.ident) {
                    faults.push(format!(
                        "{place}: the value `{}` would be the variant `{}`, which is taken or no name",
                        variant.wire, variant.ident
                    ));
                }
            }
        }
    }
}

fn operation_faults(operation: &Operation, model: &Model, faults: &mut Vec<String>) {
    let place = operation.wire();
    let (id, request) = (&operation.id, operation.request());
    if !is_ident(id) || CLIENT_METHODS.contains(id) {
        faults
            .push(format!("{place}: `{id}` is no name for a method of Client, or taken: set `operationId`"));
    }
    let taken = [&*TYPE_NAMES, &*REQUEST_NAMES].iter().any(|names| names.contains(&request));
    if !is_ident(&request) || taken || model.types.contains_key(&request) {
        faults.push(format!("{place}: its request would be `{request}`, which is taken: set `operationId`"));
    }
    if !["get", "post"].contains(&operation.method.as_str()) {
        faults.push(format!("{place}: only GET and POST are supported; fc-client has to learn others first"));
    }
    // It becomes part of a doc comment and of a URL.
    if !operation.path.bytes().all(|byte| byte.is_ascii_graphic()) {
        faults.push(format!("{place:?}: a route has printable ASCII characters only"));
    }
    for parameter in &operation.path_parameters {
        let is_enum = model.types.get(&parameter.ty).is_some_and(|def| matches!(def.kind, Kind::Enum(_)));
        let is_id = SUPPORT_TYPES.contains(&parameter.ty) && parameter.ty.ends_with("Id");
        if parameter.ty != "String" && !is_enum && !is_id {
            faults.push(format!(
                "{place}: the placeholder `{}` is of type `{}`; only text can be in a route",
                parameter.wire, parameter.ty
            ));
        }
        let holder = format!("{{{}}}", parameter.wire);
        if operation.path.matches(&holder).count() != 1 {
            faults.push(format!("{place}: the route does not have `{holder}` once"));
        }
    }
    if operation.path.matches('{').count() != operation.path_parameters.len() {
        faults.push(format!("{place}: the route has placeholders that are no parameters"));
    }
    let (mut fields, mut methods) = (BTreeSet::new(), BTreeSet::new());
    let parameters = operation.path_parameters.iter().chain(&operation.query);
    for ident in parameters.map(|parameter| &parameter.ident) {
        if !is_ident(ident) || !fields.insert(ident.clone()) || REQUEST_METHODS.contains(ident) {
            faults.push(format!("{place}: `{ident}` is no name for a parameter, taken, or a second one"));
        }
    }
    let arguments = model.arguments(operation);
    let mut given = BTreeSet::new();
    for input in &arguments {
        if !given.insert(&input.ident) {
            faults.push(format!("{}: a second argument named `{}`", input.wire, input.ident));
        }
    }
    for input in model.setters(operation) {
        if !methods.insert(input.ident.clone()) || REQUEST_METHODS.contains(&input.ident) {
            faults.push(format!("{}: the setter `{}` is taken, or a second one", input.wire, input.ident));
        }
    }
    for parameter in operation.query.iter().chain(&operation.path_parameters) {
        type_fault(&parameter.ty, &crate::wire::parameter(&place, &parameter.wire), model, faults);
    }
    type_fault(&operation.returns, &place, model, faults);
}

/// Whether a value of this type can be shown, as an id has to be.
fn is_shown(ty: &str, model: &Model) -> bool {
    let is_enum = || model.types.get(ty).is_some_and(|def| matches!(def.kind, Kind::Enum(_)));
    let is_text = ty == "Text" || (ty.ends_with("Id") && SUPPORT_TYPES.contains(ty));
    matches!(ty, "String" | "i32" | "i64" | "u32" | "u64") || is_text || is_enum()
}

/// What fc-types reads by hand has to be as it is read there: the object of an event, in its data.
fn event_faults(model: &Model, faults: &mut Vec<String>) {
    let has = |name: &str, wire: &str, ty: &str| {
        let Some(Kind::Struct(structure)) = model.types.get(name).map(|def| &def.kind) else { return false };
        let is_it = |field: &Field| field.ident == wire && field.wire == wire && field.ty == ty;
        structure.fields.iter().any(|field| is_it(field) && field.presence == Presence::Required)
    };
    let is_read = has("Event", "data", "EventData") && has("EventData", "object", "EventObject");
    if !model.event_objects.is_empty() && !is_read {
        faults.push(
            "the envelope of events: fc-types reads its `data.object`, which has to be required in `Event` and `EventData`"
                .to_owned(),
        );
    }
}

/// Every type must be one that the crates have, and that fc-types can read into place.
fn type_fault(ty: &str, place: &str, model: &Model, faults: &mut Vec<String>) {
    let words =
        ty.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').filter(|word| !word.is_empty());
    let is_known = |word: &str| {
        let is_event_object = word == "EventObject" && !model.event_objects.is_empty();
        let is_type = model.types.contains_key(word) || SUPPORT_TYPES.contains(word);
        is_event_object || is_type || PLAIN.contains(&word)
    };
    let unknown: Vec<&str> = words.filter(|word| !is_known(word)).collect();
    if !unknown.is_empty() || ty.contains(['[', '(']) {
        faults.push(format!(
            "{place}: its type would be `{ty}`, which no crate here has or reads: set `x-rust-type`"
        ));
    }
}

/// An object that must hold another of its kind, which must hold another, … has no end.
fn endless(def: &TypeDef, model: &Model) -> bool {
    let mut seen = BTreeSet::new();
    let mut pending = vec![&def.name];
    while let Some(name) = pending.pop() {
        let Some(Kind::Struct(structure)) = model.types.get(name).map(|def| &def.kind) else { continue };
        let needed = structure.fields.iter().filter(|field| field.presence == Presence::Required);
        for field in needed {
            let inner = field.ty.trim_start_matches("::std::boxed::Box<").trim_end_matches('>');
            if inner == def.name {
                return true;
            }
            if let Some((name, _)) = model.types.get_key_value(inner)
                && seen.insert(name)
            {
                pending.push(name);
            }
        }
    }
    false
}

fn is_ident(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_ok()
}
