//! Rows of accounts.

use fc_ext::types::{API_VERSION, Account, RefreshStatus};
use serde_json::Value as Json;

use super::balance::BalanceRow;
use super::digest::digest;
use super::text::storable;

/// Account in columns, with its JSON.
#[derive(Clone)]
pub(crate) struct AccountRow {
    pub(crate) id: String,
    pub(crate) holder_type: Option<String>,
    pub(crate) holder: Option<String>,
    pub(crate) institution: String,
    pub(crate) display_name: Option<String>,
    pub(crate) last4: Option<String>,
    pub(crate) category: String,
    pub(crate) subcategory: String,
    pub(crate) status: String,
    pub(crate) livemode: bool,
    pub(crate) created: i64,
    /// JSON arrays of names; `None` where Stripe sends null.
    pub(crate) permissions: Option<String>,
    pub(crate) subscriptions: Option<String>,
    pub(crate) ownership: Option<String>,
    pub(crate) balance_refresh: Option<RefreshColumns>,
    pub(crate) ownership_status: Option<String>,
    pub(crate) transaction_refresh: Option<String>,
    pub(crate) transaction_state: Option<RefreshColumns>,
    pub(crate) deactivation_at: Option<i64>,
    pub(crate) deactivation_action: Option<String>,
    /// Balance as the account shows it, and when the refresh that brought it was attempted. The time is unknown while
    /// another refresh is pending or failed.
    pub(crate) balance: Vec<BalanceRow>,
    pub(crate) balance_refreshed_at: Option<i64>,
    pub(crate) raw: String,
    pub(crate) digest: String,
    pub(crate) api_version: String,
}

/// State of the latest refresh of a feature.
#[derive(Clone)]
pub(crate) struct RefreshColumns {
    pub(crate) status: String,
    pub(crate) attempted_at: i64,
    pub(crate) available_at: Option<i64>,
}

impl AccountRow {
    /// Columns of an account as the API sent it.
    ///
    /// # Errors
    ///
    /// None in practice: an object that was decoded can be encoded.
    pub(crate) fn new(account: &Account) -> Result<Self, serde_json::Error> {
        let json = serde_json::to_value(account)?;
        let raw = json.to_string();
        // Read from the JSON, so that a member that a later version makes optional does not change the columns.
        let text = |path: &str| json.pointer(path).and_then(Json::as_str).map(storable);
        let number = |path: &str| json.pointer(path).and_then(Json::as_i64);
        let names = |name: &str| json.get(name).filter(|names| names.is_array()).map(Json::to_string);
        let refresh = |name: &str| {
            Some(RefreshColumns {
                status: text(&format!("/{name}/status"))?,
                attempted_at: number(&format!("/{name}/last_attempted_at"))?,
                available_at: number(&format!("/{name}/next_refresh_available_at")),
            })
        };
        let holder = ["customer", "customer_account", "account"].into_iter().find_map(|kind| {
            text(&format!("/account_holder/{kind}")).or_else(|| text(&format!("/account_holder/{kind}/id")))
        });
        let succeeded = account.balance_refresh.as_ref().filter(|r| r.status == RefreshStatus::Succeeded);
        Ok(Self {
            id: account.id.to_string(),
            holder_type: text("/account_holder/type"),
            holder,
            institution: storable(&account.institution_name),
            display_name: text("/display_name"),
            last4: text("/last4"),
            category: storable(account.category.as_str()),
            subcategory: storable(account.subcategory.as_str()),
            status: storable(account.status.as_str()),
            livemode: account.livemode,
            created: account.created.as_secs(),
            permissions: names("permissions"),
            subscriptions: names("subscriptions"),
            ownership: account.ownership.as_ref().map(|ownership| ownership.id().to_string()),
            balance_refresh: refresh("balance_refresh"),
            ownership_status: text("/ownership_refresh/status"),
            transaction_refresh: account.transaction_refresh.as_ref().map(|refresh| refresh.id.to_string()),
            transaction_state: refresh("transaction_refresh"),
            deactivation_at: number("/status_details/active/expected_deactivation_date"),
            deactivation_action: text("/status_details/active/action")
                .or_else(|| text("/status_details/inactive/action")),
            balance: account.balance.as_ref().map(BalanceRow::all).unwrap_or_default(),
            balance_refreshed_at: succeeded.map(|refresh| refresh.last_attempted_at.as_secs()),
            digest: digest(&raw),
            raw,
            api_version: API_VERSION.to_owned(),
        })
    }
}
