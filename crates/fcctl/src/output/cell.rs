//! Values of one field, and how each form writes them.

use std::borrow::Cow;

use fc_ext::types::{Money, Timestamp};
use serde::{Serialize, Serializer};

/// Kind of the values of a column. Each may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Texts,
    Integer,
    Boolean,
    /// In JSON and CSV Unix seconds, in a table UTC.
    Time,
    /// In JSON and CSV minor units of the row's currency, in a table with decimals and currency.
    Amount,
    /// Any JSON.
    Json,
}

impl Kind {
    /// Whether a table aligns it to the right.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Amount)
    }
}

/// Value of a field of one row.
#[derive(Debug)]
pub(crate) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Texts(Vec<Cow<'a, str>>),
    Integer(i64),
    Boolean(bool),
    Time(Timestamp),
    Amount(Money),
    Json(serde_json::Value),
}

impl<'a> Cell<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(crate) fn texts(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Texts(texts.into_iter().map(Cow::Borrowed).collect())
    }

    pub(crate) fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Null, cell)
    }

    pub(crate) fn time(time: Option<Timestamp>) -> Self {
        Self::maybe(time, Self::Time)
    }

    /// Any serialisable value.
    pub(crate) fn json(value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::Null) | Err(_) => Self::Null,
            Ok(value) => Self::Json(value),
        }
    }

    /// The text of a table. Control characters come from outside and could steer the terminal, so none is printed.
    pub(crate) fn for_people(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => printable(text),
            Self::Texts(texts) => printable(&texts.join(", ")),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(true) => "yes".to_owned(),
            Self::Boolean(false) => "no".to_owned(),
            Self::Time(time) => in_utc(*time),
            Self::Amount(money) => money.to_string(),
            Self::Json(value) => printable(&value.to_string()),
        }
    }

    /// Hands the text of a CSV field to `write`; null is empty.
    pub(crate) fn for_csv<R>(&self, write: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Null => write(b""),
            Self::Text(text) => write(text.as_bytes()),
            Self::Texts(texts) => write(texts.join(" ").as_bytes()),
            Self::Integer(number) => write(number.to_string().as_bytes()),
            Self::Boolean(boolean) => write(if *boolean { b"true" } else { b"false" }),
            Self::Time(time) => write(time.to_string().as_bytes()),
            Self::Amount(money) => write(money.amount.to_string().as_bytes()),
            Self::Json(value) => write(value.to_string().as_bytes()),
        }
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Texts(texts) => serializer.collect_seq(texts),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Self::Time(time) => serializer.serialize_i64(time.as_secs()),
            Self::Amount(money) => serializer.serialize_i64(money.amount),
            Self::Json(value) => value.serialize(serializer),
        }
    }
}

/// Text without control characters.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A time as people read it, in UTC.
pub(crate) fn in_utc(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_secs()).map_or_else(|_| time.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_prints_no_control_character_of_a_bank() {
        let cell = Cell::text("Shop\u{1b}[31m\r\u{9b}2J");
        assert_eq!(cell.for_people(), "Shop\u{fffd}[31m\u{fffd}\u{fffd}2J");
        let cell = Cell::json(serde_json::json!({"a": "\u{1b}"}));
        assert!(!cell.for_people().contains('\u{1b}'));
    }

    #[test]
    fn programs_get_minor_units_and_unix_seconds() {
        let money = Cell::Amount(Money::new(-1050, "usd"));
        assert_eq!(serde_json::to_string(&money).expect("a number"), "-1050");
        assert_eq!(money.for_csv(<[u8]>::to_vec), b"-1050");
        assert_eq!(money.for_people(), "-10.50 usd");
        let time = Cell::Time(Timestamp::from_secs(1_790_000_000));
        assert_eq!(serde_json::to_string(&time).expect("a number"), "1790000000");
        assert_eq!(time.for_people(), "2026-09-21T14:13:20Z");
    }
}
