//! Rows of transactions.

use fc_ext::types::Transaction;

use crate::output::{Cell, Column, Kind, Schema};

/// Transactions of an account.
pub(crate) static TRANSACTIONS: Schema<Transaction> = Schema {
    name: "transactions",
    version: 1,
    columns: &[
        Column::shown("id", Kind::Text, "Id of the transaction", |transaction| {
            Cell::text(transaction.id.as_str())
        }),
        Column::more("account", Kind::Text, "Id of its account", |transaction| {
            Cell::text(transaction.account.as_str())
        }),
        Column::shown("transacted_at", Kind::Time, "When it happened, in Unix seconds", |transaction| {
            Cell::Time(transaction.transacted_at)
        }),
        Column::shown(
            "amount",
            Kind::Amount,
            "Minor units of `currency`; negative is money out",
            |transaction| Cell::Amount(transaction.money()),
        ),
        Column::more("currency", Kind::Text, "Currency, in lower case", |transaction| {
            Cell::text(transaction.currency.as_str())
        }),
        Column::shown("status", Kind::Text, "pending, posted or void", |transaction| {
            Cell::text(transaction.status.as_str())
        }),
        Column::shown("description", Kind::Text, "Text of the institution", |transaction| {
            Cell::text(&transaction.description)
        }),
        Column::more("posted_at", Kind::Time, "When it was posted, in Unix seconds", |transaction| {
            Cell::time(transaction.status_transitions.posted_at)
        }),
        Column::more("void_at", Kind::Time, "When it was voided, in Unix seconds", |transaction| {
            Cell::time(transaction.status_transitions.void_at)
        }),
        Column::more("updated", Kind::Time, "When it last changed, in Unix seconds", |transaction| {
            Cell::Time(transaction.updated)
        }),
        Column::more("transaction_refresh", Kind::Text, "Refresh that brought this state", |transaction| {
            Cell::text(transaction.transaction_refresh.as_str())
        }),
        Column::more("livemode", Kind::Boolean, "Whether it is real", |transaction| {
            Cell::Boolean(transaction.livemode)
        }),
    ],
};
