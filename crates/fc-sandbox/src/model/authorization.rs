//! Log-ins at institutions.

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::store::record::count;
use crate::store::table::Identified;

/// A log-in: the consent of a user at one institution. All accounts linked with it share it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) id: String,
    pub(crate) institution_name: String,
    /// Rows of the accounts that were linked with it.
    pub(crate) accounts: Vec<u32>,
    /// When the log-in is expected to end.
    #[serde(default, deserialize_with = "clock::unix_or_null")]
    pub(crate) ends_at: Option<i64>,
    /// Counts the plans for its end and its renewals. A task with an older plan is stale.
    #[serde(deserialize_with = "count")]
    pub(crate) plan: u32,
}

impl Identified for Authorization {
    fn id(&self) -> &str {
        &self.id
    }
}
