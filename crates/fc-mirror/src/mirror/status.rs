//! State of a mirror, for dashboards.

use std::time::Duration;

use crate::engine::{CallResult, Shared, backlog_of};
use crate::error::Error;
use crate::op::TenantState;

/// State of a mirror. Counts of work cover the tenants of this process, on any worker.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Accounts that are due and not yet read.
    pub due: u64,
    /// Accounts that a worker reads.
    pub leased: u64,
    /// Accounts whose last sync failed. Each has a next attempt; the view `fc_health` says why.
    pub failing: u64,
    /// The mirrored Stripe accounts.
    pub tenants: Vec<TenantStatus>,
}

/// State of one mirrored Stripe account in one mode.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TenantStatus {
    /// Its id in the database, such as `self/test` or `acct_1/live`.
    pub id: String,
    /// Whether all accounts were listed at least once.
    pub is_listed: bool,
    /// Accounts that the running listing has seen, or that the last one saw.
    pub accounts: u64,
    /// Events from this time on can no longer be read, in Unix seconds. `None` once a listing has found what they told.
    pub events_gap_since: Option<i64>,
    /// Why the last listing failed, if it did.
    pub error: Option<String>,
    /// Calls per second that the pace permits now.
    pub rate: f64,
    /// Calls that this process made, retries included.
    pub calls: u64,
    /// Calls of these that failed.
    pub failed_calls: u64,
    /// Calls of these that a rate limiter refused.
    pub refused_calls: u64,
    /// Progress of the first load; `None` once it is over.
    pub first_load: Option<Progress>,
}

/// Progress of a first load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Accounts that were listed and are still to be read.
    pub pending: u64,
    /// Time that those take at the present pace, with two calls each.
    pub estimate: Duration,
}

pub(super) async fn status(shared: &Shared) -> Result<Status, Error> {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let (mut due, mut leased, mut failing, mut tenants) = (0, 0, 0, Vec::new());
    for context in &shared.tenants {
        let state = TenantState { shard: context.shard, tenant: context.tenant.id().to_owned() };
        let state = shared.database.read(state).await?;
        let backlog = backlog_of(shared, vec![context.tenant.id().to_owned()]).await?;
        due += count(backlog.due);
        leased += count(backlog.leased);
        failing += count(backlog.failing);
        let is_listed = state.as_ref().is_some_and(|state| state.done_ms.is_some());
        let (rate, counts) = (context.api.pace.rate(), context.api.counters.now());
        let pending = count(backlog.loading);
        let seconds = 2.0 * backlog.loading as f64 / rate;
        let progress =
            Progress { pending, estimate: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX) };
        tenants.push(TenantStatus {
            id: context.tenant.id().to_owned(),
            is_listed,
            accounts: state.as_ref().map_or(0, |state| count(state.accounts)),
            events_gap_since: state.as_ref().and_then(|state| state.events_gap_since),
            error: state.filter(|state| state.failures > 0).and_then(|state| state.error),
            rate,
            calls: counts.calls(&[CallResult::Succeeded, CallResult::Failed, CallResult::Refused]),
            failed_calls: counts.calls(&[CallResult::Failed, CallResult::Refused]),
            refused_calls: counts.calls(&[CallResult::Refused]),
            first_load: (!is_listed || pending > 0).then_some(progress),
        });
    }
    Ok(Status { due, leased, failing, tenants })
}
