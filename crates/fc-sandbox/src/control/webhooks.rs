//! `/_sandbox/deliveries` and `/_sandbox/webhook_endpoints/{id}/secret`.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::sandbox::Sandbox;

pub(crate) async fn list_deliveries(State(sandbox): State<Sandbox>) -> Reply {
    json!({ "deliveries": sandbox.all_deliveries() }).into()
}

pub(crate) async fn deliver(State(sandbox): State<Sandbox>) -> Reply {
    sandbox.deliver_webhooks().await;
    list_deliveries(State(sandbox)).await
}

/// Where thin events are sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Destination {
    key: String,
    url: String,
    enabled_events: Vec<String>,
}

/// Adds an event destination for thin events. At Stripe this is a call of the API v2, which the sandbox does not have.
pub(crate) async fn add_destination(
    State(sandbox): State<Sandbox>,
    JsonBody(Destination { key, url, enabled_events }): JsonBody<Destination>,
) -> Result<Reply, Refusal> {
    let secret = sandbox.event_destination(&key, &url, enabled_events).map_err(Refusal::invalid)?;
    Ok(json!({ "secret": secret }).into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roll {
    /// In seconds.
    #[serde(default)]
    overlap: u64,
}

pub(crate) async fn roll_secret(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(Roll { overlap }): JsonBody<Roll>,
) -> Result<Reply, Refusal> {
    match sandbox.roll_webhook_secret(id, Duration::from_secs(overlap)) {
        Some(secret) => Ok(json!({ "secret": secret }).into()),
        None => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "no webhook endpoint has this id: create one first, with POST /v1/webhook_endpoints",
        )),
    }
}
