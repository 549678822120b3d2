//! What is stored of an account, for comparison with the API.

use std::collections::HashMap;

use super::claim::Lane;
use super::event::raise;
use super::sql::{KNOWN_OWNERS, REREAD, STORED_ACCOUNT, STORED_TRANSACTIONS, TENANT_OF_ACCOUNT};
use crate::error::Error;
use crate::store::{Operation, Row, Tx, Value};

/// Digests of an account and its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    /// `None` if the account is not stored.
    pub(crate) account: Option<String>,
    pub(crate) is_erased: bool,
    /// By id.
    pub(crate) transactions: HashMap<String, String>,
    /// By id, of the snapshot that the account names.
    pub(crate) owners: HashMap<String, String>,
}

/// Reads the digests of an account and its rows.
#[derive(Clone)]
pub(crate) struct StoredOf {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) account: String,
}

impl Operation for StoredOf {
    type Output = Stored;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Stored, Error> {
        let key =
            || -> Vec<Value<'_>> { vec![self.shard.into(), (&self.tenant).into(), (&self.account).into()] };
        let rows = tx.query(&STORED_ACCOUNT, key()).await?;
        let Some(row) = rows.first() else { return Ok(Stored::default()) };
        let owners = match row.opt_text(1)? {
            Some(ownership) => {
                let mut parameters = key();
                parameters.push((&ownership).into());
                digests(&tx.query(&KNOWN_OWNERS, parameters).await?)?
            }
            None => HashMap::new(),
        };
        Ok(Stored {
            account: Some(row.text(0)?),
            is_erased: row.opt_int(2)?.is_some(),
            transactions: digests(&tx.query(&STORED_TRANSACTIONS, key()).await?)?,
            owners,
        })
    }
}

fn digests(rows: &[Row]) -> Result<HashMap<String, String>, Error> {
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Makes an account due now, and its next sync read everything. A sync that is under way loses its lease.
#[derive(Clone)]
pub(crate) struct Reread {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) now_ms: i64,
}

impl Operation for Reread {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let key = vec![self.shard.into(), (&self.tenant).into(), (&self.account).into()];
        // First: an account that is leased would be due only at the end of its lease.
        tx.execute(&REREAD, key).await?;
        raise(tx, self.shard, &self.tenant, &self.account, Lane::Reconciliation, self.now_ms).await.map(drop)
    }
}

/// Finds the tenant of a stored account.
#[derive(Clone)]
pub(crate) struct TenantOf {
    pub(crate) shard: i64,
    pub(crate) tenants: Vec<String>,
    pub(crate) account: String,
}

impl Operation for TenantOf {
    type Output = Option<String>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Option<String>, Error> {
        let parameters = vec![self.shard.into(), Value::texts(&self.tenants), (&self.account).into()];
        let rows = tx.query(&TENANT_OF_ACCOUNT, parameters).await?;
        rows.first().map(|row| row.text(0)).transpose()
    }
}
