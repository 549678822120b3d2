//! Webhook endpoints: how they are created and deleted, and how their secrets are rolled.

use serde_json::{Map, Value};

use crate::clock::Instant;
use crate::lifecycle::delivery::change_state;
use crate::model::webhook::{DeliveryState, SigningSecret, WebhookEndpoint};
use crate::world::World;

/// Characters of a signing secret after its prefix.
const SECRET_LENGTH: usize = 32;

/// The number of endpoints that an account can have, as at Stripe.
pub(crate) const MAX_ENDPOINTS: usize = 16;

/// The parameters of a new endpoint.
#[derive(Debug)]
pub(crate) struct NewEndpoint {
    pub(crate) url: String,
    pub(crate) enabled_events: Vec<String>,
    pub(crate) api_version: Option<String>,
    /// Whether it is an event destination for thin events.
    pub(crate) thin: bool,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Map<String, Value>,
}

/// Whether the account has as many endpoints as it can have.
pub(crate) fn is_full(world: &World) -> bool {
    let endpoints = world.webhook_endpoints.numbers();
    endpoints.filter(|row| !world.webhook_endpoints[*row].deleted).count() >= MAX_ENDPOINTS
}

/// Adds an endpoint. Returns its row and its signing secret.
pub(crate) fn create(world: &mut World, new: NewEndpoint, now: Instant) -> (u32, String) {
    let secret = new_secret(world);
    let NewEndpoint { url, enabled_events, api_version, thin, description, metadata } = new;
    let endpoint = WebhookEndpoint {
        id: world.random.id(if thin { "ed_" } else { "we_" }),
        created: now.unix(),
        url,
        enabled_events,
        api_version,
        thin,
        description,
        metadata,
        secrets: vec![SigningSecret { text: secret.clone(), expires_at: None }],
        disabled: false,
        deleted: false,
    };
    (world.webhook_endpoints.add(endpoint), secret)
}

/// Deletes an endpoint and cancels the deliveries that are due.
pub(crate) fn delete(world: &mut World, endpoint: u32) {
    world.webhook_endpoints[endpoint].deleted = true;
    for (at, delivery) in world.outbox.due(endpoint, Instant::END, usize::MAX) {
        change_state(world, delivery, at, DeliveryState::Cancelled);
    }
}

/// Gives an endpoint a new secret. The old secrets sign as well until `expires_at`.
pub(crate) fn roll_secret(world: &mut World, endpoint: u32, expires_at: Instant, now: Instant) -> String {
    let text = new_secret(world);
    let secrets = &mut world.webhook_endpoints[endpoint].secrets;
    for secret in secrets.iter_mut() {
        secret.expires_at = Some(secret.expires_at.map_or(expires_at, |at| at.min(expires_at)));
    }
    secrets.retain(|secret| secret.expires_at.is_some_and(|at| at > now));
    secrets.insert(0, SigningSecret { text: text.clone(), expires_at: None });
    text
}

fn new_secret(world: &mut World) -> String {
    world.random.id_of::<SECRET_LENGTH>("whsec_")
}
