//! The same objects with plain `derive(Deserialize)`: closed enums, no unknown fields.

use serde::Deserialize;

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
pub(crate) struct List<T> {
    data: Vec<T>,
    has_more: bool,
    url: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
pub(crate) struct Account {
    id: String,
    account_holder: Option<Holder>,
    account_numbers: Option<Vec<Number>>,
    balance: Option<Balance>,
    balance_refresh: Option<Refresh>,
    category: String,
    created: i64,
    display_name: Option<String>,
    institution_name: String,
    last4: Option<String>,
    livemode: bool,
    ownership: Option<String>,
    ownership_refresh: Option<Refresh>,
    permissions: Option<Vec<String>>,
    status: String,
    subcategory: String,
    subscriptions: Option<Vec<String>>,
    supported_payment_method_types: Vec<String>,
    transaction_refresh: Option<Refresh>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
struct Holder {
    account: Option<String>,
    customer: Option<String>,
    customer_account: Option<String>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
struct Number {
    expected_expiry_date: Option<i64>,
    identifier_type: String,
    status: String,
    supported_networks: Vec<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
struct Balance {
    as_of: i64,
    cash: Option<Cash>,
    current: std::collections::BTreeMap<String, i64>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
struct Cash {
    available: Option<std::collections::BTreeMap<String, i64>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
struct Refresh {
    id: Option<String>,
    last_attempted_at: i64,
    next_refresh_available_at: Option<i64>,
    status: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
pub(crate) struct Transaction {
    id: String,
    account: String,
    amount: i64,
    currency: String,
    description: String,
    livemode: bool,
    status: String,
    status_transitions: Transitions,
    transacted_at: i64,
    transaction_refresh: String,
    updated: i64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are only decoded")]
struct Transitions {
    posted_at: Option<i64>,
    void_at: Option<i64>,
}
