//! Types of webhook events: the envelope's `type` becomes an enum of the known event types. Thin events have an enum of their own.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::decisions::{DecisionKind, Decisions};
use super::schema::{component_schemas, reference, replace_keeping_place};
use crate::generator::markdown::code_span;
use crate::generator::wire;
use crate::spec::source::Keep;

/// The extension that maps each event type to the object that its events carry.
pub(crate) const EVENT_OBJECTS: &str = "x-event-objects";

/// Adds the components `event_type` and `thin_event_type`, and gives the envelope the first one as its type.
pub(super) fn type_the_envelope(document: &mut Value, keep: &Keep, decisions: &mut Decisions) -> Result<()> {
    let types = taken(document, "x-webhook-event-types")?;
    let thin_types = taken(document, "x-thin-event-types")?;
    let has_envelope = document.pointer("/components/schemas/event").is_some();
    if let Some(root) = document.as_object().filter(|_| has_envelope && types.is_empty()) {
        let outcome = "no webhook event types: every event is of an unknown type, and has an untyped object";
        decisions.add(root, DecisionKind::NoEvents, "x-webhook-event-types", outcome);
    }
    let schemas = component_schemas(document).context("the document has no component schemas")?;
    let Some(event) = schemas.get_mut("event") else { return Ok(()) };
    let kind = event
        .pointer_mut("/properties/type")
        .and_then(Value::as_object_mut)
        .context("#/components/schemas/event has no property `type`")?;
    replace_keeping_place(kind, reference(wire::EVENT_TYPE));

    let mut objects = Map::new();
    for (kind, event) in &types {
        let event = event.as_object().with_context(|| format!("the event type {kind} is not an object"))?;
        let object = event.get("object").and_then(Value::as_str).unwrap_or_default();
        if schemas.get(object).is_some_and(|schema| has_constant(schema, object)) {
            objects.insert(kind.clone(), object.into());
        } else {
            let outcome =
                format!("its object stays JSON, because the slice does not define {}", code_span(object));
            decisions.add(event, DecisionKind::Payload, &wire::value(wire::EVENT_TYPE, kind), outcome);
        }
    }
    let event_type = enumeration("EventType", "Type of an [`Event`].", &types, &keep.events);
    schemas.insert(wire::EVENT_TYPE.to_owned(), event_type);
    let doc = "Type of a thin event, which refers to its object and does not hold it.";
    let thin_event_type = enumeration("ThinEventType", doc, &thin_types, &keep.thin_events);
    schemas.insert(wire::THIN_EVENT_TYPE.to_owned(), thin_event_type);
    if let Some(root) = document.as_object_mut() {
        root.insert(EVENT_OBJECTS.to_owned(), Value::Object(objects));
    }
    Ok(())
}

/// Takes a map from event types out of the document; empty if it has none.
fn taken(document: &mut Value, key: &str) -> Result<Map<String, Value>> {
    match document.as_object_mut().and_then(|root| root.remove(key)) {
        None => Ok(Map::new()),
        Some(Value::Object(types)) => Ok(types),
        Some(_) => bail!("{key} is not a map from type to description"),
    }
}

/// The enum of these event types.
fn enumeration(name: &str, doc: &str, types: &Map<String, Value>, prefix: &str) -> Value {
    let described =
        |(kind, event): (&String, &Value)| Some((kind.clone(), event.get("description")?.clone()));
    json!({
        "type": "string",
        "enum": types.keys().collect::<Vec<_>>(),
        "description": doc,
        "x-enum-descriptions": types.iter().filter_map(described).collect::<Map<_, _>>(),
        "x-enum-prefix": prefix,
        "x-rust-name": name,
        "x-rust-module": "event",
    })
}

/// Whether objects of the schema name themselves, so that an event can be typed by its object.
fn has_constant(schema: &Value, name: &str) -> bool {
    schema.pointer("/properties/object/enum").is_some_and(|values| *values == json!([name]))
}
