//! Generated files of fc-ext: kinds of webhook events.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use heck::ToSnakeCase as _;

use super::docs::doc_comment;
use crate::generator::hand_written::is_ident;
use crate::generator::model::{EventDef, Model};

/// The variant of an event type: that of `EventType`, unless it is one of the two variants for events without a known object.
fn kind(event: &EventDef) -> String {
    match event.variant.as_str() {
        taken @ ("Undecoded" | "Other") => format!("{taken}Event"),
        variant => variant.to_owned(),
    }
}

/// File names without extension, and their texts.
pub(super) fn files(model: &Model) -> BTreeMap<String, String> {
    let root = "//! Kinds of webhook events.\n\nmod event_kind;\n\npub use event_kind::EventKind;\n";
    BTreeMap::from([("mod".to_owned(), root.to_owned()), ("event_kind".to_owned(), event_kind(model))])
}

fn event_kind(model: &Model) -> String {
    let mut imports: Vec<&str> = model.event_objects().into_iter().collect();
    if !imports.is_empty() {
        imports.push("EventObject");
    }
    imports.push("EventType");
    let mut text = format!(
        "//! Event types paired with the objects that their events carry.\n\n\
         use {};\n\nuse {};\n\n\
         /// Type of an event, with its object; from [`WebhookEvent::kind`].\n\
         #[derive(Clone, Copy, Debug)]\n#[non_exhaustive]\npub enum EventKind<'e> {{\n",
        model.output.path(&format!("fc_types::{{{}}}", imports.join(", "))),
        match model.output.module {
            None => "crate::webhook::WebhookEvent".to_owned(),
            Some(_) => model.output.path("crate::WebhookEvent"),
        }
    );
    for event in &model.events {
        text.push_str(&doc_comment(&event.doc));
        let _ = writeln!(text, "{}(&'e {}),", kind(event), event.object);
    }
    text.push_str(
        "/// The object did not decode, or does not belong to the type of the event. [`WebhookEvent::decode_error`] gives\n\
         /// the reason.\n\
         Undecoded(&'e WebhookEvent),\n\
         /// The type is unknown to this version: of another part of Stripe, in preview, or newer.\n\
         Other(&'e WebhookEvent),\n}\n\n\
         impl WebhookEvent {\n\
         /// Type of the event, with its object.\n\
         #[must_use]\npub fn kind(&self) -> EventKind<'_> {\nmatch (&self.type_, &self.data.object) {\n",
    );
    for event in &model.events {
        let (variant, object) = (&event.variant, &event.object);
        let kind = kind(event);
        // A type may be named like a keyword: `Match`.
        let value = object.to_snake_case();
        let value = if is_ident(&value) { value } else { format!("{value}_") };
        let _ = writeln!(
            text,
            "(EventType::{variant}, EventObject::{object}({value})) => EventKind::{kind}({value}),"
        );
    }
    let untyped: String =
        model.untyped_events().iter().map(|variant| format!("EventType::{variant} | ")).collect();
    let _ = writeln!(text, "({untyped}EventType::Unknown(_), _) => EventKind::Other(self),");
    // Without an arm that names a type, every event of a known type is one without an object.
    if !model.events.is_empty() {
        text.push_str("_ => EventKind::Undecoded(self),\n");
    }
    text.push_str("}\n}\n}\n");
    text
}
