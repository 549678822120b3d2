//! Events.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api_version::Surface;
use crate::model::event::{Audience, Event};
use crate::render::account::{ACCOUNTS_URL, overlay};
use crate::world::World;

/// Renders an event for a caller or an endpoint that uses `api_version`. A thin event has no version.
pub(crate) fn render_event(world: &World, row: u32, api_version: &str) -> Value {
    let event = &world.events[row];
    if event.kind.audience() == Audience::Thin {
        return render_thin(world, event);
    }
    let mut object = serde_json::from_str::<Value>(&event.object).unwrap_or_default();
    if Surface::of(api_version) == Surface::Preview
        && let Some(preview) = &event.preview
    {
        overlay(&mut object, serde_json::from_str(preview).unwrap_or_default());
    }
    // An event without an API call as its cause still has a request, whose members are null.
    let request = json!({
        "id": event.cause.as_ref().map(|cause| &cause.request_id),
        "idempotency_key": event.cause.as_ref().and_then(|cause| cause.idempotency_key.as_ref()),
    });
    let mut rendered = json!({
        "id": event.id,
        "object": "event",
        "api_version": api_version,
        "created": event.created,
        "data": { "object": object },
        "livemode": world.livemode,
        "pending_webhooks": event.pending_webhooks,
        "request": request,
        "type": event.kind,
    });
    if let Some(account) = &world.connected_account {
        rendered["account"] = account.as_str().into();
    }
    rendered
}

/// A thin event: it names the account, and does not hold it.
fn render_thin(world: &World, event: &Event) -> Value {
    let about: Value = serde_json::from_str(&event.object).unwrap_or_default();
    let id = about["id"].as_str().unwrap_or_default();
    let mut rendered = json!({
        "id": event.id,
        "object": "v2.core.event",
        "created": Timestamp::from_second(event.created).map(|at| format!("{at:.3}")).unwrap_or_default(),
        "livemode": world.livemode,
        "related_object": {
            "id": id,
            "type": "financial_connections.account",
            "url": format!("{ACCOUNTS_URL}/{id}"),
        },
        "type": event.kind,
    });
    if let Some(snapshot) = about["snapshot_event"].as_str() {
        rendered["snapshot_event"] = snapshot.into();
    }
    if let Some(cause) = &event.cause {
        let request = json!({ "id": cause.request_id, "idempotency_key": cause.idempotency_key });
        rendered["reason"] = json!({ "type": "request", "request": request });
    }
    if let Some(account) = &world.connected_account {
        rendered["context"] = account.as_str().into();
    }
    rendered
}
