//! Change feed.

use super::sql::CHANGES_AFTER;
use crate::error::Error;
use crate::store::{Operation, Tx};

/// Change of a mirrored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    pub(crate) shard: i64,
    pub(crate) number: i64,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) entity: String,
    pub(crate) id: String,
    pub(crate) operation: String,
    pub(crate) version: Option<i64>,
    pub(crate) observed_ms: i64,
}

/// Changes of one shard after a number, in order.
#[derive(Clone)]
pub(crate) struct ChangesAfter {
    pub(crate) shard: i64,
    pub(crate) number: i64,
    pub(crate) limit: i64,
}

impl Operation for ChangesAfter {
    type Output = Vec<ChangeRow>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Vec<ChangeRow>, Error> {
        let rows =
            tx.query(&CHANGES_AFTER, vec![self.shard.into(), self.number.into(), self.limit.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(ChangeRow {
                    shard: row.int(0)?,
                    number: row.int(1)?,
                    tenant: row.text(2)?,
                    account: row.text(3)?,
                    entity: row.text(4)?,
                    id: row.text(5)?,
                    operation: row.text(6)?,
                    version: row.opt_int(7)?,
                    observed_ms: row.int(8)?,
                })
            })
            .collect()
    }
}
