//! Signer of payloads, for tests.

use std::fmt::Write;

use data_encoding::HEXLOWER;
use fc_types::Timestamp;

use super::secret::Secret;

/// Signer of payloads: makes the `Stripe-Signature` header, so that a handler can be tested without Stripe.
///
/// ```
/// use fc_ext::types::Timestamp;
/// use fc_ext::webhook::{Secret, Signer, Verifier};
///
/// let secret = Secret::new("whsec_test")?;
/// let now = Timestamp::from_secs(1_700_000_000);
/// let header = Signer::new(secret.clone()).sign("{}", now);
/// assert!(header.starts_with("t=1700000000,v1="));
/// Verifier::new(secret).verify("{}", header, now)?;
/// # Ok::<(), fc_ext::webhook::WebhookError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    secrets: Vec<Secret>,
}

impl Signer {
    /// Signs with one secret.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self { secrets: vec![secret] }
    }

    /// Signs with another secret as well, as Stripe does while a secret is rolled.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Header for `body`, signed at `signed_at`: `t=<seconds>,v1=<hex>`, with one `v1` for each secret.
    pub fn sign(&self, body: impl AsRef<[u8]>, signed_at: Timestamp) -> String {
        let seconds = signed_at.to_string();
        let mut header = format!("t={seconds}");
        for secret in &self.secrets {
            let tag = secret.tag(seconds.as_bytes(), body.as_ref());
            // Writing to a string cannot fail.
            let _ = write!(header, ",v1={}", HEXLOWER.encode_display(tag.as_ref()));
        }
        header
    }
}
