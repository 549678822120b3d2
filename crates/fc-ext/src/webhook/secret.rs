//! Signing secret of a webhook endpoint.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::error::{InvalidSecret, WebhookError};
use super::mac::Key;

/// Signing secret of a webhook endpoint, `whsec_…`.
///
/// It cannot be read back, and `Debug` hides it.
///
/// ```
/// use fc_ext::webhook::Secret;
///
/// let secret = Secret::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH")?;
/// assert_eq!(format!("{secret:?}"), "Secret(whsec_…)");
///
/// let error = Secret::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH\n").unwrap_err();
/// assert!(error.to_string().contains("trim it"));
/// # Ok::<(), fc_ext::webhook::WebhookError>(())
/// ```
#[derive(Clone)]
pub struct Secret(Key);

impl Secret {
    const PREFIX: &str = "whsec_";

    /// Checks the secret that the dashboard, `stripe listen` or the creation of the endpoint showed.
    ///
    /// # Errors
    ///
    /// [`WebhookError::InvalidSecret`] when it is blank, has a character that is not visible ASCII, or does not start with
    /// `whsec_`. The error never repeats the secret. [`WebhookError::NoProvider`] without the feature `ring`, if the program has
    /// installed no TLS provider yet.
    pub fn new(secret: impl AsRef<str>) -> Result<Self, WebhookError> {
        let secret = secret.as_ref();
        if secret.trim().is_empty() {
            return Err(InvalidSecret::Blank.into());
        }
        if let Some(at) = secret.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(InvalidSecret::Whitespace { at }.into());
        }
        if secret.strip_prefix(Self::PREFIX).is_none_or(str::is_empty) {
            return Err(InvalidSecret::Prefix.into());
        }
        // The key is the whole string with its prefix. It is not Base64.
        Key::new(secret.as_bytes()).map(Self).ok_or(WebhookError::NoProvider)
    }

    /// HMAC of `{signed_at}.{body}`.
    pub(super) fn tag(&self, signed_at: &[u8], body: &[u8]) -> [u8; 32] {
        self.0.sign(signed_at, body)
    }
}

impl FromStr for Secret {
    type Err = WebhookError;

    /// # Errors
    ///
    /// As [`Secret::new`].
    fn from_str(secret: &str) -> Result<Self, WebhookError> {
        Self::new(secret)
    }
}

impl TryFrom<String> for Secret {
    type Error = WebhookError;

    /// # Errors
    ///
    /// As [`Secret::new`].
    fn try_from(secret: String) -> Result<Self, WebhookError> {
        Self::new(secret)
    }
}

/// Reads a secret from a configuration file. There is no `Serialize`, because a secret must not be written by accident.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecretVisitor;

        impl Visitor<'_> for SecretVisitor {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the signing secret of a webhook endpoint (whsec_…)")
            }

            fn visit_str<E: de::Error>(self, secret: &str) -> Result<Secret, E> {
                Secret::new(secret).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(SecretVisitor)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(whsec_…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_bad_secret_is_rejected_with_the_remedy_and_never_repeated() {
        for (secret, reason) in [
            ("", "it is blank"),
            (" \t\r\n", "it is blank"),
            ("whsec_HIDDEN\n", "at byte 12; trim it"),
            (" whsec_HIDDEN", "at byte 0; trim it"),
            ("whsec_HID DEN", "at byte 9; trim it"),
            ("whsec_HIDDEN\u{a0}", "at byte 12; trim it"),
            ("sk_test_HIDDEN", "it does not start with `whsec_`"),
            ("we_HIDDEN", "it does not start with `whsec_`"),
            ("WHSEC_HIDDEN", "it does not start with `whsec_`"),
            ("whsec_", "it does not start with `whsec_`"),
        ] {
            let error = Secret::new(secret).unwrap_err();
            assert!(error.to_string().contains(reason), "{secret:?}: {error}");
            assert!(error.to_string().starts_with("webhook secret rejected: "), "{error}");
            assert!(!format!("{error} {error:?}").contains("HIDDEN"), "{error:?}");
        }
    }

    #[test]
    fn a_configuration_file_may_hold_a_secret() {
        let secret: Secret = serde_json::from_str(r#""whsec_HIDDEN""#).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(whsec_…)");
        assert!(Secret::try_from("whsec_HIDDEN".to_owned()).is_ok());
        for wrong in [r#""whsec_HIDDEN\n""#, r#""HIDDEN""#, r#"["HIDDEN"]"#, "7"] {
            let error = serde_json::from_str::<Secret>(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("HIDDEN"), "{error:?}");
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let secret: Secret = "whsec_HIDDEN".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(whsec_…)");
    }
}
