//! Accounts that Stripe no longer has. Their rows stay.

use super::changes::Changes;
use super::claim::{Lease, guard};
use super::sql::{UNSEEN_ACCOUNTS, VANISH_ACCOUNT};
use crate::error::Error;
use crate::store::{Operation, Tx};

/// Accounts of one shard that were last read before a time, or after the present by a clock that was wrong. Ordered by id.
#[derive(Clone)]
pub(crate) struct UnseenAccounts {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    /// The last id of the batch before.
    pub(crate) after: String,
    pub(crate) before_ms: i64,
    pub(crate) limit: i64,
    pub(crate) now_ms: i64,
}

impl Operation for UnseenAccounts {
    type Output = Vec<String>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Vec<String>, Error> {
        let parameters = vec![
            self.shard.into(),
            (&self.tenant).into(),
            (&self.after).into(),
            self.before_ms.into(),
            self.limit.into(),
            self.now_ms.into(),
        ];
        tx.query(&UNSEEN_ACCOUNTS, parameters).await?.iter().map(|row| row.text(0)).collect()
    }
}

/// Notes that Stripe does not know an account.
#[derive(Clone)]
pub(crate) struct VanishAccount {
    pub(crate) lease: Lease,
    pub(crate) now_ms: i64,
}

impl Operation for VanishAccount {
    /// Whether the account is stored.
    type Output = bool;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<bool, Error> {
        let Lease { shard, tenant, account, .. } = &self.lease;
        guard(tx, &self.lease).await?;
        if super::account::state(tx, *shard, tenant, account).await?.is_none() {
            return Ok(false);
        }
        let parameters = vec![(*shard).into(), tenant.into(), account.into(), self.now_ms.into()];
        let mut changes = Changes::new(*shard, tenant, self.now_ms);
        if tx.execute(&VANISH_ACCOUNT, parameters).await? > 0 {
            changes.vanished(account);
        }
        changes.write(tx).await?;
        Ok(true)
    }
}
