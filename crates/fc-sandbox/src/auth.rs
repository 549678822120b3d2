//! Who is calling: the API key, and the connected account it acts for.

use std::fmt;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{ApiError, ErrorType};

/// Whose objects a request sees: each key, and each connected account under a key, has a world of its own.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    key: String,
    pub(crate) account: Option<String>,
}

impl Caller {
    /// Reads the caller from the headers.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut caller = Self::from_key(&presented_key(headers)?)?;
        caller.account = connected_account(headers, &caller)?;
        Ok(caller)
    }

    /// A caller as one was kept; none if it could not have called.
    pub(crate) fn new(key: &str, account: Option<String>) -> Option<Self> {
        let caller = Self::from_key(key).ok()?;
        account.iter().all(|account| is_account_id(account)).then_some(Self { account, ..caller })
    }

    /// The platform that owns `key`.
    pub(crate) fn from_key(key: &str) -> Result<Self, ApiError> {
        if key.starts_with("pk_") {
            let message =
                "This call cannot be made with a publishable API key. Use a secret key (sk_…) instead.";
            return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorType::InvalidRequest, message)
                .code("secret_key_required"));
        }
        let rest = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"].iter().find_map(|p| key.strip_prefix(p));
        match rest {
            Some(rest)
                if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') =>
            {
                Ok(Self { key: key.to_owned(), account: None })
            }
            _ => Err(unauthorized(format!("Invalid API Key provided: {}", mask(key)))),
        }
    }

    /// Who has the same key in the other mode.
    pub(crate) fn in_other_mode(&self) -> Self {
        let (from, to) = if self.livemode() { ("_live_", "_test_") } else { ("_test_", "_live_") };
        Self { key: self.key.replacen(from, to, 1), account: self.account.clone() }
    }

    pub(crate) fn livemode(&self) -> bool {
        self.key.starts_with("sk_live_") || self.key.starts_with("rk_live_")
    }

    /// What the streams of random values of this world are named after.
    pub(crate) fn labels(&self) -> [&str; 2] {
        [&self.key, self.account.as_deref().unwrap_or_default()]
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("key", &mask(&self.key)).field("account", &self.account).finish()
    }
}

/// The key of `Authorization: Bearer <key>`, or the user name of HTTP Basic.
fn presented_key(headers: &HeaderMap) -> Result<String, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Err(unauthorized(
            "You did not provide an API key. Send it as `Authorization: Bearer <key>`.",
        ));
    };
    let unreadable =
        || unauthorized("The Authorization header cannot be read. Send `Authorization: Bearer <key>`.");
    let value = value.to_str().map_err(|_| unreadable())?;
    let (scheme, credentials) = value.trim().split_once(' ').ok_or_else(unreadable)?;
    let credentials = credentials.trim();
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        credentials.to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = STANDARD.decode(credentials).map_err(|_| unreadable())?;
        let decoded = String::from_utf8(decoded).map_err(|_| unreadable())?;
        decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user).to_owned()
    } else {
        return Err(unreadable());
    };
    if key.is_empty() { Err(unauthorized("You provided an empty API key.")) } else { Ok(key) }
}

/// `Stripe-Account`, or its newer form `Stripe-Context`.
fn connected_account(headers: &HeaderMap, caller: &Caller) -> Result<Option<String>, ApiError> {
    let mut chosen: Option<&str> = None;
    for name in ["stripe-account", "stripe-context"] {
        let Some(value) = headers.get(name) else { continue };
        let value = value.to_str().unwrap_or_default();
        if !is_account_id(value) {
            let message =
                format!("The key {} has no access to the account of its `{name}` header.", mask(&caller.key));
            return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorType::InvalidRequest, message)
                .code("account_invalid"));
        }
        if chosen.is_some_and(|other| other != value) {
            return Err(ApiError::invalid(
                "`Stripe-Account` and `Stripe-Context` name two accounts; send one.",
            ));
        }
        chosen = Some(value);
    }
    Ok(chosen.map(str::to_owned))
}

/// Whether this is written as the id of a Stripe account.
pub(crate) fn is_account_id(text: &str) -> bool {
    let rest = text.strip_prefix("acct_");
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn unauthorized(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, ErrorType::InvalidRequest, message)
}

/// The key's kind and its last four characters; nothing of a text too short to hide the rest of.
fn mask(key: &str) -> String {
    let tail = key.len().checked_sub(4).and_then(|at| key.get(at..)).filter(|_| key.len() >= 16);
    let kind =
        ["sk_test_", "sk_live_", "rk_test_", "rk_live_"].iter().find(|prefix| key.starts_with(**prefix));
    format!("{}****{}", kind.copied().unwrap_or_default(), tail.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_the_kind_and_at_most_four_characters() {
        assert_eq!(mask("sk_test_abcdefghijkl"), "sk_test_****ijkl");
        assert_eq!(mask("sk_test_abc"), "sk_test_****");
        assert_eq!(mask("hunter2"), "****");
        assert_eq!(mask("ééééééééééé"), "****éé");
    }

    #[test]
    fn debug_shows_no_key() {
        let caller = Caller::from_key("sk_live_abcdefghijklmnop").expect("a well-formed key");
        assert!(!format!("{caller:?}").contains("abcdefghijkl"));
        assert!(caller.livemode());
    }
}
