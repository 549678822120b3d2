//! Inputs of the benches: Stripe's samples, and pages made of them in the format of the API.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};

/// Items of a page: the maximum of one call.
pub const PAGE: usize = 100;

/// A JSON text to decode.
pub struct Input {
    /// Name in the tables.
    pub name: &'static str,
    /// Its contents.
    pub what: &'static str,
    /// The text.
    pub json: String,
}

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("the samples are JSON")
}

/// Stripe's three sample accounts.
fn samples() -> [Value; 3] {
    [
        sample(include_str!("../../../tests/data/payloads/account_refresh.json")),
        sample(include_str!("../../../tests/data/payloads/account_subscribe.json")),
        sample(include_str!("../../../tests/data/payloads/account_unsubscribe.json")),
    ]
}

/// An id as long as Stripe's: 24 characters after the prefix.
fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}1NQay62eZvKYlo2C{:08}", number * 7919 % 100_000_000)
}

fn list(url: &str, data: Vec<Value>) -> Value {
    json!({ "object": "list", "data": data, "has_more": true, "url": url })
}

/// One sample account of Stripe's reference, on one line.
#[must_use]
pub fn account() -> Input {
    let [refresh, ..] = samples();
    Input { name: "account_refresh", what: "one sample account, one line", json: on_one_line(&refresh) }
}

/// A page of sample accounts.
#[must_use]
pub fn account_page() -> Input {
    let samples = samples();
    let accounts = (0..PAGE).map(|number| {
        let mut account = samples[number % samples.len()].clone();
        account["id"] = id("fca_", number).into();
        account
    });
    let page = list("/v1/financial_connections/accounts", accounts.collect());
    Input {
        name: "account_page_100",
        what: "the three sample accounts in turn, compact",
        json: compact(&page),
    }
}

/// Descriptions of transactions.
const DESCRIPTIONS: [&str; 3] = ["Rocket Rides", "ACH PAYROLL 0042 ROCKET INC", "Corner Cafe #12"];

/// A page of transactions.
#[must_use]
pub fn transaction_page() -> Input {
    let transactions = (0..PAGE).map(|number| {
        let at = 1_696_118_400 - number as i64 * 7_211;
        let pending = number % 3 == 2;
        json!({
            "id": id("fctxn_", number),
            "object": "financial_connections.transaction",
            "account": id("fca_", 1),
            "amount": if number % 9 == 0 { 250_000 } else { -1_000 - number as i64 * 37 },
            "currency": "usd",
            "description": DESCRIPTIONS[number % 3],
            "livemode": true,
            "status": if pending { "pending" } else { "posted" },
            "status_transitions": { "posted_at": (!pending).then_some(at), "void_at": null },
            "transacted_at": at,
            "transaction_refresh": id("fctxnref_", 2),
            "updated": at + 60,
        })
    });
    let page = list("/v1/financial_connections/transactions", transactions.collect());
    Input { name: "transaction_page_100", what: "100 different transactions, compact", json: compact(&page) }
}

/// A page of accounts with every field, indented like a response of the API.
#[must_use]
pub fn full_account_page() -> Input {
    let accounts = (0..PAGE).map(full_account).collect();
    let page = list("/v1/financial_connections/accounts", accounts);
    Input {
        name: "full_account_page_100",
        what: "100 accounts with balance, numbers and refreshes, indented as the API does",
        json: indented(&page),
    }
}

/// An account with every field.
fn full_account(number: usize) -> Value {
    let refresh = json!({ "status": "succeeded", "last_attempted_at": 1_696_118_400, "next_refresh_available_at": 1_696_204_800 });
    let mut transaction_refresh = refresh.clone();
    transaction_refresh["id"] = id("fctxnref_", number).into();
    json!({
        "id": id("fca_", number),
        "object": "financial_connections.account",
        "account_holder": { "customer": "cus_9s6XKzkNRiz8i3", "type": "customer" },
        "account_numbers": [{
            "expected_expiry_date": null,
            "identifier_type": "account_number",
            "status": "transactable",
            "supported_networks": ["ach"],
        }],
        "balance": {
            "as_of": 1_696_118_000,
            "cash": { "available": { "usd": 46_500 + number } },
            "current": { "usd": 46_700 + number },
            "type": "cash",
        },
        "balance_refresh": refresh.clone(),
        "category": "cash",
        "created": 1_688_583_746,
        "display_name": "Sample Checking Account",
        "institution_name": "StripeBank",
        "last4": "6789",
        "livemode": true,
        "ownership": id("fcaowns_", number),
        "ownership_refresh": refresh,
        "permissions": ["balances", "ownership", "payment_method", "transactions"],
        "status": "active",
        "subcategory": "checking",
        "subscriptions": ["transactions"],
        "supported_payment_method_types": ["us_bank_account", "link"],
        "transaction_refresh": transaction_refresh,
    })
}

/// The event of fresh transactions of a sample account.
#[must_use]
pub fn event() -> Input {
    let [_, _, account] = samples();
    let event = json!({
        "id": "evt_1NQayH2eZvKYlo2CSNHO0dXn",
        "object": "event",
        "api_version": "2026-09-30.endive",
        "created": 1_688_583_800,
        "data": { "object": account },
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null },
        "type": "financial_connections.account.refreshed_transactions",
    });
    Input {
        name: "event",
        what: "financial_connections.account.refreshed_transactions with a sample account, indented",
        json: indented(&event),
    }
}

/// A JSON value with members in the order of Stripe: `id` and `object`, then the others by name.
struct Wire<'a>(&'a Value);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for name in ["id", "object"] {
                    if let Some(value) = members.get(name) {
                        map.serialize_entry(name, &Wire(value))?;
                    }
                }
                for (name, value) in members.iter().filter(|(name, _)| *name != "id" && *name != "object") {
                    map.serialize_entry(name, &Wire(value))?;
                }
                map.end()
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Wire)),
            other => other.serialize(serializer),
        }
    }
}

fn compact(value: &Value) -> String {
    serde_json::to_string(&Wire(value)).expect("a JSON value has a text")
}

fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(&Wire(value)).expect("a JSON value has a text")
}

/// Compact JSON with a space after each comma and colon.
fn on_one_line(value: &Value) -> String {
    indented(value).lines().map(str::trim_start).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_on_one_line_is_the_same_json() {
        let input = account();
        assert!(!input.json.contains('\n'));
        assert_eq!(sample(&input.json), samples()[0]);
        assert!(input.json.starts_with(r#"{ "id": "fca_1MwVK82eZvKYlo2Cjw8FMxXf", "object": "#));
    }
}
