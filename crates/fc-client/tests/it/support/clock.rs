//! A clock and random numbers for tests.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use fc_client::{Clock, Random};

/// A clock that moves only when a caller sleeps. Clones are one clock.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<State>>);

struct State {
    start: Instant,
    now: Instant,
    sleeps: Vec<Duration>,
    /// How much longer than asked for each sleep lasts; `None` if it never ends.
    excess: Option<Duration>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self::with_excess(Some(Duration::ZERO))
    }

    /// A clock on which each sleep lasts longer by `excess`, as when the machine is suspended.
    pub(crate) fn jumping(excess: Duration) -> Self {
        Self::with_excess(Some(excess))
    }

    /// A clock on which no sleep ends.
    pub(crate) fn stopped() -> Self {
        Self::with_excess(None)
    }

    fn with_excess(excess: Option<Duration>) -> Self {
        let start = Instant::now();
        Self(Arc::new(Mutex::new(State { start, now: start, sleeps: Vec::new(), excess })))
    }

    /// The length of each sleep, in seconds.
    pub(crate) fn sleeps(&self) -> Vec<f64> {
        self.0.lock().unwrap().sleeps.iter().map(Duration::as_secs_f64).collect()
    }

    pub(crate) fn elapsed(&self) -> Duration {
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

/// Random numbers that are always in the middle.
pub(crate) struct Middle;

impl Random for Middle {
    fn bits(&self) -> Option<u128> {
        Some(1 << 127)
    }
}

/// A source without random numbers.
pub(crate) struct Exhausted;

impl Random for Exhausted {
    fn bits(&self) -> Option<u128> {
        None
    }
}
