//! Names of Stripe's headers, in the lower case that HTTP libraries use.

use reqwest::header::{HeaderMap, HeaderValue};

use crate::error::Refusal;

pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
pub(crate) const IDEMPOTENT_REPLAYED: &str = "idempotent-replayed";
pub(crate) const REQUEST_ID: &str = "request-id";
pub(crate) const STRIPE_ACCOUNT: &str = "stripe-account";
pub(crate) const STRIPE_VERSION: &str = "stripe-version";

/// The value of a header, when it is there and is text.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The value of a header that a caller gave. An empty one is refused: Stripe would take it for a value.
pub(crate) fn value(name: &str, text: &str) -> Result<HeaderValue, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new(format!("{name} is empty")));
    }
    if let Some(at) = text.bytes().position(|byte| byte != b' ' && !byte.is_ascii_graphic()) {
        return Err(Refusal::new(format!("{name} holds a character that no header may hold, at byte {at}")));
    }
    HeaderValue::from_str(text).map_err(|_| Refusal::new(format!("{name} cannot be sent in a header")))
}
