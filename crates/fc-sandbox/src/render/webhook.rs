//! Webhook endpoints and deliveries.

use serde_json::{Value, json};

use crate::model::webhook::{Delivery, DeliveryState, Outcome};
use crate::world::World;

/// Renders an endpoint as `GET /v1/webhook_endpoints` does. An event destination, which it does not list, looks the same to the
/// controls.
pub(crate) fn render_webhook_endpoint(world: &World, row: u32) -> Value {
    let endpoint = &world.webhook_endpoints[row];
    json!({
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": null,
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": endpoint.enabled_events,
        "livemode": world.livemode,
        "metadata": endpoint.metadata,
        "status": if endpoint.disabled { "disabled" } else { "enabled" },
        "url": endpoint.url,
    })
}

/// Renders a delivery for the sandbox's own log of deliveries.
pub(crate) fn render_delivery(world: &World, row: u32) -> Value {
    let Delivery { event, endpoint, attempts, state, .. } = &world.deliveries[row];
    let (event, endpoint) = (&world.events[*event], &world.webhook_endpoints[*endpoint]);
    let (state, next_attempt_at) = match state {
        DeliveryState::Due(at) => ("pending", Some(at.unix())),
        DeliveryState::Succeeded => ("succeeded", None),
        DeliveryState::Failed => ("failed", None),
        DeliveryState::Cancelled => ("cancelled", None),
    };
    let attempts: Value = attempts
        .iter()
        .map(|attempt| match &attempt.outcome {
            Outcome::Answered(status) => json!({ "at": attempt.at, "status": status }),
            Outcome::Failed(error) => json!({ "at": attempt.at, "error": error }),
        })
        .zip(attempts)
        .map(|(mut rendered, attempt)| {
            // Only an attempt that a control made has the member.
            if attempt.resent {
                rendered["resent"] = true.into();
            }
            rendered
        })
        .collect();
    json!({
        "event": event.id,
        "type": event.kind,
        "webhook_endpoint": endpoint.id,
        "url": endpoint.url,
        "state": state,
        "next_attempt_at": next_attempt_at,
        "attempts": attempts,
    })
}
