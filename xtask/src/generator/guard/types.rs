//! Checks of structs, enums and the types of their fields.

use std::collections::BTreeSet;

use super::faults::Faults;
use crate::generator::hand_written::{SUPPORT_TYPES, TYPE_NAMES, is_ident};
use crate::generator::markdown::Fence;
use crate::generator::model::{
    Field, Kind, MOST_FIELDS, Model, Presence, Struct, Ty, TypeDef, Variant, setter_name,
};
use crate::generator::wire;

/// A type, a file or a method with a longer name cannot be read, and some file systems refuse it.
const LONGEST_NAME: usize = 100;

/// Types of Rust and of serde_json that a field may have.
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
    "::std::collections::BTreeMap",
    "serde_json::Map",
    "serde_json::Value",
];

/// Checks one type.
pub(super) fn check(def: &TypeDef, model: &Model, faults: &mut Faults) {
    let place = def.wire.first().unwrap_or(&def.name);
    if TYPE_NAMES.contains(&def.name) {
        faults.add(place, format!("a type named `{}`, which is taken: set `x-rust-name`", def.name));
    }
    if !is_ident(&def.module) || def.module == "mod" {
        faults.add(place, format!("`{}` cannot name a module: set `x-rust-module`", def.module));
    }
    check_length(place, &def.name, faults);
    check_length(place, &def.module, faults);
    check_doc(place, &def.doc, faults);
    match &def.kind {
        Kind::Struct(structure) => {
            if contains_itself(def, model) {
                faults.add(place, format!("it must hold another `{}`, without end", def.name));
            }
            check_fields(place, structure, model, faults);
        }
        Kind::Enum(variants) => check_variants(place, variants, faults),
    }
}

fn check_fields(place: &str, structure: &Struct, model: &Model, faults: &mut Faults) {
    let count = structure.fields.len();
    if count > MOST_FIELDS {
        faults.add(place, format!("{count} fields; fc-types takes {MOST_FIELDS} in one object"));
    }
    let mut idents = BTreeSet::new();
    for field in &structure.fields {
        let here = wire::member(place, &field.wire);
        if !is_ident(&field.ident) {
            faults.add(place, format!("`{}` cannot name a field", field.wire));
        } else if !idents.insert(setter_name(&field.ident)) {
            faults.add(
                place,
                format!("`{}` is the second field that Rust calls `{}`", field.wire, field.ident),
            );
        }
        check_length(place, &field.ident, faults);
        check_doc(&here, &field.doc, faults);
        check_type(&here, &field.ty, model, faults);
    }
    if let Some(id) = structure.id() {
        check_id(&wire::member(place, &id.wire), id, model, faults);
    }
}

/// `Object::id` returns the field `id`, and errors print it.
fn check_id(place: &str, id: &Field, model: &Model, faults: &mut Faults) {
    if id.ident != "id" {
        faults.add(place, format!("its field is `{}`, and `Object::id` needs `id`", id.ident));
    }
    let name = id.ty.to_string();
    let is_text = name == "Text" || (name.ends_with("Id") && SUPPORT_TYPES.contains(&name));
    let is_plain = matches!(name.as_str(), "String" | "i32" | "i64" | "u32" | "u64");
    if !is_text && !is_plain && !is_enum(&id.ty, model) {
        faults.add(place, format!("an id is a text or a whole number, not `{name}`"));
    }
}

fn check_variants(place: &str, variants: &[Variant], faults: &mut Faults) {
    let mut idents = BTreeSet::new();
    for Variant { ident, wire: value, doc } in variants {
        if !is_ident(ident) {
            faults
                .add(place, format!("the value `{value}` would be the variant `{ident}`, which is no name"));
        } else if ident == "Unknown" || !idents.insert(ident) {
            faults.add(place, format!("the value `{value}` would be the variant `{ident}`, which is taken"));
        }
        check_length(place, ident, faults);
        check_doc(&wire::value(place, value), doc, faults);
    }
}

/// Every part of a type must be one that the crates have, and that fc-types reads.
pub(super) fn check_type(place: &str, ty: &Ty, model: &Model, faults: &mut Faults) {
    let is_known = |name: &str| {
        let is_event_object = name == "EventObject" && model.types.contains_key("EventType");
        let is_type = model.types.contains_key(name) || SUPPORT_TYPES.contains(name);
        is_event_object || is_type || PLAIN.contains(&name)
    };
    if !ty.parts().iter().all(|part| is_known(&part.name)) {
        faults.add(
            place,
            format!("its type would be `{ty}`, which no crate here has or reads: set `x-rust-type`"),
        );
    }
}

/// Refuses a name that is too long.
pub(super) fn check_length(place: &str, name: &str, faults: &mut Faults) {
    let length = name.chars().count();
    if length > LONGEST_NAME {
        let start: String = name.chars().take(20).collect();
        faults.add(
            place,
            format!("the name `{start}…` has {length} letters, at most {LONGEST_NAME} are taken"),
        );
    }
}

/// A doc comment with an open code block would swallow the code after it. A code block that this check does not see would be a
/// doc test.
pub(super) fn check_doc(place: &str, doc: &str, faults: &mut Faults) {
    let mut open: Option<Fence> = None;
    for line in doc.lines() {
        match open {
            Some(fence) if fence.is_closed_by(line) => open = None,
            Some(_) => {}
            None => {
                open = Fence::opened_by(line).map(|(fence, _)| fence);
                let indentation = &line[..line.len() - line.trim_start().len()];
                let is_hidden = match open {
                    Some(_) => indentation.len() > 3 || indentation.contains('\t'),
                    None => {
                        line.split_whitespace().any(|word| word.starts_with("```") || word.starts_with("~~~"))
                    }
                };
                if is_hidden {
                    faults.add(
                        place,
                        "a code block in its description begins on a line of its own, indented by three spaces at most",
                    );
                }
            }
        }
    }
    if open.is_some() {
        faults.add(place, "a code block in its description has no end: add the closing ```");
    }
}

/// Whether the type names an enum of the model.
pub(super) fn is_enum(ty: &Ty, model: &Model) -> bool {
    ty.arguments.is_empty() && model.types.get(&ty.name).is_some_and(|def| matches!(def.kind, Kind::Enum(_)))
}

/// Whether a value must hold another of its type, directly or through others.
fn contains_itself(def: &TypeDef, model: &Model) -> bool {
    let mut seen = BTreeSet::new();
    let mut pending = vec![def];
    while let Some(TypeDef { kind: Kind::Struct(structure), .. }) = pending.pop() {
        for field in structure.fields.iter().filter(|field| field.presence == Presence::Required) {
            let inner = &field.ty.unboxed().name;
            if *inner == def.name {
                return true;
            }
            if let Some(inner) = model.types.get(inner)
                && matches!(inner.kind, Kind::Struct(_))
                && seen.insert(&inner.name)
            {
                pending.push(inner);
            }
        }
    }
    false
}
