//! Waiting: for a refresh to end, or for an account to be as a condition says.

mod condition;
mod error;
mod outcome;
mod refresh;
mod watch;

use std::future::Future;
use std::ops::ControlFlow;
use std::time::Duration;

use fc_client::{Clock, RetrieveAccount};
use fc_types::Account;

pub use crate::wait::condition::{And, Condition, Not, Or, Settled, active, settled};
pub use crate::wait::error::{Elapsed, WaitError};
pub use crate::wait::outcome::{Outcome, Refreshed};
pub use crate::wait::refresh::Refresh;
pub(crate) use crate::wait::refresh::{settle_by_events, settle_by_polling};
pub use crate::wait::watch::RefreshWatch;

/// How often to look, and for how long.
///
/// The time between two looks doubles, from [`first`](Polling::first) to [`longest`](Polling::longest). No look is planned
/// past the limit: the last wait is cut short, so that the last look falls on the limit.
///
/// A plain [`Duration`] is a limit with the other settings at their defaults.
///
/// ```
/// use std::time::Duration;
/// use fc_ext::Polling;
///
/// // Looks after 1, 3, 7, 15, 25 and 30 seconds.
/// let polling = Polling::within(Duration::from_secs(30));
/// assert_eq!(polling, Polling::from(Duration::from_secs(30)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Polling {
    limit: Duration,
    first: Duration,
    longest: Duration,
}

impl Polling {
    /// Below this, polling would only make Stripe refuse calls.
    const SHORTEST: Duration = Duration::from_millis(100);

    /// Looks for this long at most, not counting the time that the last call takes.
    pub const fn within(limit: Duration) -> Self {
        Self { limit, first: Duration::from_secs(1), longest: Duration::from_secs(10) }
    }

    /// The time between the first two looks; one second if not given, and never less than 100 ms.
    pub const fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// The longest time between two looks; ten seconds if not given, and never less than 100 ms.
    pub const fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// The time between two looks, again and again.
    fn intervals(self) -> impl Iterator<Item = Duration> {
        let longest = self.longest.max(Self::SHORTEST);
        let first = self.first.clamp(Self::SHORTEST, longest);
        std::iter::successors(Some(first), move |interval| Some(interval.saturating_mul(2).min(longest)))
    }
}

impl From<Duration> for Polling {
    fn from(limit: Duration) -> Self {
        Self::within(limit)
    }
}

/// Retrieves an account until it is as wanted.
///
/// ```no_run
/// use std::time::Duration;
/// use fc_ext::{FinancialConnections, RefreshFeature, Until, settled};
///
/// # async fn run(fc: FinancialConnections, id: fc_ext::types::AccountId) -> Result<(), Box<dyn std::error::Error>> {
/// // The session prefetched both, so nobody has to ask for them.
/// let both = settled(RefreshFeature::Balance).and(settled(RefreshFeature::Ownership));
/// let account = fc.accounts().retrieve(&id).until(both, Duration::from_secs(60)).await?;
/// # Ok(()) }
/// # use fc_ext::Condition;
/// ```
pub trait Until: sealed::Sealed + Sized {
    /// Sends the request again and again, the first time at once, until its answer meets the condition.
    ///
    /// A call that fails for a reason that may pass, see [`Error::is_retryable`](fc_client::Error::is_retryable), is one more
    /// look that saw nothing; the waiting goes on.
    ///
    /// # Errors
    ///
    /// [`WaitError::Elapsed`] when the time was up first, with the account as last seen. [`WaitError::Request`] when a
    /// call failed for a reason that stays.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed by looking: dropping the future ends the wait, and another one may be begun at any time.
    fn until(
        self,
        condition: impl Condition + Send,
        polling: impl Into<Polling>,
    ) -> impl Future<Output = Result<Account, WaitError>> + Send;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for RetrieveAccount {}

impl Until for RetrieveAccount {
    fn until(
        self,
        condition: impl Condition + Send,
        polling: impl Into<Polling>,
    ) -> impl Future<Output = Result<Account, WaitError>> + Send {
        let polling = polling.into();
        async move {
            let met = move |account| match condition.is_met(&account) {
                true => ControlFlow::Break(account),
                false => ControlFlow::Continue(account),
            };
            poll(&self, polling, FirstLook::AtOnce, met).await
        }
    }
}

/// When a wait begins to look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstLook {
    AtOnce,
    /// The state of the moment is known.
    AfterInterval,
}

/// Sends `request` until `look` breaks off with what was wanted, instead of giving the answer back.
async fn poll<T>(
    request: &RetrieveAccount,
    polling: Polling,
    first: FirstLook,
    mut look: impl FnMut(Account) -> ControlFlow<T, Account>,
) -> Result<T, WaitError> {
    let clock: &dyn Clock = &**request.client().clock();
    let start = clock.now();
    let mut intervals = polling.intervals();
    let mut elapsed = Elapsed::new(polling.limit);
    let mut wait = first == FirstLook::AfterInterval;
    loop {
        if wait {
            let left = polling.limit.saturating_sub(clock.now().saturating_duration_since(start));
            if left.is_zero() {
                return Err(elapsed.into());
            }
            clock.sleep(intervals.next().unwrap_or(left).min(left)).await;
        }
        wait = true;
        match request.clone().send().await {
            Ok(account) => match look(account) {
                ControlFlow::Break(wanted) => return Ok(wanted),
                ControlFlow::Continue(account) => elapsed.saw(account),
            },
            Err(error) if error.is_retryable() => elapsed.missed(error),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(polling: Polling) -> Vec<f64> {
        polling.intervals().take(6).map(|interval| interval.as_secs_f64()).collect()
    }

    #[test]
    fn the_interval_doubles_up_to_the_longest() {
        let polling = Polling::within(Duration::from_secs(60));
        assert_eq!(seconds(polling), [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]);
        let polling = polling.first(Duration::from_millis(250)).longest(Duration::from_secs(3));
        assert_eq!(seconds(polling), [0.25, 0.5, 1.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn polling_is_never_a_busy_loop() {
        let polling = Polling::within(Duration::MAX).first(Duration::ZERO).longest(Duration::ZERO);
        assert_eq!(seconds(polling), [0.1; 6]);
        let polling = Polling::within(Duration::MAX).first(Duration::MAX).longest(Duration::MAX);
        assert_eq!(polling.intervals().nth(3), Some(Duration::MAX));
    }
}
