//! Changes of structs and enums.

use std::collections::BTreeSet;

use super::fields::{field_added, field_removed, fields};
use super::items::{Context, constructor, docs, path};
use super::values::{enums, event_objects};
use crate::changes::change::{Change, ChangeKind, Class};
use crate::generator::markdown::code_span;
use crate::generator::model::{Field, Kind, Model, Struct, TypeDef};
use crate::generator::wire;

/// Compares every type of fc-types.
pub(super) fn compare(old: &Model, new: &Model) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, before) in &old.types {
        match new.types.get(name) {
            None => changes.push(removed(before)),
            Some(after) => both(before, after, &Context { old, new }, &mut changes),
        }
    }
    for (name, after) in &new.types {
        if !old.types.contains_key(name) {
            changes.push(added(after));
        }
    }
    event_objects(old, new, &mut changes);
    changes
}

fn added(def: &TypeDef) -> Change {
    let what = match &def.kind {
        Kind::Struct(structure) => format!("a struct with {}", counted(structure.fields.len(), "field")),
        Kind::Enum(variants) => format!("an enum of {}", counted(variants.len(), "value")),
    };
    Change::new(Class::Additive, ChangeKind::TypeAdded, path(&def.name), &def.wire)
        .because(format!("New: {what}."))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn removed(def: &TypeDef) -> Change {
    Change::new(Class::BreaksCallers, ChangeKind::TypeRemoved, path(&def.name), &def.wire)
        .because("The type is gone.")
        .migrate("Remove the uses of the type.")
}

fn both(before: &TypeDef, after: &TypeDef, context: &Context<'_>, changes: &mut Vec<Change>) {
    match (&before.kind, &after.kind) {
        (Kind::Struct(old), Kind::Struct(new)) => structs(before, after, old, new, context, changes),
        (Kind::Enum(old), Kind::Enum(new)) => enums(after, old, new, changes),
        _ => changes.push(
            Change::new(Class::BreaksCallers, ChangeKind::TypeChanged, path(&before.name), &after.wire)
                .because("A struct became an enum, or an enum a struct.")
                .migrate("Rewrite the uses of the type.")
                .refusing_older_payloads(true),
        ),
    }
    if before.doc != after.doc {
        changes.push(docs(path(&before.name), &after.wire));
    }
}

fn structs(
    before: &TypeDef,
    after: &TypeDef,
    old: &Struct,
    new: &Struct,
    context: &Context<'_>,
    changes: &mut Vec<Change>,
) {
    let name = path(&before.name);
    constants(&name, after, old, new, changes);
    if new.is_params && !old.is_params {
        changes.push(
            Change::new(Class::Additive, ChangeKind::ConstructorAdded, format!("{name}::new"), &after.wire)
                .because("The type is part of a request now, so it has a constructor."),
        );
    }
    if old.is_params && !new.is_params {
        let methods = old.fields.iter().map(|field| constructor(&name, field));
        changes.push(
            Change::new(
                Class::BreaksCallers,
                ChangeKind::ConstructorRemoved,
                format!("{name}::new"),
                &after.wire,
            )
            .also(methods)
            .because("The type is no longer part of a request, so it has no constructor.")
            .migrate("Remove the code that builds it."),
        );
    }
    let mut seen = BTreeSet::new();
    for field in &old.fields {
        let same = |other: &&Field| other.wire == field.wire;
        // A field with the same Rust name and another wire name is the same field to callers.
        let alike = |other: &&Field| {
            other.ident == field.ident && !old.fields.iter().any(|field| field.wire == other.wire)
        };
        match new.fields.iter().find(same).or_else(|| new.fields.iter().find(alike)) {
            None => changes.push(field_removed(before, after, field, old, new, context)),
            Some(other) => {
                seen.insert(other.wire.as_str());
                fields(before, after, field, other, old, context, changes);
            }
        }
    }
    for field in new.fields.iter().filter(|field| !seen.contains(field.wire.as_str())) {
        changes.push(field_added(after, field, old, new, context));
    }
}

/// Changes of a type besides its fields: the `object` constant, and `Object::id`.
fn constants(name: &str, after: &TypeDef, old: &Struct, new: &Struct, changes: &mut Vec<Change>) {
    let places: Vec<String> = after.wire.iter().map(|place| wire::member(place, "object")).collect();
    let constant = format!("{name}::OBJECT");
    match (&old.object, &new.object) {
        (Some(before), Some(after)) if before != after => changes.push(
            Change::new(Class::BreaksWire, ChangeKind::ObjectConstantChanged, constant, &places)
                .because(format!(
                    "The `object` of these objects is {}, no longer {}.",
                    code_span(after),
                    code_span(before)
                ))
                .migrate("Update code that compares the constant with stored text."),
        ),
        (Some(_), None) => changes.push(
            Change::new(Class::BreaksCallers, ChangeKind::ObjectConstantRemoved, constant, &places)
                .because("The objects no longer have a constant `object`.")
                .migrate("Remove the uses of `OBJECT`."),
        ),
        (None, Some(value)) => changes.push(
            Change::new(Class::Additive, ChangeKind::ObjectConstantAdded, constant, &places)
                .because(format!("The objects have the constant `object` now: {}.", code_span(value))),
        ),
        _ => {}
    }
    let id = |structure: &Struct| structure.id().map(|field| field.ty.clone());
    if id(old).is_some() && id(old) != id(new) {
        // The change of the field `id` is reported too.
        changes.push(
            Change::new(
                Class::BreaksCallers,
                ChangeKind::IdentityChanged,
                format!("{name}::id"),
                &after.wire,
            )
            .because("`Object::id` returns another type, or the type is no longer an `Object`.")
            .migrate("Read the id from its field, if it has one."),
        );
    }
}
