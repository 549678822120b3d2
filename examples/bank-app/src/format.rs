//! Money and dates as people read them.

use fc_ext::types::Currency;
use jiff::Timestamp;

/// An amount of minor units, such as `$1,234.50`.
pub(crate) fn money(amount: i64, currency: &str) -> String {
    let currency = Currency::from(currency);
    let decimals = currency.decimals();
    let unit = 10_u64.pow(decimals);
    let (whole, rest) = (amount.unsigned_abs() / unit, amount.unsigned_abs() % unit);
    let sign = if amount < 0 { "−" } else { "" };
    let mut digits = grouped(whole);
    if decimals > 0 {
        digits += &format!(".{rest:0width$}", width = decimals as usize);
    }
    match currency.as_str() {
        "usd" => format!("{sign}${digits}"),
        other => format!("{sign}{digits} {}", other.to_uppercase()),
    }
}

/// An amount without its decimals if they are zeros, for the scale of a chart.
pub(crate) fn short_money(amount: i64, currency: &str) -> String {
    let text = money(amount, currency);
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A day of UTC, such as `5 Nov 2026`.
pub(crate) fn day(at: i64) -> String {
    formatted(at, "%-d %b %Y")
}

/// A minute of UTC, such as `5 Nov 2026, 09:30 UTC`.
pub(crate) fn minute(at: i64) -> String {
    formatted(at, "%-d %b %Y, %H:%M UTC")
}

fn formatted(at: i64, format: &str) -> String {
    Timestamp::from_second(at).map_or_else(|_| at.to_string(), |time| time.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_its_sign_its_groups_and_the_decimals_of_its_currency() {
        assert_eq!(money(0, "usd"), "$0.00");
        assert_eq!(money(-5, "usd"), "−$0.05");
        assert_eq!(money(123_456_789, "usd"), "$1,234,567.89");
        assert_eq!(money(-100_000, "eur"), "−1,000.00 EUR");
        assert_eq!(money(1_500, "jpy"), "1,500 JPY");
        assert_eq!(money(i64::MIN, "usd"), "−$92,233,720,368,547,758.08");
        assert_eq!(
            (short_money(50_000, "usd"), short_money(50_050, "usd")),
            ("$500".into(), "$500.50".into())
        );
    }

    #[test]
    fn days_are_days_of_utc() {
        assert_eq!(day(1_790_000_000), "21 Sep 2026");
        assert_eq!(minute(1_790_000_000), "21 Sep 2026, 14:13 UTC");
    }
}
