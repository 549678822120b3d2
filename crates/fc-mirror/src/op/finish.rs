//! End of a sync.

use super::claim::{Lease, lost};
use super::sql::{FINISH_DONE, FINISH_FAILED, FORGET_BODIES, REPAIR_DUE};
use crate::error::Error;
use crate::store::{Operation, Tx, Value};

/// Ends a lease. If `wanted` was raised meanwhile, the account is due at once.
#[derive(Clone)]
pub(crate) struct Finish {
    pub(crate) lease: Lease,
    /// Why the sync failed, in a line without personal data; `None` if it is done.
    pub(crate) error: Option<String>,
    /// When the account is due again; `None` for never, until something raises `wanted`.
    pub(crate) due_ms: Option<i64>,
    pub(crate) now_ms: i64,
}

impl Operation for Finish {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let lease = &self.lease;
        let key = || -> Vec<Value<'_>> {
            vec![lease.shard.into(), (&lease.tenant).into(), (&lease.account).into()]
        };
        let mut parameters = key();
        parameters.extend([lease.token.into(), self.now_ms.into(), self.due_ms.into()]);
        let changed = match &self.error {
            None => tx.execute(&FINISH_DONE, parameters).await?,
            Some(error) => {
                parameters.push(error.into());
                tx.execute(&FINISH_FAILED, parameters).await?
            }
        };
        if changed == 0 {
            return Err(lost(lease));
        }
        if self.error.is_none() {
            let mut parameters = key();
            parameters.push(lease.noted.into());
            tx.execute(&FORGET_BODIES, parameters).await?;
        }
        Ok(())
    }
}

/// Makes accounts of one shard due whose due time no clock that is right can have set.
#[derive(Clone)]
pub(crate) struct RepairDue {
    pub(crate) shard: i64,
    pub(crate) now_ms: i64,
    /// The latest due time that is possible now.
    pub(crate) latest_ms: i64,
}

impl Operation for RepairDue {
    /// Number of accounts.
    type Output = u64;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<u64, Error> {
        tx.execute(&REPAIR_DUE, vec![self.shard.into(), self.now_ms.into(), self.latest_ms.into()]).await
    }
}
