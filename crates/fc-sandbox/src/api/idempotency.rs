//! Idempotency keys of requests.

use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode};
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::api::error::{ApiError, ErrorType};
use crate::api::params::Params;
use crate::api::request::ApiRequest;
use crate::caller::Caller;
use crate::state::State;
use crate::state::claim::Claim;
use crate::world::World;
use crate::world::idempotency::{Lookup, SavedResponse};

/// The longest key, in characters.
const MAX_LENGTH: usize = 255;

/// The `Idempotency-Key` header. Only a POST has a key.
pub(crate) fn header(request: &ApiRequest) -> Option<&HeaderValue> {
    request.headers().get("idempotency-key").filter(|_| *request.method() == Method::POST)
}

/// The key of a request.
pub(crate) fn key(request: &ApiRequest) -> Result<Option<String>, ApiError> {
    let Some(value) = header(request) else { return Ok(None) };
    // Replaced characters would make one key of two.
    let key = str::from_utf8(value.as_bytes()).map_err(|_| {
        ApiError::invalid("The Idempotency-Key header is not UTF-8. Give it a value in ASCII.")
    })?;
    if key.is_empty() {
        return Err(ApiError::invalid(
            "The Idempotency-Key header is empty. Leave it out or give it a value.",
        ));
    }
    if key.chars().count() > MAX_LENGTH {
        return Err(ApiError::invalid(format!(
            "The Idempotency-Key header is longer than {MAX_LENGTH} characters."
        )));
    }
    Ok(Some(key.to_owned()))
}

/// Claims the key until the response is sent, or refuses a key that another request in progress has.
pub(crate) fn claim(state: &Arc<State>, caller: &Caller, key: &str) -> Result<Claim, ApiError> {
    state.claims.claim(caller, key).ok_or_else(|| {
        let message = format!("A request with the idempotency key '{key}' has not been answered yet.");
        ApiError::new(StatusCode::CONFLICT, ErrorType::Idempotency, message).code("idempotency_key_in_use")
    })
}

/// A hash of the method, the path and the parameters of a request. It is saved instead of them, because they can be large.
pub(crate) fn fingerprint(request: &ApiRequest, params: &Params) -> String {
    let mut hash = Sha256::new();
    for part in [request.method().as_str(), request.path()] {
        add_text(&mut hash, part);
    }
    add(&mut hash, params.as_value());
    HEXLOWER.encode(&hash.finalize())
}

/// Adds a value to a hash. The order of members does not matter.
fn add(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            hash.update(b"{");
            for (name, value) in members {
                add_text(hash, name);
                add(hash, value);
            }
            hash.update(b"}");
        }
        Value::Array(items) => {
            hash.update(b"[");
            items.iter().for_each(|item| add(hash, item));
            hash.update(b"]");
        }
        Value::String(text) => add_text(hash, text),
        // A form has no others.
        Value::Null | Value::Bool(_) | Value::Number(_) => add_text(hash, &value.to_string()),
    }
}

/// Adds a text to a hash. Its length comes first, so that no two lists of texts have the same bytes.
fn add_text(hash: &mut Sha256, text: &str) {
    hash.update(b"\"");
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// The saved response, if the same request was carried out with this key before.
pub(crate) fn replay<'a>(
    world: &'a World,
    key: &str,
    fingerprint: &str,
) -> Result<Option<&'a SavedResponse>, ApiError> {
    match world.responses.lookup(key, fingerprint) {
        Lookup::New => Ok(None),
        Lookup::Replay(saved) => Ok(Some(saved)),
        Lookup::Mismatch => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            ErrorType::Idempotency,
            format!(
                "The idempotency key '{key}' was used before with another path or other parameters. \
                 Repeat that request exactly, or use another key."
            ),
        )),
    }
}
