//! The sandbox's clock as the clock of a client.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::clock::{self, Clock};
use crate::lock::lock;

/// The sandbox's clock as the clock of a client under test: its time is the sandbox's time, and a sleep of the client moves
/// the sandbox's clock instead of waiting. So a client that polls a refresh sees it end, without real time.
///
/// Clones share one time. The methods are those of `fc_client::Clock`, which this crate does not depend on:
///
/// ```
/// use std::pin::Pin;
/// use std::time::{Duration, Instant};
/// # trait Clock { fn now(&self) -> Instant; fn sleep(&self, by: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>; }
///
/// struct SandboxClock(fc_sandbox::ClientClock);
///
/// impl Clock for SandboxClock {
///     fn now(&self) -> Instant {
///         self.0.now()
///     }
///
///     fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
///         Box::pin(self.0.sleep(duration))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sandbox = fc_sandbox::Sandbox::builder().clock(fc_sandbox::Clock::frozen(1_790_000_000)).build();
/// let clock = SandboxClock(sandbox.clock().for_client());
/// let began = clock.now();
/// clock.sleep(Duration::from_secs(90)).await;
/// assert_eq!(clock.now() - began, Duration::from_secs(90));
/// assert_eq!(sandbox.clock().now(), 1_790_000_090);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ClientClock {
    clock: Clock,
    /// An instant of the machine, and the time of the sandbox that it stands for.
    origin: (Instant, clock::Instant),
    /// The latest time that was shown.
    latest: Arc<Mutex<Instant>>,
}

impl Clock {
    /// This clock as the clock of a client.
    #[must_use]
    pub fn for_client(&self) -> ClientClock {
        let now = Instant::now();
        ClientClock { clock: self.clone(), origin: (now, self.instant()), latest: Arc::new(Mutex::new(now)) }
    }
}

impl ClientClock {
    /// The present. It never goes backward, even if an imported state moves the sandbox's clock back.
    #[must_use]
    pub fn now(&self) -> Instant {
        let (machine, sandbox) = self.origin;
        let shown = machine.checked_add(self.clock.instant().since(sandbox)).unwrap_or(machine);
        let mut latest = lock(&self.latest);
        *latest = shown.max(*latest);
        *latest
    }

    /// Moves the sandbox's clock by `duration` when the future is awaited. Dropping the future before that moves nothing.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let clock = self.clock.clone();
        async move {
            clock.advance(duration);
            // Other tasks, such as the dispatcher, run before the client goes on.
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleep_moves_both_clocks_and_takes_no_time() {
        let clock = Clock::frozen(100);
        let client = clock.for_client();
        let began = client.now();
        drop(client.sleep(Duration::from_secs(3600)));
        assert_eq!(client.now(), began, "a sleep that is not awaited moves nothing");
        client.sleep(Duration::from_millis(1500)).await;
        assert_eq!(client.now() - began, Duration::from_millis(1500));
        assert_eq!(clock.now(), 101);
        clock.advance(Duration::from_secs(60));
        assert_eq!(client.clone().now() - began, Duration::from_millis(61_500));
    }

    #[test]
    fn the_clients_clock_never_goes_backward() {
        let clock = Clock::frozen(1000);
        let client = clock.for_client();
        clock.advance(Duration::from_secs(10));
        let later = client.now();
        clock.show(clock::Instant::from_unix(5), true);
        assert_eq!(client.now(), later);
        clock.advance(Duration::MAX);
        assert!(client.now() > later, "also at the end of the clock");
    }
}
