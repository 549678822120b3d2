//! Change numbers: given in the transaction that makes the change, without gaps within a shard.

use super::sql::{INSERT_CHANGES, NEXT_CHANGE};
use crate::error::{Error, ErrorKind};
use crate::store::{Tx, Value};

/// Changes of one transaction, all in one shard and tenant.
pub(super) struct Changes<'a> {
    shard: i64,
    tenant: &'a str,
    now_ms: i64,
    changes: Vec<Change<'a>>,
}

struct Change<'a> {
    account: &'a str,
    entity: &'static str,
    id: &'a str,
    operation: &'static str,
    version: Option<i64>,
}

impl<'a> Changes<'a> {
    pub(super) fn new(shard: i64, tenant: &'a str, now_ms: i64) -> Self {
        Self { shard, tenant, now_ms, changes: Vec::new() }
    }

    /// Notes a change of a row; `is_new` says whether it was not there before.
    pub(super) fn add(
        &mut self,
        account: &'a str,
        entity: &'static str,
        id: &'a str,
        is_new: bool,
        version: Option<i64>,
    ) {
        let operation = if is_new { "insert" } else { "update" };
        self.changes.push(Change { account, entity, id, operation, version });
    }

    /// Notes that an account was erased.
    pub(super) fn erased(&mut self, account: &'a str) {
        self.changes.push(Change {
            account,
            entity: "account",
            id: account,
            operation: "erase",
            version: None,
        });
    }

    /// Notes that Stripe no longer has an account.
    pub(super) fn vanished(&mut self, account: &'a str) {
        self.changes.push(Change {
            account,
            entity: "account",
            id: account,
            operation: "vanish",
            version: None,
        });
    }

    /// Numbers and writes the changes. It locks the counter of the shard until the commit, so it comes last.
    pub(super) async fn write<T: Tx>(self, tx: &mut T) -> Result<(), Error> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(self.changes.len()).unwrap_or(i64::MAX);
        let next = tx.query(&NEXT_CHANGE, vec![self.shard.into(), count.into()]).await?;
        let Some(first) = next.first() else {
            let message = format!("shard {} has no change counter", self.shard);
            return Err(Error::new(ErrorKind::Database, message));
        };
        let first = first.int(0)?;
        let row = |(change, number): (&Change<'a>, i64)| -> Vec<Value<'a>> {
            vec![
                self.shard.into(),
                number.into(),
                self.tenant.into(),
                change.account.into(),
                change.entity.into(),
                change.id.into(),
                change.operation.into(),
                change.version.into(),
                self.now_ms.into(),
            ]
        };
        tx.execute_batch(&INSERT_CHANGES, self.changes.iter().zip(first..).map(row).collect()).await
    }
}
