//! Texts in formats that no type stands for stay plain texts.
//!
//! progenitor would give some of them types of other crates: `chrono` for `date-time`, `uuid` for `uuid`.

use serde_json::Value;

use super::decisions::{DecisionKind, Decisions};
use super::schema::for_each_wire;
use crate::generator::markdown::code_span;

/// Drops the format of each text, and asks for a decision unless the overlay gives a type.
pub(super) fn replace(document: &mut Value, decisions: &mut Decisions) {
    for_each_wire(document, &mut |schema, wire| {
        let kind = schema.get("type").and_then(Value::as_str);
        // A time as a text is no new format, but a change of its JSON type.
        let is_text =
            kind == Some("string") && schema.get("format").is_none_or(|format| format != "unix-time");
        if !is_text && kind != Some("number") {
            return;
        }
        let Some(format) = schema.remove("format") else { return };
        if is_text && !schema.contains_key("x-rust-type") && !schema.contains_key("enum") {
            let format = format.as_str().unwrap_or_default();
            decisions.add(
                schema,
                DecisionKind::Format,
                wire,
                format!("a text, though its format is {}", code_span(format)),
            );
        }
    });
}
