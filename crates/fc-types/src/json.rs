//! Decoding of JSON text: errors name the place and show no value, and odd values do not lose the rest.
//!
//! It differs from serde_json's functions of the same names in two points:
//!
//! - **Errors** name the place and the kinds of the found and the expected value. They never repeat a value, which may be a
//!   client secret or personal data.
//! - **Values that serde_json cannot hold** are rewritten, so that one of them does not lose the whole document. Half of a
//!   surrogate pair becomes U+FFFD. An integer beyond 64 bits, and a number beyond the range of doubles, become a string
//!   with its digits. An array or object more than 127 levels deep becomes a string with its JSON. Keep the text if you
//!   need the exact JSON of such a value.
//!
//! ```
//! use fc_types::{Account, json};
//!
//! let error = json::from_str::<Account>(r#"{"id": 7}"#).unwrap_err();
//! assert_eq!(error.to_string(), "found integer, expected a string at `id`, line 1 column 8");
//!
//! let odd: serde_json::Value = json::from_str(r#"{"name": "Caf\ud83d", "count": 18446744073709551616}"#)?;
//! assert_eq!(odd, serde_json::json!({ "name": "Caf\u{fffd}", "count": "18446744073709551616" }));
//! # Ok::<(), json::Error>(())
//! ```

mod document;
mod error;
mod lenient;
mod mismatch;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::json::document::Node;
use crate::json::mismatch::Mismatch;

pub use crate::json::error::Error;

/// Decodes a JSON text.
///
/// # Errors
///
/// The text is no JSON, or not a `T`.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    read(text, |text| serde_json::from_str(text))
}

/// Decodes a JSON text in UTF-8.
///
/// # Errors
///
/// As [`from_str`]; or the bytes are not UTF-8.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // One check of all bytes, then `from_str`: faster than serde_json's `from_slice`, which checks each string.
    match std::str::from_utf8(bytes) {
        Ok(text) => from_str(text),
        Err(_) => Err(Error::not_utf8()),
    }
}

/// Decodes a JSON value.
///
/// # Errors
///
/// The value is not a `T`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    let document = Node::from(&value);
    T::deserialize(value).map_err(|_| Error::data(Mismatch::find::<T>(&document), 0, 0))
}

/// Decodes a text with `decode`, and rewrites the text if it has values that serde_json cannot hold.
pub(crate) fn read<T: DeserializeOwned>(
    text: &str,
    decode: impl Fn(&str) -> Result<T, serde_json::Error>,
) -> Result<T, Error> {
    if lenient::has_long_number(text) {
        if let Some(value) = lenient::rewrite(text).and_then(|rewritten| decode(&rewritten).ok()) {
            return Ok(value);
        }
    }
    let error = match decode(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // The kind of the error does not say whether serde_json can hold the text: the object of an event has errors of its own.
    if serde_json::from_str::<Node>(text).is_err() {
        if let Some(rewritten) = lenient::rewrite(text) {
            return decode(&rewritten).map_err(|error| explain::<T>(&rewritten, &error));
        }
    }
    Err(explain::<T>(text, &error))
}

/// The place and the reason of a failure. It decodes a second time, so that only failures pay for it.
fn explain<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Error {
    match (error.classify(), serde_json::from_str::<Node>(text)) {
        (Category::Data, Ok(document)) => {
            Error::data(Mismatch::find::<T>(&document), error.line(), error.column())
        }
        _ => Error::syntax(error),
    }
}
