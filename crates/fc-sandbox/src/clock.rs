//! The sandbox's clock: the only source of time, so that a month can pass in one call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A point in time, in milliseconds since the Unix epoch.
///
/// The API speaks in seconds; delays shorter than one need more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Instant(i64);

impl Instant {
    /// The end of the year 9999, past which calendars do not go.
    pub(crate) const END: Self = Self::from_unix(253_402_300_799);

    /// The machine's time; a machine set before 1970 counts as at 1970.
    pub(crate) fn of_machine() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis))
    }

    pub(crate) const fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Seconds since the Unix epoch, as the API shows them.
    pub(crate) const fn unix(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub(crate) const fn millis(self) -> i64 {
        self.0
    }

    pub(crate) fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)).min(Self::END.0))
    }

    pub(crate) fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// What time it is in a sandbox. Clones share one clock.
///
/// ```
/// use std::time::Duration;
/// use fc_sandbox::Clock;
///
/// let clock = Clock::frozen(1_790_000_000);
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now(), 1_790_003_600);
/// ```
#[derive(Clone, Debug)]
pub struct Clock {
    hands: Arc<Mutex<Hands>>,
    /// Tells whoever waits for a time that the clock was moved.
    moved: watch::Sender<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hands {
    /// Follows the machine's clock, ahead of it by this many milliseconds.
    Running { ahead: i64 },
    /// Stands still until told otherwise.
    Frozen(Instant),
}

impl Hands {
    fn now(self) -> Instant {
        match self {
            Self::Running { ahead } => {
                Instant(Instant::of_machine().0.saturating_add(ahead).min(Instant::END.0))
            }
            Self::Frozen(at) => at,
        }
    }
}

impl Clock {
    /// A clock that runs with the machine's.
    #[must_use]
    pub fn real() -> Self {
        Self::new(Hands::Running { ahead: 0 })
    }

    /// A clock that stands at `unix` (seconds since the epoch) until it is advanced.
    #[must_use]
    pub fn frozen(unix: i64) -> Self {
        Self::new(Hands::Frozen(Instant::from_unix(unix).min(Instant::END)))
    }

    fn new(hands: Hands) -> Self {
        Self { hands: Arc::new(Mutex::new(hands)), moved: watch::Sender::default() }
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.instant().unix()
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self.read(), Hands::Frozen(_))
    }

    /// Moves the clock forward; what falls due on the way happens at its own time, in order. It ends with the year 9999.
    pub fn advance(&self, by: Duration) {
        self.change(|hands| match hands {
            Hands::Running { ahead } => Hands::Running { ahead: ahead.saturating_add(millis(by)) },
            Hands::Frozen(at) => Hands::Frozen(at.after(by)),
        });
    }

    /// Stops the clock where it is.
    pub fn freeze(&self) {
        self.change(|hands| Hands::Frozen(hands.now()));
    }

    /// Lets the clock run on from where it is.
    pub fn resume(&self) {
        self.change(|hands| Hands::Running { ahead: hands.now().0.saturating_sub(Instant::of_machine().0) });
    }

    pub(crate) fn instant(&self) -> Instant {
        self.read().now()
    }

    /// Sets the clock to a time, from which it runs or at which it stands.
    pub(crate) fn show(&self, at: Instant, frozen: bool) {
        let at = at.min(Instant::END);
        self.set(if frozen {
            Hands::Frozen(at)
        } else {
            Hands::Running { ahead: at.0.saturating_sub(Instant::of_machine().0) }
        });
    }

    /// Sets the clock as it was read before.
    pub(crate) fn set(&self, hands: Hands) {
        self.change(|_| hands);
    }

    pub(crate) fn read(&self) -> Hands {
        *self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(Hands) -> Hands) {
        let mut hands = self.hands.lock().unwrap_or_else(PoisonError::into_inner);
        *hands = change(*hands);
        drop(hands);
        self.moved.send_replace(());
    }

    /// Changes each time the clock is moved, stopped or started.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// How long it is until then in real time; for ever while the clock stands still.
    pub(crate) fn until(&self, at: Instant) -> Option<Duration> {
        match self.read() {
            Hands::Frozen(_) => None,
            hands @ Hands::Running { .. } => {
                Some(Duration::from_millis(at.0.saturating_sub(hands.now().0).max(0).unsigned_abs()))
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_advanced() {
        let clock = Clock::frozen(100);
        assert_eq!(clock.now(), 100);
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.now(), 101);
        clock.advance(Duration::from_millis(500));
        assert_eq!(clock.now(), 102);
    }

    #[test]
    fn a_running_clock_keeps_what_it_was_advanced_by() {
        let clock = Clock::real();
        let before = clock.now();
        clock.advance(Duration::from_secs(86_400));
        clock.freeze();
        assert!(clock.is_frozen() && clock.now() >= before + 86_400);
        clock.resume();
        assert!(!clock.is_frozen() && clock.now() >= before + 86_400);
    }

    #[test]
    fn the_clock_stops_at_the_end_of_the_year_9999() {
        for clock in [Clock::frozen(i64::MAX), Clock::frozen(0), Clock::real()] {
            clock.advance(Duration::MAX);
            clock.advance(Duration::MAX);
            assert_eq!(clock.now(), 253_402_300_799);
        }
    }
}
