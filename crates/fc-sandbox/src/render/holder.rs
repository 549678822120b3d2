//! Account holders.

use serde_json::{Value, json};

use crate::model::holder::Holder;

pub(crate) fn render_holder(holder: &Holder) -> Value {
    match holder {
        Holder::Account(id) => json!({ "type": "account", "account": id }),
        Holder::Customer(id) => json!({ "type": "customer", "customer": id }),
        Holder::CustomerAccount(id) => json!({ "type": "customer", "customer_account": id }),
    }
}

/// Renders a Stripe account. The sandbox has no endpoint for Stripe accounts and knows only the id.
pub(crate) fn render_connected_account(id: &str) -> Value {
    json!({
        "id": id,
        "object": "account",
        "business_profile": null,
        "business_type": null,
        "charges_enabled": true,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": true,
        "email": null,
        "metadata": {},
        "payouts_enabled": true,
        "type": "standard",
    })
}
