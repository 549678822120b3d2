//! Deduplication of events that are delivered more than once.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Store of the events that were handled.
///
/// Stripe retries a delivery until the endpoint answers 2xx, and sometimes delivers again after that. Put
/// [`claim`](SeenEvents::claim) around the handling. The key is the id of the event. Rarely, Stripe creates two events with
/// different ids for one change. Handlers should therefore be idempotent, or use the object's id with the type as key if no
/// second change of that type can follow.
///
/// ```
/// use std::time::Duration;
/// use fc_ext::webhook::{Claimed, SeenEvents, WebhookEvent};
///
/// /// Longer than any handling takes.
/// const LEASE: Duration = Duration::from_secs(300);
///
/// /// Returns the status of the response.
/// async fn receive<S: SeenEvents>(seen: &S, event: &WebhookEvent) -> Result<u16, S::Error> {
///     Ok(match seen.claim(&event.id, LEASE).await? {
///         Claimed::First(claim) => match handle(event).await {
///             Ok(()) => {
///                 claim.done().await?;
///                 200
///             }
///             Err(_) => {
///                 claim.release().await?;
///                 500
///             }
///         },
///         // Not 2xx: if the running attempt fails, Stripe has to deliver the event again.
///         Claimed::Running => 409,
///         Claimed::Done => 200,
///     })
/// }
/// # async fn handle(_: &WebhookEvent) -> Result<(), std::io::Error> { Ok(()) }
/// ```
///
/// A claim owns a clone of the store, so it can move into a task:
///
/// ```
/// # use std::time::Duration;
/// # use fc_ext::webhook::{Claimed, RecentEvents, SeenEvents};
/// # async fn receive(seen: RecentEvents, id: String) -> Result<(), Box<dyn std::error::Error>> {
/// if let Claimed::First(claim) = seen.claim(&id, Duration::from_secs(300)).await? {
///     tokio::spawn(async move {
///         // … handle the event …
///         claim.done().await
///     });
/// }
/// # Ok(()) }
/// ```
///
/// # A store in a database
///
/// Implement the three methods to remember events across processes and restarts; [`RecentEvents`] is in memory. Each method is
/// one atomic statement. In SQL, with the clock of the database:
///
/// ```sql
/// CREATE TABLE seen_event (key TEXT PRIMARY KEY, claim TEXT NOT NULL, until TIMESTAMPTZ NOT NULL, done BOOLEAN NOT NULL);
/// -- begin: one row came back, so the event is claimed. If none: SELECT done FROM seen_event WHERE key = $1.
/// INSERT INTO seen_event VALUES ($1, $2, now() + $3, false)
///   ON CONFLICT (key) DO UPDATE SET claim = excluded.claim, until = excluded.until
///   WHERE NOT seen_event.done AND seen_event.until <= now()
///   RETURNING key;
/// -- finish
/// INSERT INTO seen_event VALUES ($1, $2, now(), true) ON CONFLICT (key) DO UPDATE SET done = true;
/// -- release
/// DELETE FROM seen_event WHERE key = $1 AND claim = $2 AND NOT done;
/// ```
///
/// A handler that stores its effect in the same database needs no store of events: it inserts the id in the transaction of the
/// effect.
pub trait SeenEvents: Clone + Send + Sync + 'static {
    /// Error of the store.
    type Error: Send + 'static;

    /// Records that the handling of `key` starts, unless it is running or done. `claim` is unique. After `lease` the event
    /// counts as new again, unless it is done: the process may have been killed.
    ///
    /// # Errors
    ///
    /// The store failed. Then nothing is claimed, or the lease ends.
    fn begin(
        &self,
        key: &str,
        claim: ClaimId,
        lease: Duration,
    ) -> impl Future<Output = Result<Sight, Self::Error>> + Send;

    /// Records that `key` was handled. It holds also if the lease had ended, because the effect is there.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn finish(&self, key: &str, claim: ClaimId) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Records that the handling of `key` failed, so that the next delivery is handled. It does nothing if another claim has
    /// the event by now.
    ///
    /// # Errors
    ///
    /// The store failed. The lease ends all the same.
    fn release(&self, key: &str, claim: ClaimId) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// A claim was dropped without [`done`](Claim::done) or [`release`](Claim::release), because of a panic or a cancelled
    /// future. The default does nothing, because the lease ends. A store that needs no waiting releases the event.
    fn dropped(&self, key: &str, claim: ClaimId) {
        let _ = (key, claim);
    }

    /// Claims the handling of `key` for the time of `lease`, which is longer than any handling takes.
    ///
    /// # Errors
    ///
    /// The error of the store. Answer with an error, so that Stripe delivers the event again.
    ///
    /// # Cancel safety
    ///
    /// After a drop the event may be claimed until the lease ends.
    fn claim(
        &self,
        key: impl AsRef<str> + Send,
        lease: Duration,
    ) -> impl Future<Output = Result<Claimed<Self>, Self::Error>> + Send {
        async move {
            let key = key.as_ref();
            let id = ClaimId::new();
            Ok(match self.begin(key, id, lease).await? {
                Sight::New => {
                    Claimed::First(Claim { store: self.clone(), key: key.into(), id, ended: false })
                }
                Sight::Running => Claimed::Running,
                Sight::Done => Claimed::Done,
            })
        }
    }
}

