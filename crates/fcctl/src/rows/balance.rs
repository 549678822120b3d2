//! Rows of fresh balances, one per currency.

use fc_ext::types::{AccountId, Balance, Money, Timestamp};

use crate::output::{Cell, Column, Kind, Schema};

/// Balance of an account in one currency.
pub(crate) struct BalanceRow {
    account: AccountId,
    current: Money,
    available: Option<Money>,
    used: Option<Money>,
    kind: String,
    as_of: Timestamp,
    fetched_at: Timestamp,
}

/// The rows of a balance.
pub(crate) fn rows(account: &AccountId, balance: &Balance, fetched_at: Timestamp) -> Vec<BalanceRow> {
    let available = balance.cash.as_ref().and_then(|cash| cash.available.as_ref());
    let used = balance.credit.as_ref().and_then(|credit| credit.used.as_ref());
    let row = |current: Money| {
        let within = |amount: i64| Money::new(amount, current.currency.clone());
        BalanceRow {
            account: account.clone(),
            available: available.and_then(|amounts| amounts.get(current.currency.as_str())).map(within),
            used: used.and_then(|amounts| amounts.get(current.currency.as_str())).map(within),
            kind: balance.type_.to_string(),
            as_of: balance.as_of,
            fetched_at,
            current,
        }
    };
    balance.current.iter().map(row).collect()
}

/// Fresh balances.
pub(crate) static BALANCES: Schema<BalanceRow> = Schema {
    name: "balances",
    version: 1,
    columns: &[
        Column::more("account", Kind::Text, "Id of the account", |row| Cell::text(row.account.as_str())),
        Column::shown("type", Kind::Text, "cash or credit", |row| Cell::text(&row.kind)),
        Column::more("currency", Kind::Text, "Currency, in lower case", |row| {
            Cell::text(row.current.currency.as_str())
        }),
        Column::shown("current", Kind::Amount, "Minor units before pending transactions", |row| {
            Cell::Amount(row.current.clone())
        }),
        Column::shown("available", Kind::Amount, "Minor units that can be spent; null if not known", |row| {
            Cell::maybe(row.available.clone(), Cell::Amount)
        }),
        Column::shown(
            "used",
            Kind::Amount,
            "Minor units of credit that are used; null if not known",
            |row| Cell::maybe(row.used.clone(), Cell::Amount),
        ),
        Column::shown("as_of", Kind::Time, "When the institution computed it, in Unix seconds", |row| {
            Cell::Time(row.as_of)
        }),
        Column::shown(
            "fetched_at",
            Kind::Time,
            "When Stripe fetched it, at the earliest, in Unix seconds",
            |row| Cell::Time(row.fetched_at),
        ),
    ],
};
