//! Workers: claim due accounts and sync them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::Instrument;

use super::api::is_transient;
use super::backoff::{pause, random};
use super::idle::is_idle;
use super::settings::{Run, Until};
use super::shared::Shared;
use super::summary::summary;
use super::sync::sync;
use crate::error::{Error, ErrorKind};
use crate::op::{Claim, ExtendLease, Finish, Lane, Lease};

/// Failed claims after which a run until idle ends with their error.
const PATIENCE: i64 = 5;

/// Claims and syncs until the end. A storage that is not available is waited for, unless the run is to end when idle.
///
/// # Errors
///
/// A storage error that no waiting changes.
pub(crate) async fn work(shared: &Arc<Shared>, mut run: Run) -> Result<(), Error> {
    let mut jobs: JoinSet<Result<(), Error>> = JoinSet::new();
    let mut failures = 0;
    loop {
        if run.is_stopping() {
            break;
        }
        let room = Room::of(shared.settings.concurrency, jobs.len());
        let claimed = if room.accounts > 0 { claim(shared, &room).await } else { Ok(Vec::new()) };
        let wait = match claimed {
            Ok(leases) => {
                failures = 0;
                let is_empty = leases.is_empty();
                for lease in leases {
                    let shared = Arc::clone(shared);
                    let span = tracing::info_span!(
                        "sync", tenant = %lease.tenant, account = %lease.account, lane = ?lease.lane, token = lease.token
                    );
                    jobs.spawn(async move { job(&shared, lease).await }.instrument(span));
                }
                if !is_empty {
                    continue;
                }
                if jobs.is_empty()
                    && run.until == Until::Idle
                    && !run.is_starting()
                    && is_idle(shared).await?
                {
                    break;
                }
                shared.settings.poll
            }
            Err(error) => {
                tracing::warn!(error = %error, "accounts could not be claimed");
                if !error.is_retryable() {
                    return Err(error);
                }
                failures += 1;
                if run.until == Until::Idle && failures > PATIENCE {
                    return Err(error);
                }
                pause(failures, true, random()).min(Duration::from_secs(10))
            }
        };
        tokio::select! {
            _ = run.stop.changed() => {}
            Some(finished) = jobs.join_next() => ended(finished)?,
            () = shared.wake.notified(), if room.accounts > 0 => {}
            () = shared.clock.sleep(wait) => {}
        }
    }
    while let Some(finished) = jobs.join_next().await {
        ended(finished)?;
    }
    Ok(())
}

/// Storage errors that no waiting changes end the run.
fn ended(finished: Result<Result<(), Error>, tokio::task::JoinError>) -> Result<(), Error> {
    match finished {
        Ok(outcome) => outcome,
        Err(error) => {
            Err(Error::new(ErrorKind::Database, "a sync ended without an outcome").with_source(error))
        }
    }
}

/// How many accounts a worker can claim now, and of which lanes.
struct Room {
    accounts: usize,
    lanes: Lane,
}

impl Room {
    /// A part of the room is for webhooks alone, so that they do not wait for the many pages of a first load.
    fn of(concurrency: usize, jobs: usize) -> Self {
        let part = (concurrency / 4).max(1);
        match concurrency.saturating_sub(jobs) {
            // A few at a time, because each claim is a commit.
            room if room >= part => Self { accounts: room, lanes: Lane::FirstLoad },
            room => Self {
                accounts: part.saturating_sub(jobs.saturating_sub(concurrency)).max(room),
                lanes: Lane::Webhook,
            },
        }
    }
}

async fn claim(shared: &Shared, room: &Room) -> Result<Vec<Lease>, Error> {
    let claim = Claim {
        tenants: shared.tenant_ids(),
        worker: shared.worker.clone(),
        now_ms: shared.wall.now_ms(),
        until_ms: shared.wall.after(shared.settings.lease),
        limit: i64::try_from(room.accounts).unwrap_or(i64::MAX),
        shards: shared.database.shards(),
        lanes: room.lanes,
    };
    shared.database.write(claim).await
}

/// Syncs one account, extends its lease meanwhile, and notes how it ended.
async fn job(shared: &Shared, lease: Lease) -> Result<(), Error> {
    let Some(context) = shared.tenant(&lease.tenant) else { return Ok(()) };
    // Side by side: the sync holds the lock of its row while it writes, and the extension waits for it.
    let outcome = tokio::select! {
        outcome = sync(shared, context, &lease) => outcome,
        error = extend(shared, &lease) => Err(error),
    };
    let finish = match &outcome {
        Ok(again) => Finish {
            lease: lease.clone(),
            error: None,
            due_ms: again.map(|again| shared.wall.after(again)),
            now_ms: shared.wall.now_ms(),
        },
        // Another worker has the account: there is nothing to note.
        Err(error) if error.kind() == ErrorKind::LeaseLost => {
            tracing::debug!(account = %lease.account, tenant = %lease.tenant, "a sync lost its lease; another continues");
            return Ok(());
        }
        Err(error) => {
            let line = summary(error);
            tracing::warn!(account = %lease.account, tenant = %lease.tenant, failures = lease.failures + 1, error = %line, "a sync failed");
            let is_passing = error.is_retryable() || error.api().is_some_and(is_transient);
            Finish {
                lease: lease.clone(),
                error: Some(line),
                due_ms: Some(shared.wall.after(pause(lease.failures, is_passing, random()))),
                now_ms: shared.wall.now_ms(),
            }
        }
    };
    match shared.database.write(finish).await {
        Ok(()) => Ok(()),
        // The lease runs out by itself, and the account is due again.
        Err(error) if error.is_retryable() || error.kind() == ErrorKind::LeaseLost => Ok(()),
        Err(error) => Err(error),
    }
}

/// Extends a lease again and again, until it is lost.
async fn extend(shared: &Shared, lease: &Lease) -> Error {
    loop {
        shared.clock.sleep(shared.settings.lease / 3).await;
        let until_ms = shared.wall.after(shared.settings.lease);
        match shared.database.write(ExtendLease { lease: lease.clone(), until_ms }).await {
            Err(error) if error.kind() == ErrorKind::LeaseLost => return error,
            // A storage that is away for a while may be back before the lease ends.
            Ok(()) | Err(_) => {}
        }
    }
}
