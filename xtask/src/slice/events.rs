//! Webhook event types and the resource that each carries.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Event type → name of the resource that the event carries.
pub(super) type EventTypes = BTreeMap<String, String>;

/// Collects the event types that begin with `prefix`.
///
/// A whole spec has them as the values that `enabled_events` of a webhook endpoint takes, a slice has them listed. The
/// resource comes from the SDK view or an earlier slice; elsewhere it is the first two segments of the type.
pub(super) fn event_types(spec: &Value, prefix: &str) -> Result<EventTypes> {
    let stated = stated_objects(spec)?;
    let mut types = BTreeSet::new();
    match spec.get("x-webhook-event-types") {
        Some(Value::Object(map)) => types.extend(map.keys().map(String::as_str)),
        Some(list) => types.extend(strings(list, "#/x-webhook-event-types")?),
        None => {
            let operation =
                spec.get("paths").and_then(|paths| paths.get("/v1/webhook_endpoints")?.get("post"));
            let bodies =
                operation.and_then(|operation| operation.pointer("/requestBody/content")?.as_object());
            for body in bodies.into_iter().flat_map(serde_json::Map::values) {
                if let Some(list) = body.pointer("/schema/properties/enabled_events/items/enum") {
                    types.extend(strings(list, "enabled_events of POST /v1/webhook_endpoints")?);
                }
            }
        }
    }
    let kept: EventTypes = types
        .into_iter()
        .filter(|event| event.starts_with(prefix))
        .map(|event| {
            let object = match stated.get(event) {
                Some(object) => (*object).to_owned(),
                None => carried_object(event)?,
            };
            Ok((event.to_owned(), object))
        })
        .collect::<Result<_>>()?;
    ensure!(
        !kept.is_empty(),
        "no webhook event type begins with {prefix}: looked in #/x-webhook-event-types and in enabled_events of POST \
         /v1/webhook_endpoints"
    );
    Ok(kept)
}

/// The slice's form: event type → `{"object": resource}`.
pub(super) fn to_value(events: &EventTypes) -> Value {
    events.iter().map(|(event, object)| (event.clone(), json!({"object": object}))).collect()
}

fn stated_objects(spec: &Value) -> Result<BTreeMap<&str, &str>> {
    let mut objects = BTreeMap::new();
    if let Some(Value::Object(map)) = spec.get("x-webhook-event-types") {
        for (event, value) in map {
            let object = value.get("object").and_then(Value::as_str);
            let object =
                object.with_context(|| format!("#/x-webhook-event-types/{event} has no `object`"))?;
            objects.insert(event.as_str(), object);
        }
    }
    let events = spec.pointer("/x-sdk-spec/events").and_then(Value::as_array);
    for (index, event) in events.into_iter().flatten().enumerate() {
        let field = |key| event.get(key).and_then(Value::as_str);
        let (Some(name), Some(object)) = (field("type"), field("object")) else {
            anyhow::bail!("#/x-sdk-spec/events/{index} lacks `type` or `object`");
        };
        objects.insert(name, object);
    }
    Ok(objects)
}

fn carried_object(event: &str) -> Result<String> {
    let segments: Vec<&str> = event.split('.').collect();
    ensure!(
        segments.len() > 2,
        "cannot tell the resource of the webhook event type {event}: it has no third segment"
    );
    Ok(segments[..2].join("."))
}

fn strings<'a>(list: &'a Value, place: &str) -> Result<Vec<&'a str>> {
    let items = list.as_array().with_context(|| format!("{place} is not a list"))?;
    items
        .iter()
        .map(|item| item.as_str().with_context(|| format!("{place} has an entry that is not a string")))
        .collect()
}
