//! The API's version, as callers name it.

use axum::http::{HeaderMap, HeaderValue};

use crate::error::ApiError;
use crate::render::API_VERSION;

/// Whether this can be a version: a date, and since 2024 a name.
pub(crate) fn is_well_formed(version: &str) -> bool {
    let (date, name) = version.split_once('.').map_or((version, None), |(date, name)| (date, Some(name)));
    let name_is_word = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok() && name.is_none_or(name_is_word)
}

/// The version to echo: any that is well-formed, since the sandbox has one shape.
pub(crate) fn echoed(headers: &HeaderMap) -> Result<HeaderValue, ApiError> {
    let Some(value) = headers.get("stripe-version") else { return Ok(HeaderValue::from_static(API_VERSION)) };
    // A beta follows the version: `2026-09-30.endive; name=v1`. The sandbox has none, and lets callers send theirs.
    let version = value.to_str().ok().and_then(|text| text.split(';').next());
    if version.is_some_and(is_well_formed) {
        Ok(value.clone())
    } else {
        let message = "Invalid Stripe API version. Send a date and a name, such as 2026-09-30.endive.";
        Err(ApiError::invalid(message))
    }
}
