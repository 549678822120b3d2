//! Timestamps: whole seconds since the Unix epoch.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
///
/// It displays as that number, the form of the API. Convert it to [`SystemTime`], or pass
/// [`as_secs`](Timestamp::as_secs) to a calendar library.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use fc_types::Timestamp;
///
/// let created = Timestamp::from_secs(1_681_412_208);
/// assert_eq!(created + Duration::from_secs(60), Timestamp::from_secs(1_681_412_268));
/// assert!(SystemTime::from(created) > SystemTime::UNIX_EPOCH);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

transparent!(Timestamp(i64));

impl Timestamp {
    /// The present time by the clock of this machine, rounded down to a whole second.
    ///
    /// ```
    /// use fc_types::Timestamp;
    ///
    /// # fn age(fetched_at: Timestamp) -> std::time::Duration {
    /// let age = Timestamp::now().saturating_since(fetched_at);
    /// # age }
    /// ```
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The time this many seconds after the Unix epoch, or before it when negative.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this; zero if this is not later.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl FromStr for Timestamp {
    type Err = ParseIntError;

    /// Reads the number of seconds, the form that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    ///
    /// [`ParseIntError`] when the text is no whole number.
    fn from_str(seconds: &str) -> Result<Self, ParseIntError> {
        seconds.parse().map(Self)
    }
}

impl From<SystemTime> for Timestamp {
    /// Rounds fractions of a second down, toward the past.
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                -whole.saturating_add(i64::from(before.subsec_nanos() > 0))
            }
        };
        Self(seconds)
    }
}

impl From<Timestamp> for SystemTime {
    /// A time that the platform's clock cannot hold becomes the epoch.
    fn from(time: Timestamp) -> Self {
        let distance = Duration::from_secs(time.0.unsigned_abs());
        let moved =
            if time.0 < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
        moved.unwrap_or(UNIX_EPOCH)
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    /// Adds whole seconds; saturates at the largest time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    /// Subtracts whole seconds; saturates at the smallest time.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_before_the_epoch_rounds_toward_the_past() {
        let time = UNIX_EPOCH - Duration::from_millis(1_500);
        assert_eq!(Timestamp::from(time), Timestamp::from_secs(-2));
        assert_eq!(SystemTime::from(Timestamp::from_secs(-2)), UNIX_EPOCH - Duration::from_secs(2));
    }

    #[test]
    fn arithmetic_saturates() {
        let end = Timestamp::from_secs(i64::MAX);
        assert_eq!(end + Duration::from_secs(1), end);
        assert_eq!(Timestamp::from_secs(5).saturating_since(Timestamp::from_secs(9)), Duration::ZERO);
    }

    #[test]
    fn now_is_the_time_of_the_machine() {
        let before = Timestamp::from(SystemTime::now());
        let now = Timestamp::now();
        assert!(before <= now && now <= Timestamp::from(SystemTime::now()));
    }

    #[test]
    fn text_is_read_back() {
        for seconds in [i64::MIN, -1, 0, 1_681_412_208, i64::MAX] {
            let time = Timestamp::from_secs(seconds);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert!("2026-10-28".parse::<Timestamp>().is_err());
    }

    #[test]
    fn it_travels_as_a_number() {
        let time: Timestamp = serde_json::from_str("1681412208").unwrap();
        assert_eq!(time.as_secs(), 1_681_412_208);
        assert_eq!(serde_json::to_string(&time).unwrap(), "1681412208");
        assert!(serde_json::from_str::<Timestamp>("1.5").is_err());
    }
}
