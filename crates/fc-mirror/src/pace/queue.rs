//! Waiting calls, by lane, and the permits that they get.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fc_ext::Clock;
use tokio::sync::oneshot;

use super::bucket::Bucket;
use super::limits::{Limits, Refusal};
use super::window::Window;

/// Longest time that a waiting call sleeps before it looks again.
const LOOK: Duration = Duration::from_secs(1);

/// Pace of one tenant. Clones share it.
#[derive(Clone)]
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

struct State {
    limits: Limits,
    /// Live workers that share the ceiling.
    workers: f64,
    total: Bucket,
    operations: HashMap<&'static str, Bucket>,
    window: Window,
    /// No call starts before.
    held_until: Instant,
    /// By lane, then by arrival.
    waiting: BTreeMap<(u8, u64), Waiting>,
    arrivals: u64,
}

struct Waiting {
    operation: &'static str,
    granted: oneshot::Sender<Grant>,
}

/// Right to start, until the caller has taken it as a [`Permit`].
struct Grant {
    state: Arc<Mutex<State>>,
    taken: bool,
}

impl Drop for Grant {
    fn drop(&mut self) {
        if !self.taken {
            lock(&self.state).window.leave();
        }
    }
}

/// Right to one call. Dropping it ends the call.
pub(crate) struct Permit {
    state: Arc<Mutex<State>>,
    operation: &'static str,
    started: Instant,
}

impl Pace {
    pub(crate) fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let state = State {
            limits,
            workers: 1.0,
            total: Bucket::new(limits.total, limits.share, 1.0, now),
            operations: HashMap::new(),
            window: Window::new(limits.in_flight, now),
            held_until: now,
            waiting: BTreeMap::new(),
            arrivals: 0,
        };
        Self { clock, state: Arc::new(Mutex::new(state)) }
    }

    /// Divides the ceiling among live workers.
    pub(crate) fn set_workers(&self, workers: u32) {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        state.workers = f64::from(workers.max(1));
        let workers = state.workers;
        state.total.set_workers(workers, now);
        for bucket in state.operations.values_mut() {
            bucket.set_workers(workers, now);
        }
    }

    /// Lets no call start for a while, in which other workers notice this one.
    pub(crate) fn hold(&self, duration: Duration) {
        lock(&self.state).held_until = self.clock.now() + duration;
    }

    /// Waits until a call may start. A lower lane number goes first.
    ///
    /// # Cancel safety
    ///
    /// A dropped future gives up its place, and the right to start if it just got it.
    pub(crate) async fn acquire(&self, lane: u8, operation: &'static str) -> Permit {
        let (granted, mut grant) = oneshot::channel();
        let place = {
            let mut state = lock(&self.state);
            state.arrivals += 1;
            let key = (lane, state.arrivals);
            state.waiting.insert(key, Waiting { operation, granted });
            Place { state: Arc::clone(&self.state), key }
        };
        loop {
            let wait = self.grant();
            let sleep = self.clock.sleep(wait.min(LOOK));
            tokio::select! {
                biased;
                granted = &mut grant => {
                    if let Ok(mut grant) = granted {
                        grant.taken = true;
                        drop(place);
                        return Permit { state: Arc::clone(&self.state), operation, started: self.clock.now() };
                    }
                }
                () = sleep => {}
            }
        }
    }

    /// Grants what may start now, and returns the time until more may.
    fn grant(&self) -> Duration {
        let now = self.clock.now();
        let mut soonest = LOOK;
        let mut unclaimed = Vec::new();
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        if state.held_until > now {
            return soonest.min(state.held_until - now);
        }
        let mut granted = Vec::new();
        for (key, waiting) in &state.waiting {
            if !state.window.has_room(now) {
                break;
            }
            let total = state.total.wait(now);
            if !total.is_zero() {
                soonest = soonest.min(total);
                break;
            }
            let Limits { operation, share, .. } = state.limits;
            let workers = state.workers;
            let new = || Bucket::new(operation, share, workers, now);
            let bucket = state.operations.entry(waiting.operation).or_insert_with(new);
            let wait = bucket.wait(now);
            if !wait.is_zero() {
                // Calls of other operations may still pass.
                soonest = soonest.min(wait);
                continue;
            }
            bucket.take();
            state.total.take();
            state.window.enter();
            granted.push(*key);
        }
        for key in granted {
            if let Some(waiting) = state.waiting.remove(&key) {
                let grant = Grant { state: Arc::clone(&self.state), taken: false };
                unclaimed.extend(waiting.granted.send(grant).err());
            }
        }
        // Those whose callers have gone lock the state when they are dropped.
        drop(guard);
        drop(unclaimed);
        soonest
    }

    /// Calls per second over all operations, now.
    pub(crate) fn rate(&self) -> f64 {
        lock(&self.state).total.rate()
    }
}

/// Place of a waiting call in the queue.
struct Place {
    state: Arc<Mutex<State>>,
    key: (u8, u64),
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.state).waiting.remove(&self.key);
    }
}

impl Permit {
    /// Notes that a limiter refused the call.
    pub(crate) fn refused(&self, refusal: Refusal, now: Instant) {
        let mut state = lock(&self.state);
        match refusal {
            Refusal::TotalRate => state.total.cut(self.started, now),
            Refusal::OperationRate => {
                if let Some(bucket) = state.operations.get_mut(self.operation) {
                    bucket.cut(self.started, now);
                }
            }
            Refusal::Concurrency => state.window.cut(self.started, now),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.state).window.leave();
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("rate", &self.rate()).finish_non_exhaustive()
    }
}

/// No code panics while it holds the lock, and the numbers are whole at any time.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod day;
#[cfg(test)]
mod tests;
