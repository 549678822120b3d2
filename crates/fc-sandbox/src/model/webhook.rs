//! Webhook endpoints and the deliveries to them.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::{self, Instant};
use crate::store::table::Identified;

/// A URL that events are sent to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WebhookEndpoint {
    pub(crate) id: String,
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) created: i64,
    pub(crate) url: String,
    /// Event types, or `*`.
    pub(crate) enabled_events: Vec<String>,
    pub(crate) api_version: Option<String>,
    /// Whether it is an event destination for thin events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) thin: bool,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    /// Newest first.
    pub(crate) secrets: Vec<SigningSecret>,
    pub(crate) disabled: bool,
    pub(crate) deleted: bool,
}

/// A secret that signs deliveries.
#[derive(Serialize, Deserialize)]
pub(crate) struct SigningSecret {
    pub(crate) text: String,
    /// When a rolled secret stops signing.
    pub(crate) expires_at: Option<Instant>,
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningSecret").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The delivery of an event to an endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The ids of the event and the endpoint.
    pub(crate) id: String,
    pub(crate) event: u32,
    pub(crate) endpoint: u32,
    pub(crate) attempts: Vec<DeliveryAttempt>,
    pub(crate) state: DeliveryState,
}

/// One attempt of a delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeliveryAttempt {
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) at: i64,
    pub(crate) outcome: Outcome,
    /// Whether a control sent it. It counts as no retry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) resent: bool,
}

/// The outcome of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Answered(u16),
    Failed(String),
}

impl Outcome {
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    Due(Instant),
    Succeeded,
    /// The last attempt failed.
    Failed,
    /// The endpoint was deleted or disabled before the delivery.
    Cancelled,
}

impl Identified for WebhookEndpoint {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Delivery {
    const REMOVABLE: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}
