//! Time as the client sees it: how much has passed, and letting some pass.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// Measures time and lets it pass.
///
/// Everything that waits, waits by the clock of its client. In tests, give the client one that does not really sleep:
///
/// ```
/// use std::pin::Pin;
/// use std::sync::{Arc, Mutex};
/// use std::time::{Duration, Instant};
///
/// use fc_client::Clock;
///
/// /// A clock on which a sleep is over at once, and which is later for it.
/// #[derive(Clone)]
/// struct Leaping(Arc<Mutex<Instant>>);
///
/// impl Clock for Leaping {
///     fn now(&self) -> Instant {
///         *self.0.lock().unwrap()
///     }
///
///     fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
///         let clock = self.clone();
///         Box::pin(async move { *clock.0.lock().unwrap() += duration })
///     }
/// }
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The present, on a clock that never goes backward, whatever happens to the time of day.
    fn now(&self) -> Instant;

    /// Lets time pass while the future is awaited; none passes when it is only made, or dropped before its end.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The clock of the machine, and the sleep of tokio.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        // Not the standard library's: tokio's stands still where a test has paused it, as its sleep does.
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
