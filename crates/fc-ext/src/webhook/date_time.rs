//! Times as texts, the form of thin events: `2026-10-28T12:00:00.000Z`.

use fc_types::Timestamp;

/// Reads a date and time with an offset (RFC 3339). Fractions of a second are cut off.
///
/// Written here, because a calendar library would be one more crate for every program, for one field.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = (clock.get(..8)?, clock.get(8..)?);
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if offset.len() == fraction.len() {
                return None;
            }
            offset
        }
    };
    let is_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    // A leap second is the last second of its minute.
    let is_time = hour <= 23 && minute <= 59 && second <= 60;
    let seconds = hour * 3_600 + minute * 60 + second.min(59) - offset_seconds(offset)?;
    (is_date && is_time).then(|| Timestamp::from_secs(days_since_epoch(year, month, day) * 86_400 + seconds))
}

/// Three numbers of this many digits with a separator between them.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut read = [0; 3];
    for (number, digits) in read.iter_mut().zip(digits) {
        let part = parts.next()?;
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then_some(read)
}

/// `Z`, or hours and minutes that the local time is ahead of UTC.
fn offset_seconds(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let [hours, minutes, _] = numbers(&format!("{rest}:00"), ':', [2, 2, 2])?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March, so that the leap day is its last day.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // Months from March on have 31, 30, 31, 30, 31 days, twice, and then 31.
    let days_before = (153 * month + 2) / 5;
    // 1970-01-01 is day 719,468 of this count.
    year * 365 + leap_days + days_before + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fractions_are_cut_off_and_offsets_count() {
        for (text, seconds) in [
            ("2026-10-28T12:00:00.000Z", 1_793_188_800),
            ("2026-10-28T12:00:00.999Z", 1_793_188_800),
            ("2026-10-28T12:00:00Z", 1_793_188_800),
            ("2026-10-28t14:00:00+02:00", 1_793_188_800),
            ("2026-10-28 07:30:00.5-04:30", 1_793_188_800),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.900Z", -1),
            ("2016-12-31T23:59:60Z", 1_483_228_799),
            ("2024-02-29T00:00:00Z", 1_709_164_800),
        ] {
            assert_eq!(timestamp(text), Some(Timestamp::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "1793188800",
            "2026-10-28",
            "2026-10-28T12:00:00",
            "2026-10-28T12:00:00.Z",
            "2026-10-28T12:00Z",
            "2026-10-28T24:00:00Z",
            "2026-10-28T12:60:00Z",
            "2026-10-28T12:00:61Z",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-00-01T12:00:00Z",
            "2026-01-00T12:00:00Z",
            "+026-10-28T12:00:00Z",
            "2026-10-28T12:00:00+2:00",
            "2026-10-28T12:00:00+24:00",
            "2026-10-28T12:00:00Z ",
            "２026-10-28T12:00:00Z",
        ] {
            assert_eq!(timestamp(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_time_that_a_calendar_library_writes_is_read(
            seconds in -62_135_596_800_i64..253_402_300_799,
            nanos in 0..1_000_000_000_i32,
        ) {
            let time = jiff::Timestamp::new(seconds, nanos).or_else(|_| jiff::Timestamp::new(seconds, 0)).unwrap();
            prop_assert_eq!(timestamp(&time.to_string()), Some(Timestamp::from_secs(time.as_second() - i64::from(time.subsec_nanosecond() < 0))));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = timestamp(&text);
        }
    }
}
