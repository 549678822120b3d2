//! Erasure of accounts, which leaves a tombstone.

use super::changes::Changes;
use super::sql::{
    ACCOUNTS_OF_HOLDER, ERASE_ACCOUNT, ERASE_BALANCES, ERASE_BODIES, ERASE_OWNERS, ERASE_SYNC,
    ERASE_TRANSACTIONS, ERASE_VERSIONS,
};
use crate::error::Error;
use crate::store::{Operation, Tx, Value};

/// Deletes what is stored of an account, the bodies of its events included. Its id stays, so that no later read stores it again.
#[derive(Clone)]
pub(crate) struct EraseAccount {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) now_ms: i64,
}

impl Operation for EraseAccount {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let key =
            || -> Vec<Value<'_>> { vec![self.shard.into(), (&self.tenant).into(), (&self.account).into()] };
        tx.execute(&ERASE_SYNC, key()).await?;
        let mut parameters = key();
        parameters.push(self.now_ms.into());
        let is_new = tx.execute(&ERASE_ACCOUNT, parameters).await? > 0;
        for statement in [&ERASE_OWNERS, &ERASE_BALANCES, &ERASE_TRANSACTIONS, &ERASE_VERSIONS, &ERASE_BODIES]
        {
            tx.execute(statement, key()).await?;
        }
        let mut changes = Changes::new(self.shard, &self.tenant, self.now_ms);
        if is_new {
            changes.erased(&self.account);
        }
        changes.write(tx).await
    }
}

/// Accounts of a holder in one shard.
#[derive(Clone)]
pub(crate) struct AccountsOfHolder {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) holder: String,
}

impl Operation for AccountsOfHolder {
    type Output = Vec<String>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Vec<String>, Error> {
        let parameters = vec![self.shard.into(), (&self.tenant).into(), (&self.holder).into()];
        tx.query(&ACCOUNTS_OF_HOLDER, parameters).await?.iter().map(|row| row.text(0)).collect()
    }
}
