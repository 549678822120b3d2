//! Keepers: one per tenant over all processes lists its accounts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::Instrument;

use super::api::is_transient;
use super::backoff::{LATEST, LONGEST, pause, random};
use super::events::read_events;
use super::freshness::refresh_old_balances;
use super::idle::SOON;
use super::listing::list;
use super::settings::{Run, Until};
use super::shared::{Shared, TenantContext};
use super::summary::summary;
use crate::error::{Error, ErrorKind};
use crate::op::{
    ClaimTenant, ExtendTenant, FailTenant, ForgetWorker, Listing, ReleaseTenant, RepairDue, SeeWorker,
    TenantLease, TenantState,
};

/// How often a keeper looks for something to do.
const TICK: Duration = Duration::from_secs(1);

/// How often a worker notes that it lives, and how long it counts as alive.
const HEARTBEAT: Duration = Duration::from_secs(10);
const ALIVE: Duration = Duration::from_secs(35);

/// Lease of a tenant; it is extended with each heartbeat while a listing runs.
const LEASE: Duration = Duration::from_secs(60);

/// How often old balances are looked for.
const FRESHEN: Duration = Duration::from_secs(60);

/// How often due times are checked against the clock.
const REPAIR: Duration = Duration::from_secs(60);

/// Failures in a row after which a run until idle ends with their error: of listings, of readings of events, or of looks at the
/// database.
const PATIENCE: i64 = 5;

/// Keeps a tenant until the stop, or until its accounts are listed once if the run ends when idle.
///
/// # Errors
///
/// A storage error that no waiting changes; in a run until idle also the error of a listing that keeps failing.
pub(crate) async fn keep(shared: &Arc<Shared>, tenant: usize, run: Run) -> Result<(), Error> {
    let Some(context) = shared.tenants.get(tenant) else { return Ok(()) };
    let mut keeper = Keeper {
        shared,
        context,
        run,
        seen: None,
        repaired: None,
        freshened: None,
        paused: None,
        failures: 0,
        failed_listings: 0,
    };
    keeper.run().await
}

/// Keeps the share of the rate from the stop until the last sync has ended, because syncs still make calls. Then gives it to the
/// others; without that they take it when the heartbeat is old.
pub(crate) async fn leave(
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
    mut ended: watch::Receiver<bool>,
) {
    let _ = stop.changed().await;
    loop {
        tokio::select! {
            _ = ended.changed() => break,
            () = shared.clock.sleep(HEARTBEAT) => {}
        }
        for context in &shared.tenants {
            // The next heartbeat makes up for one that fails.
            let _ = heartbeat(&shared, context).await;
        }
    }
    for context in &shared.tenants {
        let (tenant, worker) = (context.tenant.id().to_owned(), shared.worker.clone());
        let _ = shared.database.write(ForgetWorker { shard: context.shard, tenant, worker }).await;
    }
}

/// Notes that this worker lives, and returns the number of live workers.
async fn heartbeat(shared: &Shared, context: &TenantContext) -> Result<u32, Error> {
    let alive = i64::try_from(ALIVE.as_millis()).unwrap_or(i64::MAX);
    let now_ms = shared.wall.now_ms();
    let see = SeeWorker {
        shard: context.shard,
        tenant: context.tenant.id().to_owned(),
        worker: shared.worker.clone(),
        now_ms,
        since_ms: now_ms - alive,
    };
    let workers = shared.database.write(see).await?;
    let workers = u32::try_from(workers).unwrap_or(1);
    context.api.pace.set_workers(workers);
    Ok(workers)
}

struct Keeper<'k> {
    shared: &'k Shared,
    context: &'k TenantContext,
    run: Run,
    seen: Option<std::time::Instant>,
    repaired: Option<std::time::Instant>,
    freshened: Option<std::time::Instant>,
    /// Until when the list of events is left alone after a failure, and the failures in a row.
    paused: Option<(std::time::Instant, i64)>,
    /// Looks in a row that failed. A look at which nothing was due counts as one that succeeded.
    failures: i64,
    /// Listings in a row that failed, of any worker.
    failed_listings: i64,
}

