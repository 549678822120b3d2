//! Rows of accounts.

use fc_ext::types::Account;

use crate::output::{Cell, Column, Kind, Schema};

/// Linked accounts.
pub(crate) static ACCOUNTS: Schema<Account> = Schema {
    name: "accounts",
    version: 1,
    columns: &[
        Column::shown("id", Kind::Text, "Id of the account", |account| Cell::text(account.id.as_str())),
        Column::shown("institution", Kind::Text, "Name of the institution", |account| {
            Cell::text(&account.institution_name)
        }),
        Column::shown("name", Kind::Text, "Name of the account", |account| {
            Cell::maybe(account.display_name.as_deref(), Cell::text)
        }),
        Column::shown("kind", Kind::Text, "Subcategory, such as checking", |account| {
            Cell::text(account.subcategory.as_str())
        }),
        Column::more("category", Kind::Text, "Category: cash, credit, investment or other", |account| {
            Cell::text(account.category.as_str())
        }),
        Column::shown("last4", Kind::Text, "Last four digits of the account number", |account| {
            Cell::maybe(account.last4.as_deref(), Cell::text)
        }),
        Column::shown("status", Kind::Text, "Whether Stripe can reach the account", |account| {
            Cell::text(account.status.as_str())
        }),
        Column::more("permissions", Kind::Texts, "Permissions that the holder granted", |account| {
            Cell::maybe(account.permissions.as_deref(), |granted| {
                Cell::texts(granted.iter().map(|permission| permission.as_str()))
            })
        }),
        Column::more("subscriptions", Kind::Texts, "Data that Stripe refreshes daily", |account| {
            Cell::maybe(account.subscriptions.as_deref(), |subscribed| {
                Cell::texts(subscribed.iter().map(|feature| feature.as_str()))
            })
        }),
        Column::more("holder", Kind::Json, "Customer or Stripe account that linked it", |account| {
            Cell::maybe(account.account_holder.as_ref(), Cell::json)
        }),
        Column::more("balance", Kind::Json, "Balance of the last successful refresh", |account| {
            Cell::maybe(account.balance.as_ref(), Cell::json)
        }),
        Column::more("balance_refresh", Kind::Json, "Latest refresh of the balance", |account| {
            Cell::maybe(account.balance_refresh.as_ref(), Cell::json)
        }),
        Column::more("ownership_refresh", Kind::Json, "Latest refresh of the owners", |account| {
            Cell::maybe(account.ownership_refresh.as_ref(), Cell::json)
        }),
        Column::more("transaction_refresh", Kind::Json, "Latest refresh of the transactions", |account| {
            Cell::maybe(account.transaction_refresh.as_ref(), Cell::json)
        }),
        Column::more("livemode", Kind::Boolean, "Whether it is real", |account| {
            Cell::Boolean(account.livemode)
        }),
        Column::more("created", Kind::Time, "When it was linked, in Unix seconds", |account| {
            Cell::Time(account.created)
        }),
    ],
};
