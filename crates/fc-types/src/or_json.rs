//! A value of an expected type, or the JSON of another value.
//!
//! A member of an event's envelope that is odd must not lose the event.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::value::{Error as Unread, MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, DeserializeOwned, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::read::Read;

/// What was read. Both parts are `None` for null.
#[derive(Debug, PartialEq)]
pub(crate) struct OrJson<T> {
    pub(crate) value: Option<T>,
    /// The JSON, unless `value` serialises to it. A whole number that was written as a float has both.
    pub(crate) json: Option<Value>,
}

impl<T: DeserializeOwned> OrJson<T> {
    fn null() -> Self {
        Self { value: None, json: None }
    }

    /// Reads a plain value.
    fn plain<'de, V: IntoDeserializer<'de, Unread> + Into<Value> + Copy>(plain: V) -> Self {
        match T::deserialize(plain.into_deserializer()) {
            Ok(value) => Self { value: Some(value), json: None },
            Err(_) => Self { value: None, json: Some(plain.into()) },
        }
    }

    fn float(float: f64) -> Self {
        let read = Self::plain(float);
        // Beyond this a float does not hold every integer.
        const EXACT: f64 = (1_i64 << f64::MANTISSA_DIGITS) as f64;
        if read.value.is_none() && float.fract() == 0.0 && float.abs() < EXACT {
            return Self { json: Some(float.into()), ..Self::plain(float as i64) };
        }
        read
    }

    fn nested(json: Value) -> Self {
        match T::deserialize(&json) {
            Ok(value) => Self { value: Some(value), json: None },
            Err(_) => Self { value: None, json: Some(json) },
        }
    }
}

impl<'de, T: DeserializeOwned + Read<'de>> Deserialize<'de> for OrJson<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OrJsonVisitor(PhantomData))
    }
}

struct OrJsonVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned + Read<'de>> Visitor<'de> for OrJsonVisitor<T> {
    type Value = OrJson<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<OrJson<T>, E> {
        Ok(OrJson::null())
    }

    fn visit_none<E: de::Error>(self) -> Result<OrJson<T>, E> {
        Ok(OrJson::null())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<OrJson<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<OrJson<T>, E> {
        Ok(OrJson::plain(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<OrJson<T>, E> {
        Ok(OrJson::plain(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<OrJson<T>, E> {
        Ok(OrJson::plain(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<OrJson<T>, E> {
        Ok(OrJson::float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<OrJson<T>, E> {
        Ok(OrJson::plain(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OrJson<T>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(seq)).map(OrJson::nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OrJson<T>, A::Error> {
        let map = MapAccessDeserializer::new(map);
        if T::READS_EVERY_OBJECT {
            // Without a copy of the members.
            return T::deserialize(map).map(|value| OrJson { value: Some(value), json: None });
        }
        Value::deserialize(map).map(OrJson::nested)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::OrJson;
    use crate::{AccountHolder, Timestamp};

    #[test]
    fn a_value_of_the_type_is_read_and_any_other_is_kept() {
        let read = |json: &str| serde_json::from_str::<OrJson<Timestamp>>(json).unwrap();
        let value = |seconds| Some(Timestamp::from_secs(seconds));
        for (text, expected) in [
            ("7", OrJson { value: value(7), json: None }),
            ("-7", OrJson { value: value(-7), json: None }),
            ("null", OrJson { value: None, json: None }),
            ("7.0", OrJson { value: value(7), json: Some(json!(7.0)) }),
            ("7.5", OrJson { value: None, json: Some(json!(7.5)) }),
            ("1e300", OrJson { value: None, json: Some(json!(1e300)) }),
            ("18446744073709551615", OrJson { value: None, json: Some(json!(u64::MAX)) }),
            ("true", OrJson { value: None, json: Some(json!(true)) }),
            ("\"7\"", OrJson { value: None, json: Some(json!("7")) }),
            ("[7]", OrJson { value: None, json: Some(json!([7])) }),
            ("{\"a\":1}", OrJson { value: None, json: Some(json!({ "a": 1 })) }),
        ] {
            assert_eq!(read(text), expected, "{text}");
            // Through a buffer too.
            let buffered: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::from_value::<OrJson<Timestamp>>(buffered).unwrap(), expected, "{text}");
        }
        let holder = json!({ "type": "customer" });
        let read: OrJson<AccountHolder> = serde_json::from_value(holder).unwrap();
        assert!(read.value.is_some() && read.json.is_none());
    }
}
