//! Events: what happened, written down as it was then.

use serde_json::{Value, json};

use crate::clock::Instant;
use crate::model::{Cause, Event};
use crate::world::World;

/// The types of all events that happen here.
pub(crate) const TYPES: &[&str] = &[
    "financial_connections.account.account_numbers_updated",
    "financial_connections.account.created",
    "financial_connections.account.deactivated",
    "financial_connections.account.disconnected",
    "financial_connections.account.expected_deactivation_date_updated",
    "financial_connections.account.reactivated",
    "financial_connections.account.refreshed_balance",
    "financial_connections.account.refreshed_ownership",
    "financial_connections.account.refreshed_transactions",
    "financial_connections.account.supported_payment_method_types_updated",
    "financial_connections.account.upcoming_account_number_expiry",
    "financial_connections.account.upcoming_deactivation",
    "financial_connections.authorization.expected_deactivation_date_updated",
    "financial_connections.authorization.upcoming_deactivation",
];

impl World {
    /// Writes an event about an account into the log.
    pub(crate) fn emit(&mut self, kind: &'static str, account: u32, cause: Option<&Cause>, at: Instant) {
        let object = self.render_account(account);
        self.record_event(kind, &object, cause, at);
    }

    /// Writes an event about a log-in into the log.
    pub(crate) fn emit_authorization(&mut self, kind: &'static str, authorization: u32, at: Instant) {
        let object = self.render_authorization(authorization);
        self.record_event(kind, &object, None, at);
    }

    fn record_event(&mut self, kind: &'static str, object: &Value, cause: Option<&Cause>, at: Instant) {
        debug_assert!(TYPES.contains(&kind), "{kind} is not listed");
        let event = Event {
            id: self.random.id("evt_"),
            created: at.unix(),
            kind: kind.into(),
            object: object.to_string(),
            cause: cause.cloned(),
            pending_webhooks: 0,
        };
        let event = self.events.add(event);
        self.address(event, at);
    }

    /// The event as an endpoint that asked for `api_version` gets it.
    pub(crate) fn render_event_in(&self, row: u32, api_version: &str) -> Value {
        let event = &self.events[row];
        // An event that no API call caused still has a request, with nothing in it.
        let request = json!({
            "id": event.cause.as_ref().map(|cause| &cause.request_id),
            "idempotency_key": event.cause.as_ref().and_then(|cause| cause.idempotency_key.as_ref()),
        });
        let mut rendered = json!({
            "id": event.id,
            "object": "event",
            "api_version": api_version,
            "created": event.created,
            "data": { "object": serde_json::from_str::<Value>(&event.object).unwrap_or_default() },
            "livemode": self.livemode,
            "pending_webhooks": event.pending_webhooks,
            "request": request,
            "type": event.kind,
        });
        if let Some(account) = &self.connected_account {
            rendered["account"] = account.as_str().into();
        }
        rendered
    }
}
