//! Live workers of a tenant, which divide its rate limit.

use super::sql::{FORGET_WORKER, LIVE_WORKERS, SEE_WORKER};
use crate::error::Error;
use crate::store::{Operation, Tx};

/// Notes that a worker lives, and counts those that were seen lately.
#[derive(Clone)]
pub(crate) struct SeeWorker {
    /// Shard of the tenant.
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) worker: String,
    pub(crate) now_ms: i64,
    /// Workers that were not seen since count as dead.
    pub(crate) since_ms: i64,
}

impl Operation for SeeWorker {
    /// Number of live workers, this one included.
    type Output = i64;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<i64, Error> {
        let seen = vec![self.shard.into(), (&self.tenant).into(), (&self.worker).into(), self.now_ms.into()];
        tx.execute(&SEE_WORKER, seen).await?;
        // No clock that is right is further ahead.
        let latest_ms = self.now_ms.saturating_add(self.now_ms - self.since_ms);
        let live = vec![self.shard.into(), (&self.tenant).into(), self.since_ms.into(), latest_ms.into()];
        let rows = tx.query(&LIVE_WORKERS, live).await?;
        rows.first().map_or(Ok(1), |row| row.int(0))
    }
}

/// Forgets a worker that ends.
#[derive(Clone)]
pub(crate) struct ForgetWorker {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) worker: String,
}

impl Operation for ForgetWorker {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let key = vec![self.shard.into(), (&self.tenant).into(), (&self.worker).into()];
        tx.execute(&FORGET_WORKER, key).await.map(drop)
    }
}
