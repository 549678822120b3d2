//! Parameters that take a value, or the empty string to remove what is stored.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::read::Read;

/// A value, or the removal of the stored one. Stripe reads an empty string as the removal.
///
/// ```
/// use fc_types::{OrUnset, Timestamp};
///
/// let until = OrUnset::from(Timestamp::from_secs(1_700_000_000));
/// assert_eq!(serde_json::to_string(&until)?, "1700000000");
/// assert_eq!(serde_json::to_string(&OrUnset::<Timestamp>::Unset)?, r#""""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has these two forms")]
pub enum OrUnset<T> {
    /// The value.
    Value(T),
    /// What is stored is removed; an empty string on the wire.
    Unset,
}

impl<T> OrUnset<T> {
    /// The value, if it is not a removal.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unset => None,
        }
    }
}

impl<T> From<T> for OrUnset<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for OrUnset<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Unset => serializer.serialize_str(""),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OrUnset<T> {
    /// Reads the whole value first: only then it is known not to be the empty string.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if text.is_empty() => Ok(Self::Unset),
            value => T::deserialize(value).map(Self::Value).map_err(D::Error::custom),
        }
    }
}

impl<'de, T: DeserializeOwned> Read<'de> for OrUnset<T> {
    fn blank() -> Self {
        Self::Unset
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{AccountStatus, Text};

    #[test]
    fn a_value_and_an_empty_string_travel_as_themselves() {
        for json in [r#""""#, "7"] {
            let value: OrUnset<i64> = serde_json::from_str(json).unwrap();
            assert_eq!(value.value().is_none(), json == r#""""#);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
        let mut map = OrUnset::<BTreeMap<String, String>>::blank();
        map.read(&mut serde_json::Deserializer::from_str(r#"{"a":"b"}"#)).unwrap();
        assert_eq!(map, OrUnset::Value(BTreeMap::from([("a".to_owned(), "b".to_owned())])));
        let text: OrUnset<Text> = serde_json::from_str(r#""x""#).unwrap();
        assert_eq!(text, OrUnset::from(Text::from("x")));
        let status: OrUnset<AccountStatus> = serde_json::from_str(r#""active""#).unwrap();
        assert_eq!(status, AccountStatus::Active.into());
        assert!(serde_json::from_str::<OrUnset<i64>>(r#""x""#).is_err());
    }
}
