//! Page of transactions, with the position behind it.

use std::collections::HashMap;

use super::changes::Changes;
use super::claim::{Lease, guard};
use super::sql::{INSERT_VERSIONS, KNOWN_TRANSACTIONS, SET_POSITION, UPSERT_TRANSACTIONS};
use crate::error::Error;
use crate::row::TransactionRow;
use crate::store::{Operation, Tx, Value};

/// Writes a page and the position behind it, in one transaction.
#[derive(Clone)]
pub(crate) struct WritePage {
    pub(crate) lease: Lease,
    pub(crate) transactions: Vec<TransactionRow>,
    pub(crate) position: String,
    pub(crate) now_ms: i64,
}

/// What a page brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Transactions that were new or changed.
    pub(crate) written: usize,
}

/// What the database knows of a transaction.
struct Stored {
    digest: String,
    updated: i64,
    version: i64,
}

impl Operation for WritePage {
    type Output = Page;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Page, Error> {
        let lease = &self.lease;
        guard(tx, lease).await?;
        let known = self.known(tx).await?;
        let mut changes = Changes::new(lease.shard, &lease.tenant, self.now_ms);
        let (mut rows, mut versions) = (Vec::new(), Vec::new());
        // By id, the last of duplicates: one statement cannot change a row twice.
        let newest: HashMap<&str, usize> =
            self.transactions.iter().enumerate().map(|(index, it)| (it.id.as_str(), index)).collect();
        for (index, transaction) in self.transactions.iter().enumerate() {
            if newest.get(transaction.id.as_str()) != Some(&index) {
                continue;
            }
            let stored = known.get(&transaction.id);
            let is_news = stored.is_none_or(|stored| {
                // A lagging replica of the API must not undo a newer state.
                stored.digest != transaction.digest && stored.updated <= transaction.updated
            });
            if is_news {
                let version = stored.map_or(0, |stored| stored.version) + 1;
                rows.push(self.row(transaction, version));
                versions.push(self.version(transaction, version));
                let id = transaction.id.as_str();
                changes.add(&lease.account, "transaction", id, stored.is_none(), Some(version));
            }
        }
        let page = Page { written: rows.len() };
        tx.execute_batch(&UPSERT_TRANSACTIONS, rows).await?;
        tx.execute_batch(&INSERT_VERSIONS, versions).await?;
        let mut parameters = self.key();
        parameters.push((&self.position).into());
        tx.execute(&SET_POSITION, parameters).await?;
        changes.write(tx).await?;
        Ok(page)
    }
}

impl WritePage {
    fn key(&self) -> Vec<Value<'_>> {
        let lease = &self.lease;
        vec![lease.shard.into(), (&lease.tenant).into(), (&lease.account).into()]
    }

    async fn known<T: Tx>(&self, tx: &mut T) -> Result<HashMap<String, Stored>, Error> {
        let mut parameters = self.key();
        parameters.push(Value::texts(self.transactions.iter().map(|transaction| &transaction.id)));
        let rows = tx.query(&KNOWN_TRANSACTIONS, parameters).await?;
        rows.iter()
            .map(|row| {
                let stored = Stored { digest: row.text(1)?, updated: row.int(2)?, version: row.int(3)? };
                Ok((row.text(0)?, stored))
            })
            .collect()
    }

    fn row<'v>(&'v self, transaction: &'v TransactionRow, version: i64) -> Vec<Value<'v>> {
        let mut row = self.key();
        row.extend([
            (&transaction.id).into(),
            (&transaction.status).into(),
            transaction.amount.into(),
            (&transaction.currency).into(),
            (&transaction.description).into(),
            transaction.transacted_at.into(),
            transaction.posted_at.into(),
            transaction.void_at.into(),
            transaction.updated.into(),
            (&transaction.transaction_refresh).into(),
            transaction.livemode.into(),
            version.into(),
            (&transaction.raw).into(),
            (&transaction.digest).into(),
            (&transaction.api_version).into(),
        ]);
        row
    }

    fn version<'v>(&'v self, transaction: &'v TransactionRow, version: i64) -> Vec<Value<'v>> {
        let mut row = self.key();
        row.extend([
            (&transaction.id).into(),
            version.into(),
            (&transaction.status).into(),
            transaction.amount.into(),
            (&transaction.currency).into(),
            (&transaction.description).into(),
            transaction.transacted_at.into(),
            transaction.posted_at.into(),
            transaction.void_at.into(),
            transaction.updated.into(),
            (&transaction.transaction_refresh).into(),
            self.now_ms.into(),
        ]);
        row
    }
}
