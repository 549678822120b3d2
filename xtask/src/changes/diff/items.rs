//! Rust items through which callers meet types and fields.

use crate::changes::change::{Change, ChangeKind, Class};
use crate::generator::model::{Field, Model, Presence, Struct, TypeDef, request_name, with_name};
use crate::generator::wire;

/// The path of a type.
pub(super) fn path(name: &str) -> String {
    format!("fc_types::{name}")
}

/// Both versions, to find the operations that use a type.
pub(super) struct Context<'a> {
    pub(super) old: &'a Model,
    pub(super) new: &'a Model,
}

impl Context<'_> {
    /// The methods of fc-client that begin a request with this body.
    pub(super) fn beginners(&self, body: &str) -> Vec<String> {
        let operations =
            self.old.operations.iter().filter(|operation| operation.body.as_deref() == Some(body));
        operations
            .filter(|operation| self.new.operations.iter().any(|other| other.id == operation.id))
            .map(|operation| format!("fc_client::Client::{}", operation.id))
            .collect()
    }

    /// The setters of requests with this body for one field.
    pub(super) fn setters(&self, body: &str, ident: &str) -> Vec<String> {
        let operations =
            self.old.operations.iter().filter(|operation| operation.body.as_deref() == Some(body));
        operations
            .filter(|operation| self.new.operations.iter().any(|other| other.id == operation.id))
            .map(|operation| format!("fc_client::{}::{}", operation.request(), request_name(ident)))
            .collect()
    }
}

/// The constructor or `with_…` method that sets a field.
pub(super) fn constructor(name: &str, field: &Field) -> String {
    match field.presence {
        Presence::Required => format!("{name}::new"),
        Presence::Nullable | Presence::Optional => format!("{name}::{}", with_name(&field.ident)),
    }
}

pub(super) fn places(def: &TypeDef, field: &Field) -> Vec<String> {
    def.wire.iter().map(|place| wire::member(place, &field.wire)).collect()
}

/// Items through which callers of the old crates use a field.
pub(super) fn items(def: &TypeDef, field: &Field, old: &Struct, context: &Context<'_>) -> Vec<String> {
    let name = path(&def.name);
    let mut items = vec![format!("{name}::{}", field.ident)];
    if old.is_params {
        items.push(constructor(&name, field));
        match field.presence {
            Presence::Required => {
                items.extend(context.beginners(&def.name));
                // A type without required fields has `default` in place of `new`.
                if !has_required(old) {
                    items.push(format!("{name}::default"));
                }
            }
            _ => items.extend(context.setters(&def.name, &field.ident)),
        }
    }
    if old.money().is_some_and(|parts| parts.iter().any(|part| part.wire == field.wire)) {
        items.push(format!("{name}::money"));
    }
    items
}

pub(super) fn has_required(structure: &Struct) -> bool {
    structure.fields.iter().any(|field| field.presence == Presence::Required)
}

/// A change of documentation only.
pub(super) fn docs(item: String, wire: &[String]) -> Change {
    Change::new(Class::DocsOnly, ChangeKind::DocumentationChanged, item, wire)
        .because("Its documentation changed.")
}
