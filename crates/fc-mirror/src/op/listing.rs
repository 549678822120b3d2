//! What a listing of accounts finds.

use std::collections::HashMap;

use super::account::{insert, state};
use super::changes::Changes;
use super::claim::Lane;
use super::event::raise;
use super::sql::{INSERT_LISTED_SYNC, KNOWN_ACCOUNTS};
use crate::error::Error;
use crate::row::AccountRow;
use crate::store::{Operation, Tx, Value};

/// What the mirror has of an account that a listing saw.
pub(crate) struct Known {
    pub(crate) digest: String,
    /// Whether it is erased, so that no read stores it again.
    pub(crate) is_erased: bool,
}

/// Finds the accounts of a page that the mirror has, by id.
#[derive(Clone)]
pub(crate) struct KnownAccounts {
    pub(crate) tenant: String,
    pub(crate) ids: Vec<String>,
    /// Shards of these ids.
    pub(crate) shards: Vec<i64>,
}

impl Operation for KnownAccounts {
    type Output = HashMap<String, Known>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<HashMap<String, Known>, Error> {
        let parameters = vec![Value::Ints(&self.shards), (&self.tenant).into(), Value::texts(&self.ids)];
        let rows = tx.query(&KNOWN_ACCOUNTS, parameters).await?;
        rows.iter()
            .map(|row| {
                let known = Known { digest: row.text(1)?, is_erased: row.opt_int(2)?.is_some() };
                Ok((row.text(0)?, known))
            })
            .collect()
    }
}

/// Inserts accounts of one shard that the mirror does not have, and makes them due.
///
/// One that is there by now, through an event, is read instead: what the listing saw may be older.
#[derive(Clone)]
pub(crate) struct InsertListed {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) accounts: Vec<AccountRow>,
    pub(crate) lane: Lane,
    pub(crate) now_ms: i64,
}

impl Operation for InsertListed {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let mut changes = Changes::new(self.shard, &self.tenant, self.now_ms);
        for account in &self.accounts {
            let parameters = vec![
                self.shard.into(),
                (&self.tenant).into(),
                (&account.id).into(),
                self.lane.number().into(),
                self.now_ms.into(),
            ];
            let is_new = tx.execute(&INSERT_LISTED_SYNC, parameters).await? > 0;
            let stored = state(tx, self.shard, &self.tenant, &account.id).await?;
            match stored {
                None if is_new => {
                    insert(tx, self.shard, &self.tenant, account, self.now_ms, &mut changes).await?;
                }
                Some(stored) if stored.digest == account.digest || stored.is_erased => {}
                None | Some(_) => {
                    raise(tx, self.shard, &self.tenant, &account.id, Lane::Reconciliation, self.now_ms)
                        .await?;
                }
            }
        }
        changes.write(tx).await
    }
}

/// Makes an account due, because something differs or somebody waits.
#[derive(Clone)]
pub(crate) struct RaiseWanted {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) lane: Lane,
    pub(crate) now_ms: i64,
}

impl Operation for RaiseWanted {
    /// Value of `wanted`: the work is done when `done` has reached it.
    type Output = i64;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<i64, Error> {
        raise(tx, self.shard, &self.tenant, &self.account, self.lane, self.now_ms).await
    }
}
