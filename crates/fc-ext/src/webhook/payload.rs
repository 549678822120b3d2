//! Kind of a payload, and the reason why one does not decode.

use fc_types::json;
use serde_json::{Map, Value};

use super::error::{PayloadKind, UndecodablePayload, UnexpectedPayload, WebhookError};

/// Body as text. One UTF-8 check of the body is faster than serde's check of each string.
pub(crate) fn text(body: &[u8]) -> Result<&str, WebhookError> {
    std::str::from_utf8(body).map_err(|_| UndecodablePayload::new("", "it is not UTF-8").into())
}

/// Reason why `text` is no `expected` payload. `error` is why it did not decode; `None` if it decoded.
pub(crate) fn explain(text: &str, expected: PayloadKind, error: Option<json::Error>) -> WebhookError {
    match (kind(text), error) {
        (Err(error), _) => error,
        (Ok(found), Some(error)) if found == expected => undecodable(&error, "").into(),
        (Ok(found), _) => UnexpectedPayload::new(expected, found).into(),
    }
}

/// Place and reason of a decoding error. `prefix` is the place in the payload where decoding started.
pub(crate) fn undecodable(error: &json::Error, prefix: &str) -> UndecodablePayload {
    let path = match (prefix, error.path()) {
        ("", path) => path.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, path) => format!("{prefix}.{path}"),
    };
    if error.is_data() {
        return UndecodablePayload::new(path, error.reason());
    }
    UndecodablePayload::new("", error.to_string())
}

/// Kind of a JSON document.
pub(super) fn kind(text: &str) -> Result<PayloadKind, WebhookError> {
    let value: Value = json::from_str(text).map_err(|error| undecodable(&error, ""))?;
    let Value::Object(members) = value else {
        return Ok(PayloadKind::Other);
    };
    let is_object = |name: &str| members.get(name).is_some_and(Value::is_object);
    Ok(match tag(&members) {
        Some("event") => PayloadKind::Snapshot,
        Some("v2.core.event") => PayloadKind::Thin,
        // EventBridge has no member that marks its envelope. Event Grid delivers CloudEvents, which require `specversion`.
        _ if is_object("detail") => PayloadKind::Envelope,
        _ if members.contains_key("specversion") && is_object("data") => PayloadKind::Envelope,
        _ => PayloadKind::Other,
    })
}

/// Member `object`, which names the type of an API object.
pub(super) fn tag(members: &Map<String, Value>) -> Option<&str> {
    members.get("object")?.as_str()
}
