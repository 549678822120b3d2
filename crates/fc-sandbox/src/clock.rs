//! The clock of a sandbox: the only source of time, so a month can pass in one call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use tokio::sync::watch;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// A point in time, in milliseconds since the Unix epoch.
///
/// The API counts seconds. Milliseconds allow delays shorter than a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Instant(i64);

impl Instant {
    /// The end of the year 9999, where every clock stops.
    pub(crate) const END: Self = Self::from_unix(253_402_300_799);

    /// The earliest time in a record: the start of the year 1900.
    const START: Self = Self::from_unix(-2_208_988_800);

    /// Later than every time on a clock.
    pub(crate) const NEVER: Self = Self(i64::MAX);

    /// The time of the machine. A time before 1970 counts as 1970.
    fn of_machine() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis))
    }

    pub(crate) const fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Seconds since the Unix epoch, as the API shows them.
    pub(crate) const fn unix(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub(crate) fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)).min(Self::END.0))
    }

    pub(crate) fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// The time since an earlier instant; zero since a later one.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }
}

/// A time outside of the years 1900 to 9999 is refused: no clock shows it, and sums with it overflow.
impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let instant = Self(i64::deserialize(deserializer)?);
        if instant < Self::START || instant > Self::END {
            let message = format_args!("the time {} is not in the years 1900 to 9999", instant.0);
            return Err(D::Error::custom(message));
        }
        Ok(instant)
    }
}

/// Reads Unix seconds that a record may hold, for `deserialize_with`.
pub(crate) fn unix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let seconds = i64::deserialize(deserializer)?;
    if seconds < Instant::START.unix() || seconds > Instant::END.unix() {
        return Err(D::Error::custom(format_args!("the time {seconds} is not in the years 1900 to 9999")));
    }
    Ok(seconds)
}

/// Reads Unix seconds or null, for `deserialize_with`. The field needs a `default` too.
pub(crate) fn unix_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    struct Unix(#[serde(deserialize_with = "unix")] i64);
    Ok(Option::<Unix>::deserialize(deserializer)?.map(|Unix(seconds)| seconds))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The clock of a sandbox. Clones share one clock.
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
    state: Arc<Mutex<ClockState>>,
    /// Notifies the dispatcher that the clock was moved, stopped or started.
    moved: watch::Sender<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClockState {
    /// Runs ahead of the machine's clock by this many milliseconds.
    Running { ahead: i64 },
    /// Stands still at this time.
    Frozen(Instant),
}

impl ClockState {
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
    /// A clock that shows the time of the machine.
    #[must_use]
    pub fn real() -> Self {
        Self::new(ClockState::Running { ahead: 0 })
    }

    /// A clock that stands still at `unix` (Unix seconds) until it is advanced. A time before 1970 counts as 1970.
    #[must_use]
    pub fn frozen(unix: i64) -> Self {
        Self::new(ClockState::Frozen(Instant::from_unix(unix).clamp(Instant::from_unix(0), Instant::END)))
    }

    fn new(state: ClockState) -> Self {
        Self { state: Arc::new(Mutex::new(state)), moved: watch::Sender::default() }
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.instant().unix()
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self.state(), ClockState::Frozen(_))
    }

    /// Moves the clock forward. Tasks that fall due on the way run in order, each at its due time. The clock stops at the end
    /// of the year 9999.
    pub fn advance(&self, by: Duration) {
        self.change(|state| match state {
            ClockState::Running { ahead } => ClockState::Running { ahead: ahead.saturating_add(millis(by)) },
            ClockState::Frozen(at) => ClockState::Frozen(at.after(by)),
        });
    }

    /// Stops the clock at its current time.
    pub fn freeze(&self) {
        self.change(|state| ClockState::Frozen(state.now()));
    }

    /// Starts the clock at its current time.
    pub fn resume(&self) {
        self.change(|state| ClockState::Running {
            ahead: state.now().0.saturating_sub(Instant::of_machine().0),
        });
    }

    pub(crate) fn instant(&self) -> Instant {
        self.state().now()
    }

    /// The time of the machine, which the sandbox's time does not follow once it was moved.
    pub(crate) fn machine(&self) -> Instant {
        Instant::of_machine()
    }

    /// Sets the clock to a time, frozen or running.
    pub(crate) fn show(&self, at: Instant, frozen: bool) {
        let at = at.min(Instant::END);
        self.set(if frozen {
            ClockState::Frozen(at)
        } else {
            ClockState::Running { ahead: at.0.saturating_sub(Instant::of_machine().0) }
        });
    }

    /// Restores a state of the clock.
    pub(crate) fn set(&self, state: ClockState) {
        self.change(|_| state);
    }

    /// The state of the clock, to be restored with [`Clock::set`].
    pub(crate) fn state(&self) -> ClockState {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(ClockState) -> ClockState) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = change(*state);
        drop(state);
        self.moved.send_replace(());
    }

    /// Changes each time the clock is moved, stopped or started.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// The real time until `at`. None while the clock stands still.
    pub(crate) fn until(&self, at: Instant) -> Option<Duration> {
        match self.state() {
            ClockState::Frozen(_) => None,
            state @ ClockState::Running { .. } => {
                Some(Duration::from_millis(at.0.saturating_sub(state.now().0).max(0).unsigned_abs()))
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
