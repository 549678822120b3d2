//! The types and operations of an API version, as data.

use std::collections::{BTreeMap, BTreeSet};

use super::ty::Ty;
use crate::files::paths::Output;

/// Everything that the renderer needs.
#[derive(Clone, Debug)]
pub struct Model {
    /// The API version of the document.
    pub api_version: String,
    /// Structs and enums by name.
    pub types: BTreeMap<String, TypeDef>,
    /// Operations in the order of their ids.
    pub operations: Vec<Operation>,
    /// Event types and their objects, in the order of the values of `EventType`. Types whose object the spec does not
    /// describe are missing.
    pub events: Vec<EventDef>,
    /// Where the code is written, and its module.
    pub output: Output,
}

/// A type of event and the object that its events carry.
#[derive(Clone, Debug)]
pub struct EventDef {
    /// The variant of `EventType`.
    pub variant: String,
    /// Its documentation, Markdown.
    pub doc: String,
    /// The type of the object.
    pub object: String,
}

impl Model {
    /// The types of object that events carry, sorted.
    #[must_use]
    pub fn event_objects(&self) -> BTreeSet<&str> {
        self.events.iter().map(|event| event.object.as_str()).collect()
    }

    /// The variants of `EventType` whose events carry an object that the spec does not describe.
    #[must_use]
    pub fn untyped_events(&self) -> Vec<&str> {
        let Some(Kind::Enum(variants)) = self.types.get("EventType").map(|def| &def.kind) else {
            return Vec::new();
        };
        let names = variants.iter().map(|variant| variant.ident.as_str());
        names.filter(|name| !self.events.iter().any(|event| event.variant == *name)).collect()
    }
}

/// A struct or an enum.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Its Rust name.
    pub name: String,
    /// The places of the spec that it stands for, as [wire paths](crate::generator::wire).
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
    /// Constant value of its `object` member.
    pub object: Option<String>,
    /// Older values of that member, which Stripe still sends.
    pub older_objects: Vec<String>,
    /// Whether it is the body of a request, or a part of one, so that callers build it.
    pub is_params: bool,
}

/// The field of every object that holds its unknown fields.
pub const EXTRA: &str = "extra";

/// The name of a field of the spec that would be called [`EXTRA`].
#[must_use]
pub fn renamed_extra() -> String {
    format!("{EXTRA}_field")
}

/// The most fields of an object. `Extra` of fc-types has 64 bits: one for each field, one for the `object` constant, one for all
/// unknown fields.
pub const MOST_FIELDS: usize = 62;

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
    pub ty: Ty,
    /// Whether and how it may be absent.
    pub presence: Presence,
    /// Whether the overlay says that its text is about no person.
    pub is_public_text: bool,
}

impl Field {
    /// Whether `Debug` hides its value: free text, which may be personal.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        !self.is_public_text && self.ty.is_free_text()
    }
}

/// Whether and how a field may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always there, never null.
    Required,
    /// Always there, may be null.
    Nullable,
    /// Left out when there is no value.
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
    /// The HTTP method.
    pub method: Method,
    /// The route with its placeholders in braces.
    pub path: String,
    /// The values of the placeholders, in order.
    pub path_parameters: Vec<Parameter>,
    /// Query parameters, the required ones first.
    pub query: Vec<Parameter>,
    /// The type of the body.
    pub body: Option<String>,
    /// What it returns.
    pub returns: Ty,
}

/// An HTTP method that fc-client can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A read.
    Get,
    /// A change, which takes an idempotency key.
    Post,
    /// A deletion.
    Delete,
}

impl Method {
    /// The method with this name, in lower case as OpenAPI writes it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Delete].into_iter().find(|method| method.as_str() == name)
    }

    /// Its name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }
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
    pub ty: Ty,
    /// Whether it is required.
    pub required: bool,
}
