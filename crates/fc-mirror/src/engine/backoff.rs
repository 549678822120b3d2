//! Pauses after failures.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Longest pause. An account that fails is tried at least this often.
pub(crate) const LONGEST: Duration = Duration::from_secs(3600);

/// Longest time from now to a due time. One further ahead was written by a clock that was wrong.
pub(crate) const LATEST: Duration = Duration::from_secs(2 * 3600);

/// Pause before an attempt after `failures` failures in a row: exponential with jitter, and capped.
///
/// A failure that waiting does not change, such as a missing permission, starts at a minute.
pub(crate) fn pause(failures: i64, is_transient: bool, jitter: f64) -> Duration {
    let first = if is_transient { 1.0 } else { 60.0 };
    let doublings = i32::try_from(failures.clamp(0, 30)).unwrap_or(30);
    let longest = LONGEST.as_secs_f64().min(first * 2_f64.powi(doublings));
    // Half of it is random, so that accounts that failed together do not come back together.
    Duration::from_secs_f64(longest * (0.5 + 0.5 * jitter.clamp(0.0, 1.0)))
}

/// A random number from 0 up to 1.
pub(crate) fn random() -> f64 {
    // The keys of the standard hasher are random, and differ each time.
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_stay_under_an_hour() {
        let seconds = |failures, is_transient, jitter| pause(failures, is_transient, jitter).as_secs_f64();
        assert_eq!((seconds(0, true, 1.0), seconds(3, true, 1.0), seconds(0, false, 1.0)), (1.0, 8.0, 60.0));
        assert_eq!((seconds(3, true, 0.0), seconds(i64::MAX, true, 1.0)), (4.0, 3600.0));
    }

    #[test]
    fn random_numbers_differ_and_are_fractions() {
        let numbers: Vec<f64> = (0..100).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(numbers.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
