//! Short strings without an allocation.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};

use arrayvec::ArrayString;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::read::{self, Place, Read};

/// A string without an allocation up to `N` bytes.
///
/// Each transaction of a page has three ids and a currency, and each would be an allocation.
#[derive(Clone)]
pub(crate) struct SmallStr<const N: usize>(Repr<N>);

#[derive(Clone)]
enum Repr<const N: usize> {
    Inline(ArrayString<N>),
    Heap(Box<str>),
}

impl<const N: usize> SmallStr<N> {
    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Inline(text) => text,
            Repr::Heap(text) => text,
        }
    }
}

impl<const N: usize> From<&str> for SmallStr<N> {
    fn from(text: &str) -> Self {
        Self(ArrayString::from(text).map_or_else(|_| Repr::Heap(text.into()), Repr::Inline))
    }
}

impl<const N: usize> From<Box<str>> for SmallStr<N> {
    fn from(text: Box<str>) -> Self {
        match ArrayString::from(&text) {
            Ok(inline) => Self(Repr::Inline(inline)),
            Err(_) => Self(Repr::Heap(text)),
        }
    }
}

impl<const N: usize> Borrow<str> for SmallStr<N> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> PartialEq for SmallStr<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<const N: usize> Eq for SmallStr<N> {}

impl<const N: usize> PartialOrd for SmallStr<N> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Ord for SmallStr<N> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<const N: usize> Hash for SmallStr<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl<const N: usize> fmt::Debug for SmallStr<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<const N: usize> Serialize for SmallStr<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for SmallStr<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::read(deserializer)
    }
}

impl<'de, const N: usize> Read<'de> for SmallStr<N> {
    fn blank() -> Self {
        Self(Repr::Inline(ArrayString::new_const()))
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(Place(self))
    }
}

impl<const N: usize> Visitor<'_> for Place<'_, SmallStr<N>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        // The place is blank, so that the pushed text is the whole text.
        if let Repr::Inline(inline) = &mut self.0.0 {
            if inline.try_push_str(text).is_ok() {
                return Ok(());
            }
        }
        self.0.0 = Repr::Heap(text.into());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    type Small = SmallStr<4>;

    #[test]
    fn a_text_of_any_length_is_kept() {
        for text in ["", "abcd", "abcde", "ünï"] {
            assert_eq!(Small::from(text).as_str(), text);
            assert_eq!(Small::from(Box::<str>::from(text)), Small::from(text));
            let json = serde_json::to_string(text).unwrap();
            let decoded: Small = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&decoded).unwrap(), json);
        }
    }

    #[test]
    fn order_and_hash_are_those_of_the_text() {
        assert!(Small::from("abcde") < Small::from("b"));
        let map = HashMap::from([(Small::from("abcd"), 1), (Small::from("abcde"), 2)]);
        assert_eq!((map.get("abcd"), map.get("abcde")), (Some(&1), Some(&2)));
    }
}
