//! Turns the slice with its overlay into the document that progenitor reads.
//!
//! Each rule lives in a file of its own and says what would go wrong without it. The order matters: names come last, when
//! every inline schema that needs one has become a component, and the guard looks at the finished document.

mod docs;
mod events;
mod foreign;
mod free_form;
mod guard;
mod hoist;
mod lists;
mod modules;
mod names;
mod operations;
mod schema;
mod support;

use anyhow::Result;
use serde_json::Value;

pub use docs::{FILLER, Gap};
pub(crate) use events::EVENT_OBJECTS;

/// Applies every rule, and returns the document with the items that the overlay does not describe. Their
/// documentation is [`FILLER`]: they do not stand in the way of an update, only of a release.
///
/// # Errors
///
/// A document that a rule cannot read, or one that would be mis-generated silently. The message names every schema path.
pub fn normalize(mut document: Value) -> Result<(Value, Vec<Gap>)> {
    strip(&mut document);
    events::type_the_envelope(&mut document)?;
    operations::simplify(&mut document)?;
    free_form::replace(&mut document);
    foreign::replace(&mut document)?;
    foreign::drop_stubs(&mut document);
    lists::replace(&mut document);
    support::replace(&mut document)?;
    hoist::name_inline_schemas(&mut document)?;
    modules::assign(&mut document)?;
    names::rename(&mut document)?;
    guard::check(&mut document)?;
    let undocumented = docs::fill(&mut document);
    Ok((document, undocumented))
}

/// What says nothing of a type here.
const NOTHING_TO_A_TYPE: [&str; 16] = [
    "title",
    "maxLength",
    "minLength",
    "pattern",
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "multipleOf",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "x-expandableFields",
    "x-stripeBypassValidation",
];

/// Drops what only the slice's reader needs.
fn strip(document: &mut Value) {
    if let Some(root) = document.as_object_mut() {
        root.remove("x-provenance");
    }
    schema::for_each(document, &mut |schema, _| {
        // `title` names types behind our back and unites unequal ones; the bounds would become types that refuse what
        // the server may send; a boolean additionalProperties would become deny_unknown_fields.
        for key in NOTHING_TO_A_TYPE {
            schema.remove(key);
        }
        if schema.get("additionalProperties").is_some_and(Value::is_boolean)
            && schema.contains_key("properties")
        {
            schema.remove("additionalProperties");
        }
    });
}
