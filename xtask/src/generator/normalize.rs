//! Normalisation of the slice with its overlay into the document that progenitor reads.
//!
//! Each rule has a file, which says what goes wrong without it. The order matters: components are renamed last, when every
//! inline schema is a component, and the guard checks the result.

mod choices;
mod decisions;
mod docs;
mod events;
mod foreign;
mod formats;
mod free_form;
mod guard;
mod hoist;
mod leave_out;
mod lists;
mod modules;
mod names;
mod operations;
mod schema;
mod support;
mod taken;
mod type_names;
mod unset;
mod values;
mod width;

use anyhow::Result;
use serde_json::Value;

use decisions::Decisions;

use crate::spec::source::Keep;

pub use decisions::{Decision, DecisionKind};
pub use docs::{FILLER, Gap};
pub(crate) use events::EVENT_OBJECTS;
pub(crate) use schema::PUBLIC_TEXT;
pub(crate) use values::variant_names;

/// The result of all rules.
#[derive(Clone, Debug)]
pub struct Normalized {
    /// The document that progenitor reads.
    pub document: Value,
    /// Items that the overlay does not describe. Their documentation is [`FILLER`].
    pub undocumented: Vec<Gap>,
    /// What is new and was generated, or left out, without an answer of the overlay.
    pub decisions: Vec<Decision>,
}

/// Applies every rule. `keep` has the prefixes of the target's names. What the overlay does not describe or decide does not stop an update, only a release.
///
/// # Errors
///
/// A rule cannot read the document, or the generated code would silently be wrong. The message names every schema path.
pub fn normalize(mut document: Value, keep: &Keep) -> Result<Normalized> {
    let mut decisions = Decisions::default();
    decisions::check(&document)?;
    strip(&mut document);
    leave_out::remove(&mut document, keep, &mut decisions);
    events::type_the_envelope(&mut document, keep, &mut decisions)?;
    formats::replace(&mut document, &mut decisions);
    unset::mark(&mut document);
    operations::simplify(&mut document)?;
    free_form::replace(&mut document);
    foreign::replace(&mut document, &mut decisions);
    foreign::drop_stubs(&mut document);
    lists::replace(&mut document);
    choices::replace(&mut document, &mut decisions);
    support::replace(&mut document)?;
    type_names::give_way(&mut document, keep, &mut decisions);
    hoist::name_inline_schemas(&mut document, keep, &mut decisions)?;
    width::limit(&mut document, &mut decisions);
    unset::wrap(&mut document);
    values::check(&mut document, &mut decisions)?;
    taken::report(&mut document, &mut decisions);
    modules::assign(&mut document, keep)?;
    names::rename(&mut document, keep)?;
    guard::check(&mut document)?;
    let undocumented = docs::fill(&mut document);
    Ok(Normalized { document, undocumented, decisions: decisions.into_sorted() })
}

/// Keys that do not change a type.
const IGNORED: [&str; 16] = [
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

/// Drops provenance and ignored keys.
fn strip(document: &mut Value) {
    if let Some(root) = document.as_object_mut() {
        root.remove("x-provenance");
    }
    schema::for_each(document, &mut |schema, _| {
        // typify names types by `title`, and merges different types of one title. Bounds would become types that reject
        // responses. A boolean `additionalProperties` would become `deny_unknown_fields`.
        for key in IGNORED {
            schema.remove(key);
        }
        if schema.get("additionalProperties").is_some_and(Value::is_boolean)
            && schema.contains_key("properties")
        {
            schema.remove("additionalProperties");
        }
    });
}
