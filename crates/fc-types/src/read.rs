//! How the fields of an object are read: into the place where they stay.
//!
//! An account has a thousand bytes. serde hands every value back through one `Result` after another, and each of them
//! copies it; those copies were an eighth of the time that a page took to decode. So an object begins blank, and each
//! field is read where it lies. A blank value is never seen: what fails to decode is dropped whole.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A value that can be read into place.
///
/// Public only because [`List`](crate::List) names it in a bound; it cannot be reached.
pub trait Read<'de>: Sized {
    /// The value before anything was read. It allocates nothing, but for what is boxed.
    fn blank() -> Self;

    /// Reads into this value, which is blank.
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// Reads a value as serde wants it: handed back.
pub(crate) fn read<'de, T: Read<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::blank();
    value.read(deserializer)?;
    Ok(value)
}

/// The place that a value is read into.
pub(crate) struct Place<'a, T>(pub(crate) &'a mut T);

impl<'de, T: Read<'de>> DeserializeSeed<'de> for Place<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.read(deserializer)
    }
}

impl<'de, T: Read<'de>> Read<'de> for Option<T> {
    fn blank() -> Self {
        None
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(Place(self))
    }
}

impl<'de, T: Read<'de>> Visitor<'de> for Place<'_, Option<T>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("option")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.insert(T::blank()).read(deserializer)
    }
}

impl<'de, T: Read<'de>> Read<'de> for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(Place(self))
    }
}

impl<'de, T: Read<'de>> Visitor<'de> for Place<'_, Vec<T>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        // A blank item at the end is what the next one is read into.
        let mut item = T::blank();
        while seq.next_element_seed(Place(&mut item))?.is_some() {
            self.0.push(std::mem::replace(&mut item, T::blank()));
        }
        Ok(())
    }
}

/// An object that may hold another of its kind.
impl<'de, T: Read<'de>> Read<'de> for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        (**self).read(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Read<'de> for HashMap<String, T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Deserialize::deserialize(deserializer)?;
        Ok(())
    }
}

/// Values that are small enough to be handed back.
macro_rules! read_by_value {
    ($($name:ty = $blank:expr;)+) => {$(
        impl<'de> Read<'de> for $name {
            fn blank() -> Self {
                $blank
            }

            fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                *self = Deserialize::deserialize(deserializer)?;
                Ok(())
            }
        }
    )+};
}

read_by_value! {
    Box<str> = Box::default();
    String = String::new();
    bool = false;
    f64 = 0.0;
    i32 = 0;
    i64 = 0;
    u32 = 0;
    u64 = 0;
    Map<String, Value> = Map::new();
    Value = Value::Null;
    crate::AccountLimit = crate::AccountLimit::Unlimited;
    crate::Amounts = Self::default();
}

#[cfg(test)]
mod tests {
    use super::{HashMap, Read};
    use crate::{Account, BalanceRefresh, List};

    #[test]
    fn of_a_field_that_comes_twice_the_later_one_counts_alone() {
        let refresh: BalanceRefresh = serde_json::from_str(
            r#"{"last_attempted_at": 1, "next_refresh_available_at": 5, "status": "pending",
                "status": "failed", "next_refresh_available_at": null, "last_attempted_at": 2}"#,
        )
        .unwrap();
        let json = serde_json::to_string(&refresh).unwrap();
        assert_eq!(json, r#"{"last_attempted_at":2,"next_refresh_available_at":null,"status":"failed"}"#);
        let page: List<u64> =
            serde_json::from_str(r#"{"data": [1, 2], "data": [3], "has_more": false, "url": ""}"#).unwrap();
        assert_eq!(page.data, [3]);
    }

    #[test]
    fn a_value_that_does_not_decode_is_no_value() {
        let page =
            r#"{"object": "list", "data": [{"id": "fca_1", "created": 1}], "has_more": false, "url": ""}"#;
        let error = serde_json::from_str::<List<Account>>(page).unwrap_err().to_string();
        assert!(error.starts_with("missing field `category` at line 1"), "{error}");
    }

    /// No object of the pinned API holds another of its kind or a map of objects; one of the next may.
    #[test]
    fn a_box_and_a_map_are_read_like_what_they_hold() {
        let mut boxed = Box::<Option<i64>>::blank();
        boxed.read(&mut serde_json::Deserializer::from_str("3")).unwrap();
        assert_eq!(*boxed, Some(3));
        let mut map = HashMap::<String, bool>::blank();
        map.read(&mut serde_json::Deserializer::from_str(r#"{"a": true}"#)).unwrap();
        assert_eq!(map, HashMap::from([("a".to_owned(), true)]));
    }
}
