//! Time and chance as the tests want them.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::{Clock, Random};

/// A clock that only moves when someone sleeps. Clones are one clock.
#[derive(Clone)]
pub(super) struct TestClock(Arc<Mutex<State>>);

struct State {
    start: Instant,
    now: Instant,
    sleeps: Vec<Duration>,
    /// How much longer than asked for each sleep lasts; `None` if it never ends.
    excess: Option<Duration>,
}

impl TestClock {
    pub(super) fn new() -> Self {
        Self::with_excess(Some(Duration::ZERO))
    }

    /// A clock on which each sleep lasts longer by `excess`, as when the machine is suspended.
    pub(super) fn jumping(excess: Duration) -> Self {
        Self::with_excess(Some(excess))
    }

    /// A clock on which no sleep ends.
    pub(super) fn stopped() -> Self {
        Self::with_excess(None)
    }

    fn with_excess(excess: Option<Duration>) -> Self {
        let start = Instant::now();
        Self(Arc::new(Mutex::new(State { start, now: start, sleeps: Vec::new(), excess })))
    }

    /// How long each sleep was to be, in seconds.
    pub(super) fn sleeps(&self) -> Vec<f64> {
        self.0.lock().unwrap().sleeps.iter().map(Duration::as_secs_f64).collect()
    }

    pub(super) fn elapsed(&self) -> Duration {
        let state = self.0.lock().unwrap();
        state.now - state.start
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut state = self.0.lock().unwrap();
        state.sleeps.push(duration);
        let Some(excess) = state.excess else { return Box::pin(std::future::poll_fn(|_| Poll::Pending)) };
        state.now += duration + excess;
        Box::pin(async {})
    }
}

/// Chance that is always in the middle.
pub(super) struct Middle;

impl Random for Middle {
    fn bits(&self) -> Option<u128> {
        Some(1 << 127)
    }
}

/// No chance at all.
pub(super) struct Exhausted;

impl Random for Exhausted {
    fn bits(&self) -> Option<u128> {
        None
    }
}
