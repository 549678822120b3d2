//! Whether there is nothing to do.

use std::time::Duration;

use super::backoff::LATEST;
use super::freshness::SETTLING;
use super::shared::Shared;
use crate::error::Error;
use crate::op::{Backlog, BacklogOf, TenantState};

/// A run until idle waits for an account or a listing that failed if its next attempt is this near. That is so for the first few
/// transient failures, and for no other.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// Work of some tenants.
pub(crate) async fn backlog_of(shared: &Shared, tenants: Vec<String>) -> Result<Backlog, Error> {
    backlog_within(shared, tenants, Duration::ZERO).await
}

/// Work of some tenants that is due now or within a while.
async fn backlog_within(shared: &Shared, tenants: Vec<String>, within: Duration) -> Result<Backlog, Error> {
    let (now_ms, soon_ms) = (shared.wall.after(within), shared.wall.after(SOON));
    let latest_ms = shared.wall.after(LATEST);
    let operation = BacklogOf { tenants, now_ms, soon_ms, latest_ms };
    shared.database.read(operation).await
}

/// Whether a run that ends when idle may end.
pub(super) async fn is_idle(shared: &Shared) -> Result<bool, Error> {
    // The listings first: one that ends after the backlog was read may have raised work.
    if !is_listed(shared).await? {
        return Ok(false);
    }
    // The run reads the balances that it asked for. A bank that takes longer is not waited for.
    let refreshes = shared.tenants.iter().any(|context| context.policy.balances.is_some());
    let within = if refreshes { SETTLING } else { Duration::ZERO };
    let backlog = backlog_within(shared, shared.tenant_ids(), within).await?;
    Ok(backlog.due == 0 && backlog.leased == 0 && backlog.retried == 0)
}

/// Whether the accounts of every tenant of this process were listed, the last listing did not fail, and neither a listing nor a
/// reading of events is due. The keeper ends a run whose listing keeps failing.
async fn is_listed(shared: &Shared) -> Result<bool, Error> {
    for context in &shared.tenants {
        let state = TenantState { shard: context.shard, tenant: context.tenant.id().to_owned() };
        let state = shared.database.read(state).await?;
        let now_ms = shared.wall.now_ms();
        let is_read = |due_ms: Option<i64>| {
            shared.settings.poll_events.is_none() || due_ms.is_some_and(|due_ms| due_ms > now_ms)
        };
        if state.is_none_or(|state| {
            state.done_ms.is_none()
                || state.failures > 0
                || state.listing_due_ms <= now_ms
                || !is_read(state.events_due_ms)
        }) {
            return Ok(false);
        }
    }
    Ok(true)
}
