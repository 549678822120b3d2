//! Owners of one ownership snapshot.

use std::collections::HashMap;

use super::changes::Changes;
use super::claim::{Lease, guard};
use super::sql::{KNOWN_OWNERS, SET_OWNERSHIP, UPSERT_OWNERS};
use crate::error::Error;
use crate::row::OwnerRow;
use crate::store::{Operation, Tx, Value};

/// Writes a page of owners.
#[derive(Clone)]
pub(crate) struct WriteOwners {
    pub(crate) lease: Lease,
    pub(crate) ownership: String,
    pub(crate) owners: Vec<OwnerRow>,
    /// Whether it is the last page, so that the snapshot is complete.
    pub(crate) is_last: bool,
    pub(crate) now_ms: i64,
}

impl Operation for WriteOwners {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let lease = &self.lease;
        guard(tx, lease).await?;
        let key = || -> Vec<Value<'_>> {
            vec![lease.shard.into(), (&lease.tenant).into(), (&lease.account).into()]
        };
        let mut parameters = key();
        parameters.push((&self.ownership).into());
        let rows = tx.query(&KNOWN_OWNERS, parameters).await?;
        let known: HashMap<String, String> =
            rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect::<Result<_, Error>>()?;
        let mut changes = Changes::new(lease.shard, &lease.tenant, self.now_ms);
        let mut rows = Vec::new();
        for owner in self.owners.iter().filter(|owner| known.get(&owner.id) != Some(&owner.digest)) {
            changes.add(&lease.account, "owner", owner.id.as_str(), !known.contains_key(&owner.id), None);
            let mut row = key();
            row.extend([
                (&owner.ownership).into(),
                (&owner.id).into(),
                (&owner.name).into(),
                (&owner.email).into(),
                (&owner.phone).into(),
                (&owner.raw_address).into(),
                owner.refreshed_at.into(),
                (&owner.raw).into(),
                (&owner.digest).into(),
                (&owner.api_version).into(),
            ]);
            rows.push(row);
        }
        tx.execute_batch(&UPSERT_OWNERS, rows).await?;
        if self.is_last {
            let mut parameters = key();
            parameters.push((&self.ownership).into());
            tx.execute(&SET_OWNERSHIP, parameters).await?;
        }
        changes.write(tx).await
    }
}