/// State of an event in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store answers with one of these three, and a caller handles all"
)]
pub enum Sight {
    /// It was not known, or its lease had ended. From now on it is running.
    New,
    /// It is being handled.
    Running,
    /// It was handled.
    Done,
}

/// Identity of one claim, which tells it from an earlier claim of the same event. It displays as 32 hexadecimal digits, for a
/// column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClaimId(u128);

impl ClaimId {
    /// Unique, not secret: 128 bits of the random keys that the standard library gives each hash map.
    fn new() -> Self {
        let bits = || u128::from(RandomState::new().build_hasher().finish());
        Self(bits() << 64 | bits())
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Result of [`SeenEvents::claim`]: what to do with the event.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "a caller has to answer each of them")]
pub enum Claimed<S: SeenEvents> {
    /// Handle it.
    First(Claim<S>),
    /// Another delivery of it is being handled. Answer with an error, so that Stripe delivers it again.
    Running,
    /// It was handled. Answer with success.
    Done,
}

/// Claim of an event that is being handled.
///
/// # Cancel safety
///
/// If it is dropped without [`done`](Claim::done) or [`release`](Claim::release), because of a panic or a cancelled future, the
/// event is handled again after the lease; with [`RecentEvents`] at the next delivery.
#[derive(Debug)]
#[must_use = "dropping the claim leaves the event unhandled"]
pub struct Claim<S: SeenEvents> {
    store: S,
    key: Box<str>,
    id: ClaimId,
    ended: bool,
}

impl<S: SeenEvents> Claim<S> {
    /// Key of the event.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Records that the event was handled.
    ///
    /// # Errors
    ///
    /// The error of the store. The event is handled again after the lease.
    ///
    /// # Cancel safety
    ///
    /// After a drop it may be recorded or not, as after an error.
    pub async fn done(mut self) -> Result<(), S::Error> {
        self.ended = true;
        self.store.finish(&self.key, self.id).await
    }

    /// Records that the handling failed, so that the next delivery is handled.
    ///
    /// # Errors
    ///
    /// The error of the store. The event is handled again after the lease.
    ///
    /// # Cancel safety
    ///
    /// After a drop it may be recorded or not, as after an error.
    pub async fn release(mut self) -> Result<(), S::Error> {
        self.ended = true;
        self.store.release(&self.key, self.id).await
    }
}

impl<S: SeenEvents> Drop for Claim<S> {
    fn drop(&mut self) {
        if !self.ended {
            self.store.dropped(&self.key, self.id);
        }
    }
}

/// Store in memory of the events that this process handled last.
///
/// When it is full, it forgets the event that was handled first. It never forgets an event that is being handled. Stripe
/// retries for up to three days, so size it for the events of that time. An event takes about 100 bytes. Cloning is cheap, and
/// clones share the store.
#[derive(Clone)]
pub struct RecentEvents {
    capacity: NonZeroUsize,
    keys: Arc<Mutex<Keys>>,
    now: Arc<dyn Fn() -> Instant + Send + Sync>,
}

