//! Time of the engine under test: faster than the machine's, or virtual.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use fc_ext::Clock;

use crate::virtual_time::VirtualTime;

/// How much faster fast time runs: a second takes ten milliseconds.
const SPEED: u32 = 100;

/// Clock of the engine under test.
#[derive(Clone)]
pub(crate) struct TestClock {
    time: Time,
    /// Correction of the time of day, in milliseconds.
    step_ms: Arc<AtomicI64>,
}

#[derive(Clone)]
enum Time {
    /// Runs [`SPEED`] times as fast as the machine's. A busy machine makes the engine slow in it.
    Fast(Instant),
    /// Stands still while the engine works. The load of the machine does not matter.
    Virtual(VirtualTime),
}

impl TestClock {
    pub(crate) fn fast() -> Self {
        Self { time: Time::Fast(Instant::now()), step_ms: Arc::default() }
    }

    pub(crate) fn of(time: VirtualTime) -> Self {
        Self { time: Time::Virtual(time), step_ms: Arc::default() }
    }

    /// Time of day, in milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        let passed = match &self.time {
            Time::Fast(start) => start.elapsed() * SPEED,
            Time::Virtual(time) => time.passed(),
        };
        super::bank::START * 1000
            + i64::try_from(passed.as_millis()).unwrap()
            + self.step_ms.load(Ordering::Relaxed)
    }

    /// Sets the time of day forward or back, as a correction by NTP does.
    pub(crate) fn step(&self, milliseconds: i64) {
        self.step_ms.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Tells how far virtual time moved, each time.
    pub(crate) fn follow(&self, follower: impl Fn(Duration) + Send + Sync + 'static) {
        let Time::Virtual(time) = &self.time else { panic!("fast time tells nothing") };
        time.follow(follower);
    }

    /// Sleeps in the server of a call.
    pub(crate) async fn sleep_in_call(&self, duration: Duration) {
        match &self.time {
            Time::Fast(_) => self.sleep(duration).await,
            Time::Virtual(time) => time.sleep_in_call(duration).await,
        }
    }

    /// Runs a future to its end, and lets virtual time pass meanwhile.
    pub(crate) async fn drive<T>(&self, future: impl Future<Output = T>) -> T {
        match &self.time {
            Time::Fast(_) => future.await,
            Time::Virtual(time) => time.drive(future).await,
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        match &self.time {
            Time::Fast(start) => *start + start.elapsed() * SPEED,
            Time::Virtual(time) => time.now(),
        }
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        match &self.time {
            Time::Fast(_) => Box::pin(tokio::time::sleep(duration / SPEED)),
            Time::Virtual(time) => Box::pin(time.sleep(duration)),
        }
    }
}
