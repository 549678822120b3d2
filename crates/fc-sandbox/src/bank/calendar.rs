//! The calendar of a bank: business days, and the days of bills. Days are in UTC.

use jiff::civil::{Date, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// In seconds.
pub(crate) const HOUR: i64 = 3_600;
/// In seconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// The time of day at which banks post, after midnight.
const POSTING_TIME: i64 = 6 * HOUR;
/// The hour of the day at which bills are due.
const BILL_HOUR: i8 = 9;
/// The first payday since 1970: Friday, 2 January 1970, at [`BILL_HOUR`].
const FIRST_PAYDAY: i64 = DAY + BILL_HOUR as i64 * HOUR;
const FORTNIGHT: i64 = 14 * DAY;

/// The day on which a bill is due.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BillDay {
    /// Every second Friday.
    Fortnight,
    /// This day of each month.
    Month(i8),
}

impl BillDay {
    /// The first due time after `after`.
    pub(crate) fn next(self, after: i64) -> i64 {
        match self {
            Self::Fortnight => {
                let passed = (after - FIRST_PAYDAY).div_euclid(FORTNIGHT);
                FIRST_PAYDAY + (passed + 1) * FORTNIGHT
            }
            Self::Month(day) => next_in_month(day, after).unwrap_or(i64::MAX),
        }
    }
}

/// None past the end of jiff's calendar.
fn next_in_month(day: i8, after: i64) -> Option<i64> {
    let first = date(after)?.first_of_month();
    let in_month = |first: Date| {
        let date = first.with().day(day).build().ok()?;
        Some(date.at(BILL_HOUR, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    };
    let this = in_month(first)?;
    if this > after { Some(this) } else { in_month(first.checked_add(1.month()).ok()?) }
}

/// The posting time `days` business days after `at`.
pub(crate) fn business_morning(at: i64, days: u32) -> i64 {
    let mut day = at.div_euclid(DAY);
    let mut left = days;
    while left > 0 {
        day += 1;
        if !is_weekend(day * DAY) {
            left -= 1;
        }
    }
    day * DAY + POSTING_TIME
}

/// Whether `at` is on a weekend; no time past the end of jiff's calendar is.
pub(crate) fn is_weekend(at: i64) -> bool {
    date(at).is_some_and(|date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday))
}

fn date(at: i64) -> Option<Date> {
    Some(Offset::UTC.to_datetime(Timestamp::from_second(at).ok()?).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Friday, 25 September 2026, 12:00:00 UTC.
    const FRIDAY: i64 = 1_790_337_600;

    #[test]
    fn paydays_are_fridays_two_weeks_apart_and_after_the_given_time() {
        let mut payday = BillDay::Fortnight.next(FRIDAY);
        assert!(payday > FRIDAY && payday <= FRIDAY + FORTNIGHT);
        for _ in 0..60 {
            assert_eq!(date(payday).map(Date::weekday), Some(Weekday::Friday));
            assert_eq!(BillDay::Fortnight.next(payday - 1), payday);
            assert_eq!(BillDay::Fortnight.next(payday), payday + FORTNIGHT);
            payday += FORTNIGHT;
        }
    }

    #[test]
    fn business_mornings_skip_the_weekend() {
        let monday = FRIDAY - 12 * HOUR + 3 * DAY + POSTING_TIME;
        for (at, days, expected) in [
            (FRIDAY - DAY, 1, monday - 3 * DAY),
            (FRIDAY, 1, monday),
            (FRIDAY, 2, monday + DAY),
            (FRIDAY + DAY, 1, monday),
            (FRIDAY + 2 * DAY, 1, monday),
        ] {
            assert_eq!(business_morning(at, days), expected, "{at} {days}");
        }
    }
}