impl Keeper<'_> {
    async fn run(&mut self) -> Result<(), Error> {
        let mut is_starting = true;
        loop {
            if self.run.is_stopping() {
                return Ok(());
            }
            match self.tick().await {
                Ok(()) => self.failures = 0,
                Err(error) if error.kind() == ErrorKind::LeaseLost => {}
                Err(error) => {
                    tracing::warn!(tenant = %self.context.tenant, error = %summary(&error), "a tenant could not be kept");
                    self.failures += 1;
                    let failed_readings = self.paused.map_or(0, |(_, failures)| failures);
                    let failures = self.failures.max(self.failed_listings).max(failed_readings);
                    let is_final = self.run.until == Until::Idle
                        && (failures >= PATIENCE || error.api().is_some_and(|api| !is_transient(api)));
                    if is_final || (error.api().is_none() && !error.is_retryable()) {
                        return Err(error);
                    }
                }
            }
            if std::mem::take(&mut is_starting) {
                self.run.has_started();
                self.shared.wake.notify_one();
            }
            tokio::select! {
                _ = self.run.stop.changed() => {}
                () = self.shared.wake_keepers.notified() => {}
                () = self.shared.clock.sleep(TICK) => {}
            }
        }
    }

    async fn tick(&mut self) -> Result<(), Error> {
        self.heartbeat().await?;
        self.repair().await?;
        let events = self.events().await;
        let balances = self.balances().await;
        // In any case, so that a failure of the others does not keep the accounts old.
        self.accounts().await.and(events).and(balances)
    }

    /// Reads the list of events if that is due.
    async fn events(&mut self) -> Result<(), Error> {
        let Some(every) = self.shared.settings.poll_events else { return Ok(()) };
        let now = self.shared.clock.now();
        if self.paused.is_some_and(|(until, _)| now < until) {
            return Ok(());
        }
        let Some(state) = self.state().await? else { return Ok(()) };
        let is_due = state.events_due_ms.is_none_or(|due_ms| self.is_past(due_ms));
        let Some(lease) = (if is_due { self.claim().await? } else { None }) else { return Ok(()) };
        let span = tracing::info_span!("events", tenant = %self.context.tenant);
        let reading = read_events(self.shared, self.context, &lease, &state, every).instrument(span);
        let outcome = self.holding(&lease, reading).await;
        self.shared.database.write(ReleaseTenant { lease }).await?;
        let failures = self.paused.map_or(0, |(_, failures)| failures);
        self.paused = outcome.as_ref().err().map(|error| {
            let is_passing = error.is_retryable() || error.api().is_some_and(is_transient);
            (now + pause(failures, is_passing, random()), failures + 1)
        });
        outcome
    }

    /// Asks for refreshes of old balances, once a minute.
    async fn balances(&mut self) -> Result<(), Error> {
        let Some(policy) = self.context.policy.balances else { return Ok(()) };
        let now = self.shared.clock.now();
        if self.freshened.is_some_and(|freshened| now.saturating_duration_since(freshened) < FRESHEN) {
            return Ok(());
        }
        self.freshened = Some(now);
        let Some(lease) = self.claim().await? else { return Ok(()) };
        let span = tracing::info_span!("balances", tenant = %self.context.tenant);
        let refreshing = refresh_old_balances(self.shared, self.context, policy).instrument(span);
        let outcome = self.holding(&lease, refreshing).await;
        self.shared.database.write(ReleaseTenant { lease }).await?;
        outcome
    }

    /// Lists the accounts if that is due.
    async fn accounts(&mut self) -> Result<(), Error> {
        let state = self.state().await?;
        if !state.is_some_and(|state| self.is_listing_due(&state)) {
            return Ok(());
        }
        let Some(lease) = self.claim().await? else { return Ok(()) };
        let span = tracing::info_span!("listing", tenant = %self.context.tenant);
        let listing = list(self.shared, self.context, &lease).instrument(span);
        let outcome = self.holding(&lease, listing).await;
        self.failed_listings = if outcome.is_err() { lease.failures + 1 } else { 0 };
        if let Err(error) = &outcome
            && error.kind() != ErrorKind::LeaseLost
        {
            let is_passing = error.is_retryable() || error.api().is_some_and(is_transient);
            let failed = FailTenant {
                lease: lease.clone(),
                due_ms: self.shared.wall.after(pause(lease.failures, is_passing, random())),
                error: summary(error),
                now_ms: self.shared.wall.now_ms(),
            };
            self.shared.database.write(failed).await?;
        }
        self.shared.database.write(ReleaseTenant { lease }).await?;
        // A worker that waits for the end of the listing looks at once.
        self.shared.wake.notify_one();
        outcome
    }

    async fn state(&self) -> Result<Option<Listing>, Error> {
        let state = TenantState { shard: self.context.shard, tenant: self.context.tenant.id().to_owned() };
        self.shared.database.read(state).await
    }

    /// Whether a listing is due. A run until idle waits for a near attempt, and makes any other at once, so that its result says
    /// whether Stripe can be read.
    fn is_listing_due(&self, state: &Listing) -> bool {
        let is_far = state.failures > 0 && state.listing_due_ms > self.shared.wall.after(SOON);
        self.is_past(state.listing_due_ms) || (self.run.until == Until::Idle && is_far)
    }

    /// Whether a due time has come, or was written by a clock that was wrong.
    fn is_past(&self, due_ms: i64) -> bool {
        let settings = &self.shared.settings;
        let longest = settings.reconcile_every.max(settings.poll_events.unwrap_or_default()).max(LONGEST);
        due_ms <= self.shared.wall.now_ms() || due_ms > self.shared.wall.after(longest.saturating_mul(2))
    }

    /// Works under a lease, extends it meanwhile, and stops at the shutdown.
    async fn holding(
        &self,
        lease: &TenantLease,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        let mut stop = self.run.stop.clone();
        tokio::select! {
            outcome = work => outcome,
            error = self.extend(lease) => Err(error),
            // The page under way is given up; the next reading reads it again.
            _ = stop.changed() => Ok(()),
        }
    }

    /// Extends the lease again and again, until it is lost. It keeps the token, which another claim would raise.
    async fn extend(&self, lease: &TenantLease) -> Error {
        loop {
            self.shared.clock.sleep(HEARTBEAT).await;
            let until_ms = self.shared.wall.after(LEASE);
            let extended = self.shared.database.write(ExtendTenant { lease: lease.clone(), until_ms }).await;
            match extended.and(heartbeat(self.shared, self.context).await.map(drop)) {
                Err(error) if error.kind() == ErrorKind::LeaseLost => return error,
                Ok(()) | Err(_) => {}
            }
        }
    }

    async fn claim(&self) -> Result<Option<TenantLease>, Error> {
        let claim = ClaimTenant {
            shard: self.context.shard,
            tenant: self.context.tenant.id().to_owned(),
            worker: self.shared.worker.clone(),
            now_ms: self.shared.wall.now_ms(),
            until_ms: self.shared.wall.after(LEASE),
            latest_ms: self.shared.wall.after(LEASE * 2),
        };
        self.shared.database.write(claim).await
    }

    async fn heartbeat(&mut self) -> Result<(), Error> {
        let now = self.shared.clock.now();
        if self.seen.is_some_and(|seen| now.saturating_duration_since(seen) < HEARTBEAT) {
            return Ok(());
        }
        let workers = heartbeat(self.shared, self.context).await?;
        if self.seen.is_none() && workers > 1 {
            // The others use the whole rate until they notice this worker, at their next heartbeat.
            self.context.api.pace.hold(HEARTBEAT + TICK);
        }
        self.seen = Some(now);
        Ok(())
    }

    /// Makes due what a wrong clock has put off.
    async fn repair(&mut self) -> Result<(), Error> {
        let now = self.shared.clock.now();
        if self.repaired.is_some_and(|repaired| now.saturating_duration_since(repaired) < REPAIR) {
            return Ok(());
        }
        for shard in 0..self.shared.database.shards() {
            let now_ms = self.shared.wall.now_ms();
            let latest_ms = self.shared.wall.after(LATEST);
            self.shared.database.write(RepairDue { shard, now_ms, latest_ms }).await?;
        }
        self.repaired = Some(now);
        Ok(())
    }
}
