//! The names that a type accepts in JSON, read from its `Deserialize`.
//!
//! A derived `Deserialize` passes all its names to the error for an unknown one. The help of the controls takes them from
//! there, so a new variant or field appears in the help without another list.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{self, IntoDeserializer};

/// The names of the variants of an enum without fields.
pub(crate) fn of_variants<T: Deserialize<'static>>() -> &'static [&'static str] {
    let unknown: StrDeserializer<'_, Expected> = "".into_deserializer();
    match T::deserialize(unknown) {
        Err(Expected::Variants(names)) => names,
        _ => &[],
    }
}

/// The names of the variants of an enum with the tag `tag`.
pub(crate) fn of_tags<T: Deserialize<'static>>(tag: &'static str) -> &'static [&'static str] {
    match of_map::<T>([(tag, "")]) {
        Err(Expected::Variants(names)) => names,
        _ => &[],
    }
}

/// The names of the fields of the variant `name`, besides the tag `tag`; none for another enum's variant.
///
/// The enum must deny unknown fields.
pub(crate) fn of_fields<T: Deserialize<'static>>(
    tag: &'static str,
    name: &'static str,
) -> &'static [&'static str] {
    match of_map::<T>([(tag, name), ("", "")]) {
        Err(Expected::Fields(names)) => names,
        _ => &[],
    }
}

fn of_map<T: Deserialize<'static>>(
    members: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> Result<T, Expected> {
    T::deserialize(MapDeserializer::new(members.into_iter()))
}

/// An error that keeps the names that were expected.
#[derive(Debug)]
enum Expected {
    Variants(&'static [&'static str]),
    Fields(&'static [&'static str]),
    Other,
}

impl de::Error for Expected {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self::Other
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Variants(expected)
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Fields(expected)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("other names were expected")
    }
}

impl std::error::Error for Expected {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Plain {
        First,
        SecondOne,
    }

    #[derive(Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only their names are read")]
    enum Tagged {
        Empty,
        Full { one: u8, two: u8 },
    }

    #[test]
    fn names_come_from_the_type() {
        assert_eq!(of_variants::<Plain>(), ["first", "second_one"]);
        assert_eq!(of_tags::<Tagged>("kind"), ["empty", "full"]);
        assert_eq!(of_fields::<Tagged>("kind", "full"), ["one", "two"]);
        assert_eq!(of_fields::<Tagged>("kind", "empty"), [""; 0]);
        assert_eq!(of_fields::<Tagged>("kind", "other"), [""; 0]);
    }
}
