//! The clock of the client.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// A source of time and sleep.
///
/// Retries, polling and deadlines use the clock of their client. In tests, give the client a clock that does not really
/// sleep:
///
/// ```
/// use std::pin::Pin;
/// use std::sync::{Arc, Mutex};
/// use std::time::{Duration, Instant};
///
/// use fc_client::Clock;
///
/// /// A clock that jumps forward instead of sleeping.
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
    /// The present on a monotonic clock, which never goes backward.
    fn now(&self) -> Instant;

    /// Sleeps while the future is awaited. Making the future, or dropping it early, does not sleep.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The clock of the machine, and the sleep of tokio.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        // Not the standard library's clock: a test can pause tokio's clock, and its sleep with it.
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
