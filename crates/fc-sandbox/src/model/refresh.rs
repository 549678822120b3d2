//! Refreshes and their results.

use serde::{Deserialize, Serialize};

use crate::clock::{self, Instant};
use crate::model::event::Cause;
use crate::model::owner::AccountOwner;
use crate::store::table::Identified;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RefreshStatus {
    Pending,
    Succeeded,
    Failed,
}

/// The last attempt to refresh a feature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefreshAttempt {
    pub(crate) status: RefreshStatus,
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) at: i64,
    /// When the next refresh may start. Not shown unless the account is active.
    #[serde(default, deserialize_with = "clock::unix_or_null")]
    pub(crate) next_at: Option<i64>,
    /// The API call that started it. A daily refresh and a prefetch have none.
    pub(crate) cause: Option<Cause>,
}

impl RefreshAttempt {
    /// Whether the next refresh may not start yet.
    pub(crate) fn is_too_recent(&self, now: Instant) -> bool {
        self.status == RefreshStatus::Pending || self.next_at.is_some_and(|next| now.unix() < next)
    }
}

/// A snapshot of an account's owners.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ownership {
    pub(crate) id: String,
    pub(crate) account: u32,
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) created: i64,
    /// Rows, oldest first.
    pub(crate) owners: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Owner {
    pub(crate) id: String,
    pub(crate) ownership: u32,
    pub(crate) owner: AccountOwner,
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) refreshed_at: i64,
}

/// One refresh of an account's transactions. Its row number orders it among all refreshes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TransactionRefresh {
    pub(crate) id: String,
    pub(crate) account: u32,
    #[serde(default, deserialize_with = "clock::unix_or_null")]
    pub(crate) succeeded_at: Option<i64>,
}

impl Identified for Ownership {
    const REMOVABLE: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Owner {
    const REMOVABLE: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for TransactionRefresh {
    const REMOVABLE: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}
