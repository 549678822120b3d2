//! Idempotency keys: the first answer to a key is the answer to all its repetitions.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use axum::http::StatusCode;

use crate::clock::Instant;
use crate::error::{ApiError, ErrorType};
use crate::params::Params;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest key.
const MAX_KEY: usize = 255;

/// What is kept of a request that was carried out.
#[derive(Debug)]
pub(crate) struct Remembered {
    path: String,
    params: Params,
    pub(crate) request_id: String,
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Remembered {
    pub(crate) fn new(path: &str, params: Params, request_id: &str, status: StatusCode, body: &str) -> Self {
        Self {
            path: path.to_owned(),
            params,
            request_id: request_id.to_owned(),
            status,
            body: body.to_owned(),
        }
    }
}

/// The answers of one world, by key.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    by_key: HashMap<String, Remembered>,
    expiry: VecDeque<(Instant, String)>,
}

/// Refuses a key that is too long or empty.
pub(crate) fn check_key(key: &str) -> Result<(), ApiError> {
    if key.is_empty() {
        return Err(ApiError::invalid(
            "The Idempotency-Key header is empty. Leave it out or give it a value.",
        ));
    }
    if key.chars().count() > MAX_KEY {
        return Err(ApiError::invalid(format!(
            "The Idempotency-Key header is longer than {MAX_KEY} characters."
        )));
    }
    Ok(())
}

impl Answers {
    /// The answer that `key` had, if this is the same request again.
    pub(crate) fn find(
        &mut self,
        key: &str,
        path: &str,
        params: &Params,
        now: Instant,
    ) -> Result<Option<&Remembered>, ApiError> {
        while let Some((at, _)) = self.expiry.front()
            && *at <= now
        {
            if let Some((_, key)) = self.expiry.pop_front() {
                self.by_key.remove(&key);
            }
        }
        match self.by_key.get(key) {
            Some(first) if first.path == path && first.params == *params => Ok(Some(first)),
            Some(_) => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                ErrorType::Idempotency,
                format!(
                    "The idempotency key '{key}' was used before with another path or other parameters. \
                     Repeat that request exactly, or use another key."
                ),
            )),
            None => Ok(None),
        }
    }

    /// Keeps the first answer to `key`.
    pub(crate) fn keep(&mut self, key: String, answer: Remembered, now: Instant) {
        self.expiry.push_back((now.after(KEPT), key.clone()));
        self.by_key.insert(key, answer);
    }
}
