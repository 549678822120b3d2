//! The API key: checked when it is made, hidden from then on.

use std::fmt;
use std::str::FromStr;

use reqwest::header::HeaderValue;
use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::Error;

/// A Stripe API key: secret (`sk_…`) or restricted (`rk_…`).
///
/// `Debug` shows the kind and the mode of the key. It shows the last four characters of a long key, as Stripe's
/// dashboard does. No method returns the key.
///
/// ```
/// use fc_client::ApiKey;
///
/// let key = ApiKey::new("sk_test_0123456789abcdefwxyz")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(sk_test_…wxyz)");
/// assert!(!key.is_live());
///
/// let error = ApiKey::new("pk_test_0123456789abcdefwxyz").unwrap_err();
/// assert!(error.to_string().contains("publishable"));
/// # Ok::<(), fc_client::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey {
    /// The whole `Authorization` value, marked sensitive so that no HTTP library prints it.
    authorization: HeaderValue,
    masked: String,
    kind: Kind,
    live: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secret,
    Restricted,
}

/// The shortest rest after the prefix whose last four characters are shown: four of fewer would reveal too much.
const LEAST_LENGTH_TO_SHOW_THE_END: usize = 16;

impl ApiKey {
    /// Takes a secret or restricted key.
    ///
    /// # Errors
    ///
    /// A configuration error, which never repeats the key. The key is empty or no API key, or it holds a character other
    /// than visible ASCII, such as a line break from a file. Or it is publishable (`pk_…`), a key for browsers.
    pub fn new(key: impl AsRef<str>) -> Result<Self, Error> {
        let key = key.as_ref();
        if key.is_empty() {
            return Err(Error::configuration("the API key is empty"));
        }
        if let Some(at) = key.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::configuration(format!(
                "the API key holds a space, a line break or another character that no key has, at byte {at}; trim it"
            )));
        }
        let (kind, prefix, rest) = match key.split_at_checked(3) {
            Some(("sk_", rest)) => (Kind::Secret, "sk_", rest),
            Some(("rk_", rest)) => (Kind::Restricted, "rk_", rest),
            Some(("pk_", _)) => {
                return Err(Error::configuration(
                    "this is a publishable API key (pk_…), which only opens the linking modal in a browser; \
                     a server needs a secret (sk_…) or restricted (rk_…) one",
                ));
            }
            _ => {
                return Err(Error::configuration(
                    "this is no API key: expected a secret (sk_…) or restricted (rk_…) one",
                ));
            }
        };
        let (mode, rest) = ["test_", "live_"]
            .into_iter()
            .find_map(|mode| rest.strip_prefix(mode).map(|rest| (mode, rest)))
            .unwrap_or(("", rest));
        if rest.is_empty() {
            return Err(Error::configuration(format!("the API key ends after {prefix}{mode}")));
        }
        let end = if rest.len() < LEAST_LENGTH_TO_SHOW_THE_END { "" } else { &rest[rest.len() - 4..] };

        let mut authorization = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_| Error::configuration("the API key cannot be sent in a header"))?;
        authorization.set_sensitive(true);
        Ok(Self { authorization, masked: format!("{prefix}{mode}…{end}"), kind, live: mode != "test_" })
    }

    /// Whether the key acts on live data: every key that is not marked `test`.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether the key is a restricted one, so that an operation may be refused for lack of a permission.
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        self.kind == Kind::Restricted
    }

    /// The value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.masked)
    }
}

impl FromStr for ApiKey {
    type Err = Error;

    /// # Errors
    ///
    /// As [`ApiKey::new`].
    fn from_str(key: &str) -> Result<Self, Error> {
        Self::new(key)
    }
}

impl TryFrom<String> for ApiKey {
    type Error = Error;

    /// # Errors
    ///
    /// As [`ApiKey::new`].
    fn try_from(key: String) -> Result<Self, Error> {
        Self::new(key)
    }
}

/// Reads a key from a configuration file. There is no `Serialize`, because a key must not be written by accident.
impl<'de> Deserialize<'de> for ApiKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = ApiKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret (sk_…) or restricted (rk_…) API key")
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<ApiKey, E> {
                ApiKey::new(key).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::ApiKey;

    #[test]
    fn a_configuration_file_may_hold_a_key() {
        let key: ApiKey = serde_json::from_str(r#""sk_test_0123456789abcdefwxyz""#).unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(sk_test_…wxyz)");
        assert!(ApiKey::try_from("rk_live_0123456789abcdefwxyz".to_owned()).unwrap().is_restricted());
        for wrong in [r#""sk_test_SECRET\n""#, r#""pk_test_SECRET""#, r#""SECRET""#, "7"] {
            let error = serde_json::from_str::<ApiKey>(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        }
    }

    #[test]
    fn kind_and_mode_are_read_from_the_prefix() {
        let facts = |key: &str| {
            let key = ApiKey::new(key).unwrap();
            (key.is_restricted(), key.is_live())
        };
        assert_eq!(facts("sk_test_123"), (false, false));
        assert_eq!(facts("sk_live_123"), (false, true));
        assert_eq!(facts("rk_test_123"), (true, false));
        assert_eq!(facts("rk_live_123"), (true, true));
        assert_eq!(facts("sk_0123456789"), (false, true), "a key without a mode is not known to be harmless");
    }

    #[test]
    fn debug_shows_the_end_of_a_long_key_only() {
        let debug = |key: &str| format!("{:?}", ApiKey::new(key).unwrap());
        assert_eq!(debug("sk_test_0123456789abcdefwxyz"), "ApiKey(sk_test_…wxyz)");
        assert_eq!(debug("rk_live_0123456789abcdef"), "ApiKey(rk_live_…cdef)");
        assert_eq!(debug("rk_live_0123456789abcde"), "ApiKey(rk_live_…)");
        assert_eq!(debug("sk_test_1"), "ApiKey(sk_test_…)");
    }

    #[test]
    fn the_header_is_marked_sensitive() {
        let key = ApiKey::new("sk_test_123").unwrap();
        assert_eq!(key.authorization().as_bytes(), b"Bearer sk_test_123");
        assert!(key.authorization().is_sensitive());
    }

    #[test]
    fn a_bad_key_is_refused_with_the_reason_and_never_repeated() {
        for (key, reason) in [
            ("", "the API key is empty"),
            ("sk_test_SECRET\n", "at byte 14; trim it"),
            (" sk_test_SECRET", "at byte 0; trim it"),
            ("sk_test_SEC RET", "at byte 11; trim it"),
            ("sk_test_SECRET\u{e9}", "at byte 14; trim it"),
            ("sk_test_SECRET\0", "at byte 14; trim it"),
            ("pk_test_SECRET", "publishable API key"),
            ("whsec_SECRET", "expected a secret (sk_…) or restricted (rk_…) one"),
            ("SECRET", "expected a secret (sk_…) or restricted (rk_…) one"),
            ("sk", "expected a secret (sk_…) or restricted (rk_…) one"),
            ("sk_", "ends after sk_"),
            ("rk_live_", "ends after rk_live_"),
        ] {
            let error = ApiKey::new(key).unwrap_err();
            assert!(error.to_string().contains(reason), "{key:?}: {error}");
            assert!(error.to_string().starts_with("configuration: "), "{error}");
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        }
    }
}
