//! Webhook event types and the resources that they carry; types of thin events.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::spec::sdk::is_thin;

/// Event type → name of the resource that the event carries, if it is known.
pub(super) type EventTypes = BTreeMap<String, Option<String>>;

/// Collects the event types that begin with `prefix`.
///
/// A whole spec has them as values of `enabled_events` of a webhook endpoint; a slice has a list. The resource comes from the
/// SDK spec or an earlier slice; otherwise it is the first two segments of a type that has more. The result may be empty: the
/// specs of 2022 have operations and no event type.
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
    let ours = types.into_iter().filter(|event| event.starts_with(prefix));
    Ok(ours
        .map(|event| {
            let stated = stated.get(event).map(|object| (*object).to_owned());
            (event.to_owned(), stated.or_else(|| carried_object(event)))
        })
        .collect())
}

/// Collects the types of thin events that begin with `prefix`, in the slice's form: event type → `{}`.
///
/// A spec for SDKs has a schema for each, marked as thin. A public spec has none. A slice has a map; other tools write a list.
pub(super) fn thin_event_types(spec: &Value, prefix: &str) -> Result<Map<String, Value>> {
    let mut types: BTreeSet<&str> = BTreeSet::new();
    match spec.get("x-thin-event-types") {
        Some(Value::Object(map)) => types.extend(map.keys().map(String::as_str)),
        Some(list) => types.extend(strings(list, "#/x-thin-event-types")?),
        None => {}
    }
    if let Some(list) = spec.pointer("/x-sdk-spec/thin_events") {
        types.extend(strings(list, "#/x-sdk-spec/thin_events")?);
    }
    let schemas = spec.pointer("/components/schemas").and_then(Value::as_object);
    let marked = schemas.into_iter().flat_map(Map::values).filter(|schema| is_thin(schema));
    types.extend(marked.filter_map(|schema| schema.pointer("/x-stripeEvent/type")?.as_str()));
    let ours = types.into_iter().filter(|event| event.starts_with(prefix));
    Ok(ours.map(|event| (event.to_owned(), json!({}))).collect())
}

/// The slice's form: event type → `{"object": resource}`, or `{}` if the resource is not known.
pub(super) fn to_value(events: &EventTypes) -> Value {
    let value =
        |object: &Option<String>| object.as_ref().map_or(json!({}), |object| json!({"object": object}));
    let events = events.iter().map(|(event, object)| (event.clone(), value(object)));
    Value::Object(events.collect())
}

fn stated_objects(spec: &Value) -> Result<BTreeMap<&str, &str>> {
    let mut objects = BTreeMap::new();
    if let Some(Value::Object(map)) = spec.get("x-webhook-event-types") {
        for (event, value) in map {
            let Some(object) = value.get("object") else { continue };
            let object = object.as_str();
            let object = object
                .with_context(|| format!("`object` of #/x-webhook-event-types/{event} is not a string"))?;
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

fn carried_object(event: &str) -> Option<String> {
    let segments: Vec<&str> = event.split('.').collect();
    (segments.len() > 2).then(|| segments[..2].join("."))
}

fn strings<'a>(list: &'a Value, place: &str) -> Result<Vec<&'a str>> {
    let items = list.as_array().with_context(|| format!("{place} is not a list"))?;
    items
        .iter()
        .map(|item| item.as_str().with_context(|| format!("{place} has an entry that is not a string")))
        .collect()
}
