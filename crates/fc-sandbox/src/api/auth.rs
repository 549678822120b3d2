//! Authentication: the caller, from the headers of a request.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api::error::{ApiError, ErrorType};
use crate::caller::{Caller, is_account_id};

/// Reads the caller from the headers.
pub(crate) fn caller(headers: &HeaderMap) -> Result<Caller, ApiError> {
    let mut caller = Caller::from_key(&presented_key(headers)?)?;
    caller.account = connected_account(headers, &caller)?;
    Ok(caller)
}

/// The credentials of an `Authorization` header with this scheme. Schemes are read in any case.
pub(crate) fn credentials<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    let (given, credentials) = value.trim().split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| credentials.trim())
}

/// The key of `Authorization: Bearer <key>`, or the user name of HTTP Basic.
fn presented_key(headers: &HeaderMap) -> Result<String, ApiError> {
    let unauthorized = ApiError::unauthorized;
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Err(unauthorized(
            "You did not provide an API key. Send it as `Authorization: Bearer <key>`.",
        ));
    };
    let unreadable =
        || unauthorized("The Authorization header cannot be read. Send `Authorization: Bearer <key>`.");
    let value = value.to_str().map_err(|_| unreadable())?;
    let key = if let Some(key) = credentials(value, "Bearer") {
        key.to_owned()
    } else if let Some(encoded) = credentials(value, "Basic") {
        let decoded = STANDARD.decode(encoded).map_err(|_| unreadable())?;
        let decoded = String::from_utf8(decoded).map_err(|_| unreadable())?;
        decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user).to_owned()
    } else {
        return Err(unreadable());
    };
    if key.is_empty() { Err(unauthorized("You provided an empty API key.")) } else { Ok(key) }
}

/// The account of `Stripe-Account`, or of the newer header `Stripe-Context`.
fn connected_account(headers: &HeaderMap, caller: &Caller) -> Result<Option<String>, ApiError> {
    let mut chosen: Option<&str> = None;
    for name in ["stripe-account", "stripe-context"] {
        let Some(value) = headers.get(name) else { continue };
        let value = value.to_str().unwrap_or_default();
        if !is_account_id(value) {
            let message = format!(
                "The key {} has no access to the account of its `{name}` header.",
                caller.masked_key()
            );
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
