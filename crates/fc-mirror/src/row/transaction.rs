//! Rows of transactions.

use fc_ext::types::{API_VERSION, Transaction};

use super::digest::digest;
use super::text::storable;

/// Transaction in columns, with its JSON.
#[derive(Clone)]
pub(crate) struct TransactionRow {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) description: String,
    pub(crate) transacted_at: i64,
    pub(crate) posted_at: Option<i64>,
    pub(crate) void_at: Option<i64>,
    pub(crate) updated: i64,
    pub(crate) transaction_refresh: String,
    pub(crate) livemode: bool,
    pub(crate) raw: String,
    pub(crate) digest: String,
    pub(crate) api_version: String,
}

impl TransactionRow {
    /// Columns of a transaction as the API sent it.
    ///
    /// # Errors
    ///
    /// None in practice: an object that was decoded can be encoded.
    pub(crate) fn new(transaction: &Transaction) -> Result<Self, serde_json::Error> {
        let raw = serde_json::to_string(transaction)?;
        Ok(Self {
            id: transaction.id.to_string(),
            status: storable(transaction.status.as_str()),
            amount: transaction.amount,
            currency: storable(transaction.currency.as_str()),
            description: storable(&transaction.description),
            transacted_at: transaction.transacted_at.as_secs(),
            posted_at: transaction.status_transitions.posted_at.map(|time| time.as_secs()),
            void_at: transaction.status_transitions.void_at.map(|time| time.as_secs()),
            updated: transaction.updated.as_secs(),
            transaction_refresh: transaction.transaction_refresh.to_string(),
            livemode: transaction.livemode,
            digest: digest(&raw),
            raw,
            api_version: API_VERSION.to_owned(),
        })
    }
}
