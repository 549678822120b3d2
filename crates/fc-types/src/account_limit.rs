//! The maximum number of accounts that a session may link.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::read::Read;

/// The maximum number of accounts that a user may link in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a maximum is a number or there is none")]
pub enum AccountLimit {
    /// At most this number.
    AtMost(u64),
    /// No maximum. It is sent as an empty string.
    Unlimited,
}

impl From<u64> for AccountLimit {
    fn from(limit: u64) -> Self {
        Self::AtMost(limit)
    }
}

impl Serialize for AccountLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AtMost(limit) => serializer.serialize_u64(*limit),
            Self::Unlimited => serializer.serialize_str(""),
        }
    }
}

impl<'de> Deserialize<'de> for AccountLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LimitVisitor;

        impl Visitor<'_> for LimitVisitor {
            type Value = AccountLimit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of accounts or an empty string")
            }

            fn visit_u64<E: de::Error>(self, limit: u64) -> Result<AccountLimit, E> {
                Ok(AccountLimit::AtMost(limit))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<AccountLimit, E> {
                match value {
                    "" => Ok(AccountLimit::Unlimited),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }

        deserializer.deserialize_any(LimitVisitor)
    }
}

impl<'de> Read<'de> for AccountLimit {
    fn blank() -> Self {
        Self::Unlimited
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlimited_is_an_empty_string_on_the_wire() {
        assert_eq!(serde_json::to_string(&AccountLimit::Unlimited).unwrap(), r#""""#);
        assert_eq!(serde_json::to_string(&AccountLimit::AtMost(3)).unwrap(), "3");
        assert_eq!(serde_json::from_str::<AccountLimit>(r#""""#).unwrap(), AccountLimit::Unlimited);
        assert!(serde_json::from_str::<AccountLimit>(r#""many""#).is_err());
    }
}
