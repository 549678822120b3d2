//! Idempotency keys: the first answer to a key is the answer to all its repetitions.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Instant;
use crate::error::{ApiError, ErrorType};
use crate::params::Params;
use crate::record::{Changes, Records, encode};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest key.
const MAX_KEY: usize = 255;

/// What is kept of a request that was carried out.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    path: String,
    params: Params,
    pub(crate) request_id: String,
    #[serde(with = "status_number")]
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

/// The answers of one world. One that came later expires later.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    answers: BTreeMap<u64, Kept>,
    by_key: HashMap<String, u64>,
    next_number: u64,
    changes: Changes,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    key: String,
    expires: Instant,
    answer: Remembered,
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
        while let Some(first) = self.answers.first_entry()
            && first.get().expires <= now
        {
            self.changes.mark(*first.key());
            self.by_key.remove(&first.remove().key);
        }
        match self.by_key.get(key).map(|number| &self.answers[number].answer) {
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
        self.insert(self.next_number, Kept { key, expires: now.after(KEPT), answer });
    }

    fn insert(&mut self, number: u64, kept: Kept) {
        self.by_key.insert(kept.key.clone(), number);
        self.answers.insert(number, kept);
        self.next_number = number + 1;
        self.changes.mark(number);
    }
}

impl Records for Answers {
    fn take_changes(&mut self) -> Vec<u64> {
        self.changes.take()
    }

    fn record_numbers(&self) -> Vec<u64> {
        self.answers.keys().copied().collect()
    }

    fn record(&self, number: u64) -> Option<Box<RawValue>> {
        self.answers.get(&number).map(encode)
    }

    fn restore(&mut self, number: u64, record: &RawValue) -> Result<(), serde_json::Error> {
        self.insert(number, serde_json::from_str(record.get())?);
        Ok(())
    }
}

/// A status as its number.
mod status_number {
    use axum::http::StatusCode;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(status.as_u16())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        let number = u16::deserialize(deserializer)?;
        StatusCode::from_u16(number).map_err(Error::custom)
    }
}
