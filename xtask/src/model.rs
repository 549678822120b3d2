//! What is to be rendered: progenitor's output read back, with the documentation of the normalised document.
//!
//! progenitor decides names, types and signatures. What it says twice, or in too many words, is left behind here; what it
//! drops (wire names of query parameters, docs of enum values, the `object` constants) comes from the document it read.

mod guard;
mod operations;
mod surface;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::Value;

pub use surface::{Input, setter_name, with_name};

/// Everything that the renderer needs.
#[derive(Clone, Debug)]
pub struct Model {
    /// The API version of the document.
    pub api_version: String,
    /// Structs and enums by name.
    pub types: BTreeMap<String, TypeDef>,
    /// Operations in the order of their ids.
    pub operations: Vec<Operation>,
    /// The types that an event may carry, in order.
    pub event_objects: Vec<String>,
}

/// A struct or an enum.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Its Rust name.
    pub name: String,
    /// The places of the spec that it stands for, as [wire paths](crate::wire).
    pub wire: Vec<String>,
    /// The file it is rendered to.
    pub module: String,
    /// Its documentation, Markdown.
    pub doc: String,
    /// What it is.
    pub kind: Kind,
}

/// What a type is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An object.
    Struct(Struct),
    /// An open enum.
    Enum(Vec<Variant>),
}

/// An object.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Its fields in the order of their wire names.
    pub fields: Vec<Field>,
    /// The constant value of its `object` member.
    pub object: Option<String>,
    /// Whether callers build it: it is the body of a request, or part of one.
    pub is_params: bool,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its Rust name.
    pub ident: String,
    /// Its name in JSON.
    pub wire: String,
    /// Its documentation, Markdown.
    pub doc: String,
    /// Its type without the `Option`.
    pub ty: String,
    /// Whether and how it may be absent.
    pub presence: Presence,
}

/// Whether and how a field may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always there, never null.
    Required,
    /// Always there, may be null.
    Nullable,
    /// Left out when there is nothing.
    Optional,
}

/// A value of an enum.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its Rust name.
    pub ident: String,
    /// Its value in JSON.
    pub wire: String,
    /// Its documentation, Markdown.
    pub doc: String,
}

/// An operation of the API.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its id, the name of the method.
    pub id: String,
    /// The file it is rendered to.
    pub module: String,
    /// Its documentation, Markdown.
    pub doc: String,
    /// The HTTP method in lower case.
    pub method: String,
    /// The route with its placeholders in braces.
    pub path: String,
    /// The values of the placeholders, in order.
    pub path_parameters: Vec<Parameter>,
    /// Query parameters, the required ones first.
    pub query: Vec<Parameter>,
    /// The type of the body.
    pub body: Option<String>,
    /// What it returns.
    pub returns: String,
}

/// A parameter in the path or the query.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its Rust name.
    pub ident: String,
    /// Its name on the wire.
    pub wire: String,
    /// Its documentation, Markdown.
    pub doc: String,
    /// Its type.
    pub ty: String,
    /// Whether it must be given.
    pub required: bool,
}

impl Model {
    /// Reads progenitor's output, holding it against the document it was made from.
    ///
    /// # Errors
    ///
    /// A type or operation that is missing from the output, was invented by it, or has a form that is not expected; the
    /// message names it.
    pub fn read(file: &syn::File, document: &Value) -> Result<Self> {
        let mut types = types::read(file, document)?;
        let operations = operations::read(file, document)?;
        mark_params(&mut types, &operations);
        let object_types: BTreeMap<&str, &str> = types
            .values()
            .filter_map(|def| match &def.kind {
                Kind::Struct(Struct { object: Some(object), .. }) => {
                    Some((object.as_str(), def.name.as_str()))
                }
                _ => None,
            })
            .collect();
        let events = document.get(crate::normalize::EVENT_OBJECTS).and_then(Value::as_array);
        let mut event_objects = Vec::new();
        for object in events.into_iter().flatten().filter_map(Value::as_str) {
            match object_types.get(object) {
                Some(name) => event_objects.push((*name).to_owned()),
                None => bail!("events carry `{object}`, but no type has that `object` constant"),
            }
        }
        let api_version =
            document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default().to_owned();
        let model = Self { api_version, types, operations, event_objects };
        guard::check(&model)?;
        Ok(model)
    }
}

/// Marks the bodies and what they are made of.
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
                pending.extend(names_in(&field.ty));
            }
        }
    }
}

/// The type names in a type, without paths: `Expandable<AccountOwnershipId, AccountOwnership>` names three.
#[must_use]
pub fn names_in(ty: &str) -> Vec<String> {
    ty.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .filter(|word| !word.contains("::") && word.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(str::to_owned)
        .collect()
}