#[derive(Debug, Default)]
struct Keys {
    events: HashMap<Arc<str>, State>,
    /// Keys that are done, oldest first.
    order: VecDeque<Arc<str>>,
}

#[derive(Debug)]
enum State {
    /// `until` is `None` for a lease beyond the clock.
    Running {
        claim: ClaimId,
        until: Option<Instant>,
    },
    Done,
}

impl RecentEvents {
    /// Remembers up to `capacity` handled events.
    #[must_use]
    pub fn with_capacity(capacity: NonZeroUsize) -> Self {
        Self { capacity, keys: Arc::default(), now: Arc::new(Instant::now) }
    }

    /// Measures leases by `clock`, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        self.now = Arc::new(clock);
        self
    }

    /// Number of handled events that it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys().order.len()
    }

    /// Whether it remembers no handled event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn begin_now(&self, key: &str, claim: ClaimId, lease: Duration) -> Sight {
        let now = (self.now)();
        let mut keys = self.keys();
        match keys.events.get(key) {
            Some(State::Done) => return Sight::Done,
            Some(State::Running { until, .. }) if until.is_none_or(|until| now < until) => {
                return Sight::Running;
            }
            Some(State::Running { .. }) | None => {}
        }
        keys.events.insert(key.into(), State::Running { claim, until: now.checked_add(lease) });
        Sight::New
    }

    fn finish_now(&self, key: &str) {
        let mut keys = self.keys();
        let key: Arc<str> = key.into();
        if !matches!(keys.events.insert(Arc::clone(&key), State::Done), Some(State::Done)) {
            keys.order.push_back(key);
        }
        if keys.order.len() > self.capacity.get() {
            if let Some(oldest) = keys.order.pop_front() {
                keys.events.remove(&oldest);
            }
        }
    }

    fn release_now(&self, key: &str, claim: ClaimId) {
        let mut keys = self.keys();
        if matches!(keys.events.get(key), Some(State::Running { claim: present, .. }) if *present == claim) {
            keys.events.remove(key);
        }
    }

    /// A poisoned lock is fine, because no code that holds it can panic in the middle of a change.
    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RecentEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentEvents")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Default for RecentEvents {
    /// Remembers 100,000 events, about 10 MB when full.
    fn default() -> Self {
        const CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).expect("it is not zero");
        Self::with_capacity(CAPACITY)
    }
}

impl SeenEvents for RecentEvents {
    type Error = Infallible;

    async fn begin(&self, key: &str, claim: ClaimId, lease: Duration) -> Result<Sight, Infallible> {
        Ok(self.begin_now(key, claim, lease))
    }

    async fn finish(&self, key: &str, _: ClaimId) -> Result<(), Infallible> {
        self.finish_now(key);
        Ok(())
    }

    async fn release(&self, key: &str, claim: ClaimId) -> Result<(), Infallible> {
        self.release_now(key, claim);
        Ok(())
    }

    fn dropped(&self, key: &str, claim: ClaimId) {
        self.release_now(key, claim);
    }
}

impl<S: SeenEvents> SeenEvents for Arc<S> {
    type Error = S::Error;

    fn begin(
        &self,
        key: &str,
        claim: ClaimId,
        lease: Duration,
    ) -> impl Future<Output = Result<Sight, S::Error>> + Send {
        S::begin(self, key, claim, lease)
    }

    fn finish(&self, key: &str, claim: ClaimId) -> impl Future<Output = Result<(), S::Error>> + Send {
        S::finish(self, key, claim)
    }

    fn release(&self, key: &str, claim: ClaimId) -> impl Future<Output = Result<(), S::Error>> + Send {
        S::release(self, key, claim)
    }

    fn dropped(&self, key: &str, claim: ClaimId) {
        S::dropped(self, key, claim);
    }
}

#[cfg(test)]
mod tests;
