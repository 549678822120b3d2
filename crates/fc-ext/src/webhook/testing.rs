//! Payloads and secrets shared by the tests of this module.

use fc_types::Timestamp;
use serde_json::{Value, json};

use super::secret::Secret;

/// Snapshot event, indented as Stripe sends it.
pub(super) const SNAPSHOT: &str = include_str!("../../testdata/event_refreshed_transactions.json");

/// Thin event.
pub(super) const THIN: &str = include_str!("../../testdata/thin_refreshed_balance.json");

pub(super) const ACCOUNT: &str = r#"{
    "id": "fca_1", "object": "financial_connections.account", "category": "cash", "created": 1681412208,
    "institution_name": "StripeBank", "livemode": false, "status": "active", "subcategory": "checking",
    "supported_payment_method_types": []
}"#;

pub(super) const AUTHORIZATION: &str = r#"{
    "id": "fcauth_1", "object": "financial_connections.authorization", "institution_name": "StripeBank",
    "livemode": false, "status": "active", "status_details": {}
}"#;

/// Signing time of the payloads.
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_681_422_301);

pub(super) fn secret() -> Secret {
    Secret::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH").expect("it is a secret")
}

/// Secret that replaces [`secret`] in a roll.
pub(super) fn next_secret() -> Secret {
    Secret::new("whsec_lU1HfYjPu0tEaXkJ2m9gRvC7sQzW4dNb").expect("it is a secret")
}

/// Snapshot event with this type and object.
pub(super) fn snapshot(type_: &str, object: Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": null, "created": 1681422300, "data": {"object": object},
        "livemode": false, "pending_webhooks": 1, "request": null, "type": type_,
    })
}
