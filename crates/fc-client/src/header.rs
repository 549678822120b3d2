//! Names of Stripe's headers, in the lower case that HTTP libraries use.

use fc_types::ConnectedAccountId;
use reqwest::header::{HeaderMap, HeaderValue};

use crate::refusal::Refusal;

pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
pub(crate) const IDEMPOTENT_REPLAYED: &str = "idempotent-replayed";
pub(crate) const RETRY_AFTER: &str = "retry-after";
pub(crate) const REQUEST_ID: &str = "request-id";
pub(crate) const STRIPE_ACCOUNT: &str = "stripe-account";
pub(crate) const STRIPE_CONTEXT: &str = "stripe-context";
#[cfg(feature = "tracing")]
pub(crate) const STRIPE_NOTICE: &str = "stripe-notice";
pub(crate) const STRIPE_SHOULD_RETRY: &str = "stripe-should-retry";
pub(crate) const STRIPE_VERSION: &str = "stripe-version";

/// The value of a header, if it is there and is text.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The value of a header that a caller gave. An empty one is refused, because Stripe would read it as a value.
pub(crate) fn value(name: &str, text: &str) -> Result<HeaderValue, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new(format!("{name} is empty")));
    }
    if let Some(at) = text.bytes().position(|byte| byte != b' ' && !byte.is_ascii_graphic()) {
        return Err(Refusal::new(format!("{name} holds a character that no header may hold, at byte {at}")));
    }
    // Receivers drop spaces around a value, so that it would be another one there.
    if text.starts_with(' ') || text.ends_with(' ') {
        return Err(Refusal::new(format!("{name} begins or ends with a space; trim it")));
    }
    HeaderValue::from_str(text).map_err(|_| Refusal::new(format!("{name} cannot be sent in a header")))
}

/// Why `Stripe-Account` and `Stripe-Context` are not sent together.
pub(crate) const BOTH_ACCOUNT_AND_CONTEXT: &str = "a connected account and a context are both given; \
     a call acts for one of them: give the account alone, or name it in the context";

/// The value of `Stripe-Account`.
pub(crate) fn account(account: &ConnectedAccountId) -> Result<HeaderValue, Refusal> {
    value("the connected account", account.as_str())
}

/// The value of `Stripe-Context`.
pub(crate) fn context(context: &str) -> Result<HeaderValue, Refusal> {
    value("the Stripe context", context)
}
