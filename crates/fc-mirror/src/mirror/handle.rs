//! Handle of a mirror: run, and what a program asks of it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use fc_ext::client::HeaderMap;
use fc_ext::webhook::Verifier;
use tokio::sync::watch;
use tracing::Instrument;
use tracing::field::Empty;

use super::changes::{ChangePosition, Changes};
use super::receive::receive;
use super::status::{Status, status};
use crate::engine::{Receipt, Run, Shared, Until, keep, leave, work};
use crate::error::{Error, ErrorKind};
use crate::op::RaiseListing;

/// Local copy of Financial Connections data. Clones share it.
#[derive(Clone)]
pub struct Mirror {
    pub(super) shared: Arc<Shared>,
    verifier: Option<Verifier>,
}

impl Mirror {
    pub(super) fn new(shared: Arc<Shared>, verifier: Option<Verifier>) -> Self {
        Self { shared, verifier }
    }

    /// Keeps the copy up to date until `shutdown` is done. Any number of processes may run on one database.
    ///
    /// A database that goes away for a while is waited for, as is Stripe. An account that fails does not stop the others.
    ///
    /// # Errors
    ///
    /// An error of the database that waiting does not change.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing. The accounts under way are due again when their leases run out; with `shutdown`
    /// they are finished first.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        self.run_until(Until::Shutdown, shutdown).instrument(self.span()).await
    }

    /// Loads everything that is to be loaded, and ends when nothing is due. It can be run again at any time.
    ///
    /// After the first load, accounts are listed once per interval ([`MirrorBuilder::reconcile_every`](crate::MirrorBuilder::reconcile_every)), and between two listings
    /// only events tell what has changed. [`reconcile`](Mirror::reconcile) makes a listing due before that.
    ///
    /// Accounts whose sync fails are tried a few times. Those that still fail are counted in the result, and a later run tries
    /// them again: the copy is complete if [`Status::failing`] is 0. A listing that fails is tried up to five times, and then ends
    /// the run with its error.
    ///
    /// # Errors
    ///
    /// An error of the database, or of Stripe if the accounts cannot be listed.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Mirror::run).
    pub async fn run_until_idle(&self) -> Result<Status, Error> {
        self.run_until(Until::Idle, std::future::pending()).instrument(self.span()).await?;
        self.status().await
    }

    /// Makes a listing of all accounts due now, so that a run finds what no event told and the hourly listing would find later.
    ///
    /// A program that is started now and then calls it before [`run_until_idle`](Mirror::run_until_idle): what has changed
    /// since its last run is then in the copy when the run ends. A listing that is under way
    /// goes on, and another follows it.
    ///
    /// # Errors
    ///
    /// An error of the database.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing; some tenants may be due then.
    pub async fn reconcile(&self) -> Result<(), Error> {
        for context in &self.shared.tenants {
            let now_ms = self.shared.wall.now_ms();
            let tenant = context.tenant.id().to_owned();
            self.shared.database.write(RaiseListing { shard: context.shard, tenant, now_ms }).await?;
        }
        self.shared.wake_keepers.notify_waiters();
        Ok(())
    }

    fn span(&self) -> tracing::Span {
        tracing::info_span!("run", worker = %self.shared.worker)
    }

    async fn run_until(&self, until: Until, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let (stop, stopped) = watch::channel(false);
        let run = Run::new(until, self.shared.tenants.len(), stopped);
        let mut keepers = tokio::task::JoinSet::new();
        for tenant in 0..self.shared.tenants.len() {
            let (shared, run) = (Arc::clone(&self.shared), run.clone());
            let keeping = async move { keep(&shared, tenant, run).await };
            keepers.spawn(keeping.in_current_span());
        }
        let (over, ended) = watch::channel(false);
        let mut leaving = tokio::task::JoinSet::new();
        leaving.spawn(leave(Arc::clone(&self.shared), run.stop.clone(), ended).in_current_span());
        let mut working = std::pin::pin!(work(&self.shared, run));
        let mut shutdown = std::pin::pin!(shutdown);
        let mut is_stopping = false;
        let mut failed = None;
        let outcome = loop {
            tokio::select! {
                outcome = &mut working => break outcome,
                () = &mut shutdown, if !is_stopping => {
                    is_stopping = true;
                    let _ = stop.send(true);
                }
                Some(kept) = keepers.join_next() => {
                    let kept = kept.unwrap_or_else(|error| {
                        Err(Error::new(ErrorKind::Database, "a keeper ended without an outcome").with_source(error))
                    });
                    if let Err(error) = kept {
                        failed = Some(error);
                        is_stopping = true;
                        let _ = stop.send(true);
                    }
                }
            }
        };
        let _ = stop.send(true);
        while keepers.join_next().await.is_some() {}
        // After the last heartbeat of the keepers.
        let _ = over.send(true);
        while leaving.join_next().await.is_some() {}
        failed.map_or(outcome, Err)
    }

    /// Accepts a webhook: verifies it, stores it and the work that it causes, and returns after the commit. Answer 200 then,
    /// and what [`Error::webhook_status`] says for an error.
    ///
    /// An event that the mirror has no use for is accepted and kept. One that it has is a hint: the account is read from Stripe.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Webhook`] for a request that is not Stripe's; a storage error, after which Stripe must deliver it again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the event stored with its work, or not at all.
    pub async fn webhook(&self, headers: &HeaderMap, body: impl AsRef<[u8]>) -> Result<Receipt, Error> {
        let Some(verifier) = &self.verifier else {
            let message = "the mirror has no webhook secret: give it one with `webhook_secret`";
            return Err(Error::new(ErrorKind::Configuration, message));
        };
        let signature = headers.get("stripe-signature").map(|value| value.as_bytes()).unwrap_or_default();
        let span =
            tracing::info_span!("webhook", event = Empty, type = Empty, tenant = Empty, receipt = Empty);
        receive(&self.shared, verifier, signature, body.as_ref()).instrument(span).await
    }

    /// Changes of mirrored rows after a place in the feed. Each has a number without gaps in its shard, given in the transaction
    /// that made the change; consumers keep their own place.
    ///
    /// ```no_run
    /// use fc_mirror::{ChangePosition, Mirror};
    ///
    /// # async fn follow(mirror: Mirror, stored: String) -> Result<(), fc_mirror::Error> {
    /// let mut changes = mirror.changes(stored.parse()?).follow();
    /// while let Some(change) = changes.next().await {
    ///     let change = change?;
    ///     println!("{:?} {}", change.entity, change.id);
    ///     // Store this when the change is handled.
    ///     let _place = changes.position().to_string();
    /// }
    /// # Ok(()) }
    /// ```
    pub fn changes(&self, after: ChangePosition) -> Changes {
        Changes::new(Arc::clone(&self.shared), after)
    }

    /// Counts of accounts and work, for dashboards.
    ///
    /// # Errors
    ///
    /// A storage error.
    pub async fn status(&self) -> Result<Status, Error> {
        status(&self.shared).await
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror").field("worker", &self.shared.worker).finish_non_exhaustive()
    }
}
