//! Types the webhook events: the envelope's `type` becomes an enum of the known event types.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::schema::{component_schemas, reference, replace_keeping_place};

/// The extension that lists the objects which events carry; the renderer writes `EventObject` from it.
pub(crate) const EVENT_OBJECTS: &str = "x-event-objects";

/// Makes `event_type` a component of its own and points the envelope at it.
pub(super) fn type_the_envelope(document: &mut Value) -> Result<()> {
    let Some(types) = document.as_object_mut().and_then(|root| root.remove("x-webhook-event-types")) else {
        return Ok(());
    };
    let types =
        types.as_object().context("x-webhook-event-types is not a map from type to description")?.clone();
    let schemas = component_schemas(document).context("the document has no component schemas")?;
    let Some(event) = schemas.get_mut("event") else { return Ok(()) };
    let kind = event
        .pointer_mut("/properties/type")
        .and_then(Value::as_object_mut)
        .context("#/components/schemas/event has no property `type`")?;
    replace_keeping_place(kind, reference("event_type"));

    let mut objects: Vec<Value> = types.values().filter_map(|event| event.get("object").cloned()).collect();
    objects.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    objects.dedup();
    // An event may carry an object that an older spec does not describe; it stays untyped then.
    objects.retain(|name| name.as_str().is_some_and(|name| schemas.contains_key(name)));

    let docs: Map<String, Value> = types
        .iter()
        .filter_map(|(kind, event)| Some((kind.clone(), event.get("description")?.clone())))
        .collect();
    let event_type = json!({
        "type": "string",
        "enum": types.keys().collect::<Vec<_>>(),
        "description": "What happened, as named in an [`Event`].",
        "x-enum-descriptions": docs,
        "x-enum-prefix": "financial_connections.",
        "x-rust-name": "EventType",
        "x-rust-module": "event",
    });
    schemas.insert("event_type".to_owned(), event_type);
    if let Some(root) = document.as_object_mut() {
        root.insert(EVENT_OBJECTS.to_owned(), Value::Array(objects));
    }
    Ok(())
}
