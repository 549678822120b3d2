//! Accounts that a listing did not see.

use std::collections::HashSet;

use super::shared::{Shared, TenantContext};
use crate::error::Error;
use crate::op::UnseenAccounts;
use crate::row::shard_of;

/// Ids that are read from the database at once.
const BATCH: i64 = 1000;

/// Accounts that a listing saw. It keeps eight bytes of each, so that a million take little memory.
/// That two of a million ids have one hash is as likely as 1 to 10 million.
#[derive(Default)]
pub(super) struct Seen(HashSet<i64>);

impl Seen {
    pub(super) fn add(&mut self, id: &str) {
        self.0.insert(hash(id));
    }

    /// Accounts that the mirror last read before a time, and that were not seen.
    pub(super) async fn missing(
        &self,
        shared: &Shared,
        context: &TenantContext,
        before_ms: i64,
    ) -> Result<Vec<String>, Error> {
        let mut missing = Vec::new();
        for shard in 0..shared.database.shards() {
            let mut after = String::new();
            loop {
                let tenant = context.tenant.id().to_owned();
                let now_ms = shared.wall.now_ms();
                let batch = UnseenAccounts { shard, tenant, after, before_ms, limit: BATCH, now_ms };
                let ids = shared.database.read(batch).await?;
                let Some(last) = ids.last() else { break };
                after = last.clone();
                missing.extend(ids.into_iter().filter(|id| !self.0.contains(&hash(id))));
            }
        }
        Ok(missing)
    }
}

fn hash(id: &str) -> i64 {
    shard_of(id, i64::MAX)
}
