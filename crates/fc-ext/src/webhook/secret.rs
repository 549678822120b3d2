//! The signing secret of an endpoint, turned into a key once.

use std::fmt;
use std::str::FromStr;

use ring::hmac;

use super::{InvalidSecret, WebhookError};

/// The signing secret of a webhook endpoint, `whsec_…`.
///
/// Nothing gives it out again, and `Debug` hides it.
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
pub struct Secret(hmac::Key);

impl Secret {
    const PREFIX: &str = "whsec_";

    /// Takes the secret that the dashboard, `stripe listen` or the creation of the endpoint showed.
    ///
    /// # Errors
    ///
    /// [`WebhookError::InvalidSecret`], which never repeats the secret, when it is blank, holds whitespace or anything
    /// else but visible ASCII, or does not begin with `whsec_`.
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
        // The whole string is the key, its prefix included; it is not Base64.
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    /// The HMAC of `{signed_at}.{body}`, without putting the two together.
    pub(super) fn tag(&self, signed_at: &[u8], body: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(signed_at);
        context.update(b".");
        context.update(body);
        context.sign()
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

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(whsec_…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_bad_secret_is_refused_with_the_remedy_and_never_repeated() {
        for (secret, reason) in [
            ("", "it is blank"),
            (" \t\r\n", "it is blank"),
            ("whsec_HIDDEN\n", "at byte 12; trim it"),
            (" whsec_HIDDEN", "at byte 0; trim it"),
            ("whsec_HID DEN", "at byte 9; trim it"),
            ("whsec_HIDDEN\u{a0}", "at byte 12; trim it"),
            ("sk_test_HIDDEN", "it does not begin with `whsec_`"),
            ("we_HIDDEN", "it does not begin with `whsec_`"),
            ("WHSEC_HIDDEN", "it does not begin with `whsec_`"),
            ("whsec_", "it does not begin with `whsec_`"),
        ] {
            let error = Secret::new(secret).unwrap_err();
            assert!(error.to_string().contains(reason), "{secret:?}: {error}");
            assert!(error.to_string().starts_with("webhook secret refused: "), "{error}");
            assert!(!format!("{error} {error:?}").contains("HIDDEN"), "{error:?}");
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let secret: Secret = "whsec_HIDDEN".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(whsec_…)");
    }
}
