//! Settings of the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// Settings of the engine, with the values that fit most.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Accounts that one process syncs at the same time.
    pub(crate) concurrency: usize,
    /// How long a lease lasts without being extended. It is the time that the work of a dead worker waits.
    pub(crate) lease: Duration,
    /// How often an idle worker looks for work that other processes raised.
    pub(crate) poll: Duration,
    /// Time between two listings of all accounts.
    pub(crate) reconcile_every: Duration,
    /// What tenants without a policy of their own get.
    pub(crate) policy: Policy,
    /// Time between two readings of the list of events; `None` if webhooks bring them.
    pub(crate) poll_events: Option<Duration>,
    /// Rate limits over all operations and of each one; those of the mode if not given.
    pub(crate) rate_limits: Option<(u32, u32)>,
    /// Part of the rate limit that the mirror may use.
    pub(crate) share: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 16,
            lease: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            reconcile_every: Duration::from_secs(3600),
            policy: Policy::default(),
            poll_events: None,
            rate_limits: None,
            share: 0.8,
        }
    }
}

/// What the mirror does by itself with the accounts of one Stripe account. Without settings it only reads.
///
/// ```
/// use std::time::Duration;
/// use fc_mirror::Policy;
///
/// let policy = Policy::new().subscribe_transactions(true).refresh_balances(Duration::from_secs(12 * 3600), 20);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a policy does nothing until a mirror has it"]
pub struct Policy {
    pub(crate) subscribe: bool,
    pub(crate) balances: Option<BalancePolicy>,
    pub(crate) erase_disconnected: bool,
}

impl Policy {
    /// A policy that only reads.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refreshes balances whose last refresh is older than `older_than`, at most `per_hour`, the oldest first. Off if not
    /// given, because refreshes may cost money.
    ///
    /// An account is never asked before its `next_refresh_available_at`, and not again within an hour. Accounts that are not
    /// active or do not permit balances are left alone.
    ///
    /// A refresh is read five seconds later, also by [`run_until_idle`](crate::Mirror::run_until_idle). If the bank takes longer,
    /// it is read when its event arrives or a minute later, and by a program that has ended by then in its next run.
    pub fn refresh_balances(mut self, older_than: Duration, per_hour: u32) -> Self {
        self.balances = Some(BalancePolicy { older_than, per_hour });
        self
    }

    /// Whether accounts that permit it are subscribed to transactions, so that Stripe refreshes them daily. Off if not given,
    /// because refreshes may cost money.
    pub fn subscribe_transactions(mut self, subscribe: bool) -> Self {
        self.subscribe = subscribe;
        self
    }

    /// Whether the data of an account is erased when it is disconnected. Off if not given: its history stays.
    pub fn erase_disconnected(mut self, erase: bool) -> Self {
        self.erase_disconnected = erase;
        self
    }
}

/// When balances are refreshed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BalancePolicy {
    /// Age from which on a balance is refreshed.
    pub(crate) older_than: Duration,
    /// Refreshes of one tenant per hour at most.
    pub(crate) per_hour: u32,
}

/// One run of the engine, as its tasks see it.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) until: Until,
    /// Becomes true at the shutdown.
    pub(crate) stop: watch::Receiver<bool>,
    /// Keepers that have not yet looked at everything once.
    starting: Arc<AtomicUsize>,
}

impl Run {
    pub(crate) fn new(until: Until, keepers: usize, stop: watch::Receiver<bool>) -> Self {
        Self { until, stop, starting: Arc::new(AtomicUsize::new(keepers)) }
    }

    /// Notes that a keeper has looked at everything once.
    pub(super) fn has_started(&self) {
        self.starting.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn is_starting(&self) -> bool {
        self.starting.load(Ordering::Acquire) > 0
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Only at the shutdown.
    Shutdown,
    /// Also when nothing is due and no account is about to be tried again.
    Idle,
}
