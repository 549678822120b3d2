//! Accounts.

use serde_json::{Map, Value, json};

use crate::api_version::Surface;
use crate::bank::institution::institution_id;
use crate::model::account::{AccountStatus, Balance};
use crate::model::account_number::AccountNumber;
use crate::model::feature::Feature;
use crate::model::refresh::RefreshAttempt;
use crate::render::holder::render_holder;
use crate::world::World;

pub(crate) const ACCOUNTS_URL: &str = "/v1/financial_connections/accounts";

/// Renders an account as a version of `surface` shows it.
pub(crate) fn render_account(world: &World, row: u32, surface: Surface) -> Value {
    let mut rendered = render_in_ga(world, row);
    if surface == Surface::Preview {
        overlay(&mut rendered, account_in_preview(world, row));
    }
    rendered
}

/// The members that the preview adds to an account, or shows otherwise.
pub(crate) fn account_in_preview(world: &World, row: u32) -> Value {
    let account = &world.accounts[row];
    let attempt = account.inferred_balances_attempt.as_ref();
    let mut members = json!({
        "authorization": world.authorizations[account.authorization].id,
        "inferred_balances_refresh":
            attempt.map(|attempt| render_attempt(attempt, account.status == AccountStatus::Active)),
        "institution": institution_id(&account.institution_name),
    });
    let subscriptions = Feature::ALL.into_iter().filter(|feature| {
        *feature != Feature::Transactions && account.subscription(*feature).is_some_and(|row| row.active)
    });
    let mut subscriptions: Vec<String> = subscriptions.map(|feature| feature.to_string()).collect();
    if !subscriptions.is_empty() {
        if account.subscription.active {
            subscriptions.push(Feature::Transactions.to_string());
        }
        members["subscriptions"] = subscriptions.into();
    }
    if let Some(cause) = account.why_inactive() {
        let action = if cause.can_be_relinked() { "relink_required" } else { "none" };
        members["status_details"] = json!({ "inactive": { "action": action, "cause": cause } });
    }
    members
}

/// Adds members to an object, or replaces them.
pub(crate) fn overlay(object: &mut Value, members: Value) {
    if let (Value::Object(object), Value::Object(members)) = (object, members) {
        object.extend(members);
    }
}

fn render_in_ga(world: &World, row: u32) -> Value {
    let account = &world.accounts[row];
    let is_active = account.status == AccountStatus::Active;
    let is_connected = account.status != AccountStatus::Disconnected;
    let attempt = |attempt: &Option<RefreshAttempt>| {
        attempt.as_ref().map_or(Value::Null, |attempt| render_attempt(attempt, is_active))
    };
    let mut transaction_refresh = attempt(&account.transactions_attempt);
    if let Some(refresh) = account.transaction_refresh {
        transaction_refresh["id"] = world.refreshes[refresh].id.as_str().into();
    }
    let balance =
        account.balance.map(|balance| render_balance(balance, &account.category, &account.currency));
    let mut rendered = json!({
        "id": account.id,
        "object": "financial_connections.account",
        "account_holder": render_holder(&account.holder),
        "account_numbers": account.visible_number().map(render_numbers),
        "balance": balance,
        "balance_refresh": attempt(&account.balance_attempt),
        "category": account.category,
        "created": account.created,
        "display_name": account.display_name,
        "institution_name": account.institution_name,
        "last4": account.last4,
        "livemode": world.livemode,
        "ownership": account.ownership.map(|ownership| world.ownerships[ownership].id.as_str()),
        "ownership_refresh": attempt(&account.ownership_attempt),
        "permissions": account.permissions,
        "status": account.status,
        "subcategory": account.subcategory,
        "subscriptions": if account.subscription.active { json!(["transactions"]) } else { json!([]) },
        "supported_payment_method_types": if is_connected { account.payment_methods.as_slice() } else { &[] },
        "transaction_refresh": transaction_refresh,
    });
    // Present only when an end is expected.
    if let Some(ends_at) = world.authorizations[account.authorization].ends_at.filter(|_| is_active) {
        let expected = json!({
            "action": "relink_required",
            "cause": "access_expired",
            "expected_deactivation_date": ends_at,
        });
        rendered["status_details"] = json!({ "active": expected });
    }
    rendered
}

fn render_attempt(attempt: &RefreshAttempt, is_active: bool) -> Value {
    json!({
        "last_attempted_at": attempt.at,
        "next_refresh_available_at": attempt.next_at.filter(|_| is_active),
        "status": attempt.status,
    })
}

fn render_numbers(number: AccountNumber) -> Value {
    json!([{
        "expected_expiry_date": number.expires_at,
        "identifier_type": if number.tokenized { "tokenized_account_number" } else { "account_number" },
        "status": number.status,
        "supported_networks": ["ach"],
    }])
}

fn render_balance(balance: Balance, category: &str, currency: &str) -> Value {
    let amount = |amount: i64| Value::Object(Map::from_iter([(currency.to_owned(), amount.into())]));
    let mut rendered = json!({ "as_of": balance.as_of, "current": amount(balance.current) });
    if category == "credit" {
        rendered["type"] = "credit".into();
        rendered["credit"] = json!({ "used": amount(balance.projected) });
    } else {
        rendered["type"] = "cash".into();
        rendered["cash"] = json!({ "available": amount(balance.projected) });
    }
    rendered
}
