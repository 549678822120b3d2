//! Counts of work.

use super::sql::BACKLOG;
use crate::error::Error;
use crate::store::{Operation, Tx, Value};

/// Work of tenants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backlog {
    /// Accounts that are due and not leased.
    pub(crate) due: i64,
    /// Accounts that a worker reads.
    pub(crate) leased: i64,
    /// The earliest due time, in the past or in the future.
    pub(crate) next_ms: Option<i64>,
    /// Accounts whose last sync failed.
    pub(crate) failing: i64,
    /// Accounts whose last syncs failed, and whose next attempt is near.
    pub(crate) retried: i64,
    /// Accounts of the first load that were never synced.
    pub(crate) loading: i64,
}

/// Counts the work of tenants.
#[derive(Clone)]
pub(crate) struct BacklogOf {
    pub(crate) tenants: Vec<String>,
    pub(crate) now_ms: i64,
    /// Until when a next attempt counts as near.
    pub(crate) soon_ms: i64,
    /// The latest due time that is possible now.
    pub(crate) latest_ms: i64,
}

impl Operation for BacklogOf {
    type Output = Backlog;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Backlog, Error> {
        let rows = tx
            .query(
                &BACKLOG,
                vec![
                    Value::texts(&self.tenants),
                    self.now_ms.into(),
                    self.soon_ms.into(),
                    self.latest_ms.into(),
                ],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(Backlog::default()) };
        Ok(Backlog {
            due: row.int(0)?,
            leased: row.int(1)?,
            next_ms: row.opt_int(2)?,
            failing: row.int(3)?,
            retried: row.int(4)?,
            loading: row.int(5)?,
        })
    }
}
