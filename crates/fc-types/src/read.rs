//! Reading in place: each field of an object is decoded where it stays.
//!
//! An account has a thousand bytes. serde returns every value through several `Result`s, and each of them copies it. Those
//! copies took an eighth of the time to decode a page. So an object begins blank, and each field is read into it. An object that
//! fails to decode is dropped. A caller sees a blank value only where it asks for one: `Default` of a model.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A value that can be read in place.
///
/// Public only because [`List`](crate::List) names it in a bound.
pub trait Read<'de>: Sized {
    /// Whether every object can be read, whatever its members are.
    const READS_EVERY_OBJECT: bool = false;

    /// The value before reading. It allocates nothing unless it is boxed.
    fn blank() -> Self;

    /// Reads into this blank value.
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// Reads a value and returns it, as serde expects.
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
        // The next item is read into a blank one.
        let mut item = T::blank();
        while seq.next_element_seed(Place(&mut item))?.is_some() {
            self.0.push(std::mem::replace(&mut item, T::blank()));
        }
        Ok(())
    }
}

/// Objects that may hold another of their kind.
impl<'de, T: Read<'de>> Read<'de> for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        (**self).read(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Read<'de> for BTreeMap<String, T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Deserialize::deserialize(deserializer)?;
        Ok(())
    }
}

/// Values that are small enough to be returned.
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
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Read};

    /// No object of the pinned API holds another of its kind or a map of objects; a later version may.
    #[test]
    fn boxes_and_maps_are_read_in_place() {
        let mut boxed = Box::<Option<i64>>::blank();
        boxed.read(&mut serde_json::Deserializer::from_str("3")).unwrap();
        assert_eq!(*boxed, Some(3));
        let mut map = BTreeMap::<String, bool>::blank();
        map.read(&mut serde_json::Deserializer::from_str(r#"{"a": true}"#)).unwrap();
        assert_eq!(map, BTreeMap::from([("a".to_owned(), true)]));
    }
}
