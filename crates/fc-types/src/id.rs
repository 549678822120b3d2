//! Typed ids: one type per kind of object, so that the id of an owner does not pass for the id of an account.

use std::fmt;
use std::str::FromStr;

use crate::small_str::SmallStr;

/// An API object with an id of its own type.
///
/// Every object with an `id` implements it. Pagination uses it: the id of the last item is the cursor of the next page.
pub trait Object {
    /// The type of the object's id.
    type Id: Clone + fmt::Display;

    /// The object's id.
    fn id(&self) -> &Self::Id;
}

/// A string without the prefix of the expected kind of id.
///
/// The rejected value is not kept, because it may be a secret that was passed by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId {
    kind: &'static str,
    prefix: &'static str,
}

impl InvalidId {
    /// The expected prefix, such as `fca_`.
    #[must_use]
    pub fn expected_prefix(&self) -> &'static str {
        self.prefix
    }
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not the id of {}: expected `{}` followed by letters and digits", self.kind, self.prefix)
    }
}

impl std::error::Error for InvalidId {}

/// Whether the value is a client secret, which begins with the prefix of a session's id. As an id it would end up in URLs
/// and logs.
fn is_client_secret(value: &str) -> bool {
    value.starts_with("fcsess_client_secret_")
}

/// The longest id without an allocation: a prefix of 9 characters, 24 random ones, and some room.
const INLINE: usize = 39;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $kind:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// Parsing checks the prefix; decoding a response does not. Treat the rest as opaque.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(SmallStr<INLINE>);

        impl $name {
            /// The prefix of ids of this kind.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id from any string, unchecked.
            ///
            /// Use it for ids from your own database, or for ids without the usual prefix.
            pub fn unchecked(value: impl Into<Box<str>>) -> Self {
                Self(value.into().into())
            }

            /// The id as sent and received.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// # Errors
            ///
            /// [`InvalidId`] if the string lacks the prefix or has nothing after it.
            fn from_str(value: &str) -> Result<Self, InvalidId> {
                match value.strip_prefix($prefix) {
                    Some(rest) if !rest.is_empty() && !is_client_secret(value) => Ok(Self(value.into())),
                    _ => Err(InvalidId { kind: $kind, prefix: $prefix }),
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;

            fn try_from(value: &str) -> Result<Self, InvalidId> {
                value.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(value: String) -> Result<Self, InvalidId> {
                value.parse()
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        /// For look-ups by text in a map whose keys are ids.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }

        transparent!($name(SmallStr<INLINE>));
    )+};
}

ids! {
    /// Id of a linked account, `fca_…`.
    AccountId = "fca_", "a linked account";
    /// Id of an account owner, `fcaown_…`.
    AccountOwnerId = "fcaown_", "an account owner";
    /// Id of an ownership snapshot, `fcaowns_…`.
    AccountOwnershipId = "fcaowns_", "an ownership snapshot";
    /// Id of an authorization, `fcauth_…`: one login of a user at one institution.
    AuthorizationId = "fcauth_", "an authorization";
    /// Id of a connected account or of a platform, `acct_…`.
    ConnectedAccountId = "acct_", "a Stripe account";
    /// Id of a customer, `cus_…`.
    CustomerId = "cus_", "a customer";
    /// Id of an event, `evt_…`.
    EventId = "evt_", "an event";
    /// Id of a session, `fcsess_…`. Parsing rejects a client secret, which has the same prefix.
    SessionId = "fcsess_", "a session";
    /// Id of a transaction, `fctxn_…`.
    TransactionId = "fctxn_", "a transaction";
    /// Id of one refresh of an account's transactions, `fctxnref_…`: the cursor of incremental reads.
    TransactionRefreshId = "fctxnref_", "a transaction refresh";
}

#[cfg(feature = "preview")]
ids! {
    /// Id of an institution, `fcinst_…`.
    InstitutionId = "fcinst_", "an institution";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_cannot_parse_the_id_of_another_kind() {
        assert!("fca_1MwVK82eZvKYlo2Cjw8FMxXf".parse::<AccountId>().is_ok());
        assert!("fcaown_1MwVK82eZvKYlo2Cjw8FMxXf".parse::<AccountId>().is_err());
        assert!("fcaowns_1MwVK82eZvKYlo2Cjw8FMxXf".parse::<AccountOwnerId>().is_err());
        assert!("fctxnref_1".parse::<TransactionId>().is_err());
        assert!("fca_".parse::<AccountId>().is_err());
    }

    #[test]
    fn a_map_finds_an_id_by_its_text() {
        let id: AccountId = "fca_1".parse().unwrap();
        assert_eq!(std::collections::HashMap::from([(id.clone(), 1)]).get("fca_1"), Some(&1));
        assert_eq!(std::collections::BTreeMap::from([(id, 1)]).get("fca_1"), Some(&1));
    }

    #[test]
    fn a_client_secret_is_not_a_session_id() {
        assert!("fcsess_1MwVK8".parse::<SessionId>().is_ok());
        assert!("fcsess_client_secret_abc".parse::<SessionId>().is_err());
    }

    #[test]
    fn a_refused_value_is_not_repeated_in_the_error() {
        let error = "sk_live_supersecret".parse::<AccountId>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("supersecret"));
        assert_eq!(
            error.to_string(),
            "not the id of a linked account: expected `fca_` followed by letters and digits"
        );
    }

    #[test]
    fn a_response_decodes_with_any_id() {
        let id: AccountId = serde_json::from_str(r#""la_older""#).unwrap();
        assert_eq!(id, "la_older");
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""la_older""#);
    }
}
