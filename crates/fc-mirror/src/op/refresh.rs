//! Refreshes of old balances, within a budget.

use super::sql::{ASK_BALANCE, OLD_BALANCES, TAKE_REFRESH};
use crate::error::Error;
use crate::store::{Operation, Tx};

/// Accounts of one shard whose balance is old and may be refreshed, the oldest first.
#[derive(Clone)]
pub(crate) struct OldBalances {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    /// Balances whose last refresh was attempted at this time or earlier are old, in Unix seconds.
    pub(crate) attempted_until: i64,
    /// The present, in Unix seconds.
    pub(crate) now: i64,
    /// Accounts that were asked after this time are left alone, whatever became of it.
    pub(crate) asked_until_ms: i64,
    /// The latest time at which an account can have been asked, by the clock of any worker.
    pub(crate) latest_ms: i64,
    pub(crate) limit: i64,
}

impl Operation for OldBalances {
    /// Time of the last attempt, 0 for none, and id.
    type Output = Vec<(i64, String)>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Vec<(i64, String)>, Error> {
        let parameters = vec![
            self.shard.into(),
            (&self.tenant).into(),
            self.attempted_until.into(),
            self.now.into(),
            self.asked_until_ms.into(),
            self.limit.into(),
            self.latest_ms.into(),
        ];
        let rows = tx.query(&OLD_BALANCES, parameters).await?;
        rows.iter().map(|row| Ok((row.int(1)?, row.text(0)?))).collect()
    }
}

/// Notes that a refresh of a balance is asked for.
#[derive(Clone)]
pub(crate) struct AskBalance {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) now_ms: i64,
}

impl Operation for AskBalance {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let parameters =
            vec![self.shard.into(), (&self.tenant).into(), (&self.account).into(), self.now_ms.into()];
        tx.execute(&ASK_BALANCE, parameters).await.map(drop)
    }
}

/// Takes one refresh from the budget of an hour.
#[derive(Clone)]
pub(crate) struct TakeRefresh {
    /// Shard of the tenant.
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    /// Number of the hour since 1970.
    pub(crate) hour: i64,
    pub(crate) budget: i64,
}

impl Operation for TakeRefresh {
    /// Whether the budget has one.
    type Output = bool;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<bool, Error> {
        let parameters = vec![self.shard.into(), (&self.tenant).into(), self.hour.into(), self.budget.into()];
        Ok(tx.execute(&TAKE_REFRESH, parameters).await? > 0)
    }
}
