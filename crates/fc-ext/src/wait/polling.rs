//! Intervals and time limit of polling.

use std::time::Duration;

/// Intervals and time limit of polling.
///
/// The interval between two polls doubles, from [`first`](Polling::first) to [`longest`](Polling::longest): an
/// exponential backoff. The last interval is cut short, so that the last poll starts when the limit is reached.
///
/// A plain [`Duration`] is a limit with the default intervals.
///
/// ```
/// use std::time::Duration;
/// use fc_ext::Polling;
///
/// // Polls after 1, 3, 7, 15, 25 and 30 seconds.
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
    /// Shorter intervals would only hit Stripe's rate limit.
    const SHORTEST: Duration = Duration::from_millis(100);

    /// Polls for at most this long. The time of the last call comes on top.
    pub const fn within(limit: Duration) -> Self {
        Self { limit, first: Duration::from_secs(1), longest: Duration::from_secs(10) }
    }

    /// Interval between the first two polls. Default: one second. Minimum: 100 ms.
    pub const fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// Longest interval between two polls. Default: ten seconds. Minimum: 100 ms.
    pub const fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    pub(super) const fn limit(self) -> Duration {
        self.limit
    }

    /// The intervals between polls, without end.
    pub(crate) fn intervals(self) -> impl Iterator<Item = Duration> {
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
    fn the_first_interval_is_not_longer_than_the_longest() {
        let polling = Polling::within(Duration::from_secs(60)).first(Duration::from_secs(20));
        assert_eq!(seconds(polling), [10.0; 6]);
    }

    #[test]
    fn polling_is_never_a_busy_loop() {
        let polling = Polling::within(Duration::MAX).first(Duration::ZERO).longest(Duration::ZERO);
        assert_eq!(seconds(polling), [0.1; 6]);
        let polling = Polling::within(Duration::MAX).first(Duration::MAX).longest(Duration::MAX);
        assert_eq!(polling.intervals().nth(3), Some(Duration::MAX));
    }
}
