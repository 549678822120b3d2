//! Code of fc-types for the object of an event.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::object::{field_type, object_macro};
use crate::generator::markdown::visible;
use crate::generator::model::{Kind, Model, Struct};

/// Items of the file of events besides its types.
pub(super) fn text(model: &Model) -> String {
    let mut text = String::new();
    event_object(model, &mut text);
    object_type(model, &mut text);
    from_json(model, &mut text);
    text
}

/// The enum of objects that events carry.
fn event_object(model: &Model, text: &mut String) {
    text.push_str(
        "/// Object of an event, typed by its own `object` member.\n\
         #[derive(Clone, PartialEq)]\n#[non_exhaustive]\npub enum EventObject {\n",
    );
    let objects = model.event_objects();
    for name in &objects {
        let constant = structure(model, name).and_then(|structure| structure.object.as_deref());
        let _ = writeln!(
            text,
            "/// [`{name}`], on the wire `{}`.\n{name}(Box<{name}>),",
            visible(constant.unwrap_or(name))
        );
    }
    text.push_str(
        "/// An object of another type, or one that does not decode as its type, as received.\n\
         Unknown(serde_json::Map<String, serde_json::Value>),\n}\n\n",
    );
    let variants: Vec<String> = objects
        .into_iter()
        .map(|name| {
            let older = structure(model, name).into_iter().flat_map(|structure| &structure.older_objects);
            older.fold(name.to_owned(), |variant, older| format!("{variant} | {older:?}"))
        })
        .collect();
    let _ = writeln!(text, "event_object!(EventObject {{ {} }});\n", variants.join(", "));
}

/// The object of each event type.
fn object_type(model: &Model, text: &mut String) {
    let mut variants: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for event in &model.events {
        variants.entry(&event.object).or_default().push(format!("Self::{}", event.variant));
    }
    text.push_str(
        "impl EventType {\n\
         /// Type of the object that events of this type carry, such as `financial_connections.account`. `None` for an\n\
         /// unknown event type.\n\
         #[must_use]\npub fn object_type(&self) -> Option<&'static str> {\nmatch self {\n",
    );
    for (object, variants) in variants {
        let _ = writeln!(text, "{} => Some({object}::OBJECT),", variants.join(" | "));
    }
    text.push_str("_ => None,\n}\n}\n}\n\n");
}

/// `Event::from_json`, which reads the event and its object in one pass.
fn from_json(model: &Model, text: &mut String) {
    let (Some(event), Some(data)) = (structure(model, "Event"), structure(model, "EventData")) else {
        return;
    };
    in_one_pass("Event", event, "data", "EventDataInOnePass", text);
    in_one_pass("EventData", data, "object", "crate::event::InOnePass<EventObject>", text);
    let others = |structure: &Struct, special: &str, value: &str| -> String {
        let fields = structure.fields.iter().filter(|field| field.ident != special);
        fields.map(|field| format!("{0}: {value}.{0}, ", field.ident)).collect()
    };
    let _ = writeln!(
        text,
        "impl Event {{\n\
         /// Reads an event: the same result as [`json::from_str`](crate::json::from_str), in less time.\n///\n\
         /// An object that does not decode is kept as received. A deserializer cannot go back to the start of the object,\n\
         /// so `from_str` reads it twice. This function has the whole text: it reads the object at once, and reads the\n\
         /// text a second time only if that fails.\n///\n\
         /// # Errors\n///\n\
         /// The text is not JSON, is no object, or lacks `id`, `type` or `data`.\n\
         pub fn from_json(text: &str) -> Result<Self, crate::json::Error> {{\n\
         crate::json::read(text, |text| {{\n\
         let Ok(event) = serde_json::from_str::<EventInOnePass>(text) else {{\nreturn serde_json::from_str(text);\n}};\n\
         let data = EventData {{ object: event.data.object.0, {}extra: event.data.extra }};\n\
         Ok(Self {{ data, {}extra: event.extra }})\n}})\n}}\n}}\n",
        others(data, "object", "event.data"),
        others(event, "data", "event"),
    );
}

/// A copy of a struct, one field of which is read in one pass.
fn in_one_pass(name: &str, structure: &Struct, special: &str, ty: &str, text: &mut String) {
    let copy = format!("{name}InOnePass");
    let _ = writeln!(text, "/// [`{name}`], whose object is read in one pass.\nstruct {copy} {{");
    for field in &structure.fields {
        let ty = if field.ident == special { ty.to_owned() } else { field_type(field) };
        let _ = writeln!(text, "{}: {ty},", field.ident);
    }
    text.push_str("extra: Extra,\n}\n\n");
    object_macro(&format!("@serde {copy}"), structure, is_envelope(name), text);
}

/// Whether an odd value of an optional field is kept: it must not lose a verified event.
pub(super) fn is_envelope(name: &str) -> bool {
    matches!(name, "Event" | "EventData" | "EventRequest")
}

fn structure<'a>(model: &'a Model, name: &str) -> Option<&'a Struct> {
    match model.types.get(name).map(|def| &def.kind) {
        Some(Kind::Struct(structure)) => Some(structure),
        _ => None,
    }
}
