//! What kind of payload a body is, and why it does not decode.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{PayloadKind, UndecodablePayload, UnexpectedPayload, WebhookError};

/// Takes an event out of the envelope in which Amazon EventBridge (`detail`) or Azure Event Grid (`data`) delivers it.
///
/// Such a delivery has no `Stripe-Signature`. What shows that it comes from Stripe is the channel: your event bus with
/// Stripe's partner source, your Event Grid topic. Never call this on what an open HTTP endpoint received.
///
/// ```
/// use fc_ext::webhook::{ThinEvent, open_envelope};
///
/// let body = r#"{"version": "0", "detail-type": "v1.financial_connections.account.created", "detail": {
///   "id": "evt_1", "object": "v2.core.event", "type": "v1.financial_connections.account.created",
///   "created": "2026-10-28T12:00:00.000Z", "livemode": false}}"#;
/// let event = ThinEvent::parse(open_envelope(body)?)?;
/// assert_eq!(event.id, "evt_1");
/// # Ok::<(), fc_ext::webhook::WebhookError>(())
/// ```
///
/// # Errors
///
/// [`WebhookError::UnexpectedPayload`] when the body is a bare event or no envelope of the two, such as the array of a
/// batch; [`WebhookError::Undecodable`] when it is no JSON.
pub fn open_envelope(body: &(impl AsRef<[u8]> + ?Sized)) -> Result<&str, WebhookError> {
    let text = text(body.as_ref())?;
    let found = kind(text)?;
    if found != PayloadKind::Envelope {
        return Err(UnexpectedPayload::new(PayloadKind::Envelope, found).into());
    }
    let members: BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(|error| UndecodablePayload::new("", reason(&error)))?;
    let event = members.get("detail").or_else(|| members.get("data"));
    event
        .map(|event| event.get())
        .ok_or_else(|| UndecodablePayload::new("", "no `detail` and no `data`").into())
}

/// The body as text. One check of the whole is faster than serde's check of each string.
pub(super) fn text(body: &[u8]) -> Result<&str, WebhookError> {
    str::from_utf8(body).map_err(|_| UndecodablePayload::new("", "it is not UTF-8").into())
}

/// Says why `text` is no `T`, an `expected` payload. It reads `text` anew, so that success does not pay for it.
pub(super) fn explain<T: DeserializeOwned>(text: &str, expected: PayloadKind) -> WebhookError {
    match kind(text) {
        Ok(found) if found != expected => UnexpectedPayload::new(expected, found).into(),
        Ok(_) => {
            match serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text)) {
                Err(traced) => undecodable(&traced, "").into(),
                Ok(_) => UndecodablePayload::new("", "it does not end with the event").into(),
            }
        }
        Err(error) => error,
    }
}

/// Where and why decoding stopped; `prefix` is where in the payload it began.
pub(super) fn undecodable(
    traced: &serde_path_to_error::Error<serde_json::Error>,
    prefix: &str,
) -> UndecodablePayload {
    let inner = traced.path();
    let path = match (prefix, inner.iter().next()) {
        (_, None) => prefix.to_owned(),
        ("", Some(_)) => inner.to_string(),
        _ => format!("{prefix}.{inner}"),
    };
    UndecodablePayload::new(path, reason(traced.inner()))
}

/// The kind of a JSON document.
pub(super) fn kind(text: &str) -> Result<PayloadKind, WebhookError> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| UndecodablePayload::new("", reason(&error)))?;
    let Value::Object(members) = value else {
        return Ok(PayloadKind::Other);
    };
    let is_object = |name: &str| members.get(name).is_some_and(Value::is_object);
    Ok(match tag(&members) {
        Some("event") => PayloadKind::Snapshot,
        Some("v2.core.event") => PayloadKind::Thin,
        // EventBridge has no member that marks it as such. Event Grid delivers CloudEvents, whose version is a must.
        _ if is_object("detail") => PayloadKind::Envelope,
        _ if members.contains_key("specversion") && is_object("data") => PayloadKind::Envelope,
        _ => PayloadKind::Other,
    })
}

/// The `object` member, by which an object of the API names its type.
pub(super) fn tag(members: &Map<String, Value>) -> Option<&str> {
    members.get("object")?.as_str()
}

/// Why decoding failed, without what was received; of what is no JSON also where.
fn reason(error: &serde_json::Error) -> String {
    let reason = fc_client::__decode_reason(error);
    if error.classify() == Category::Data {
        return reason;
    }
    format!("{reason} at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::webhook::{ThinEvent, WebhookEvent, testing};

    fn event_bridge(event: &Value) -> String {
        json!({
            "version": "0", "id": "6f2bd0e3-0a4c-4d5b-9ba6-8d3c3f6b7a10", "detail-type": event["type"],
            "source": "aws.partner/stripe.com/ed_test_61R", "account": "123456789012",
            "time": "2026-10-28T12:00:00Z", "region": "us-east-1", "resources": [], "detail": event,
        })
        .to_string()
    }

    fn event_grid(event: &Value) -> String {
        json!({
            "specversion": "1.0", "id": "evt_1", "source": "ed_test_61R", "type": event["type"],
            "time": "2026-10-28T12:00:00Z", "datacontenttype": "application/json", "data": event,
        })
        .to_string()
    }

    #[test]
    fn both_envelopes_give_out_either_kind_of_event() {
        let snapshot: Value = serde_json::from_str(testing::SNAPSHOT).unwrap();
        let thin: Value = serde_json::from_str(testing::THIN).unwrap();
        for envelope in [event_bridge, event_grid] {
            let event = WebhookEvent::parse(open_envelope(&envelope(&snapshot)).unwrap()).unwrap();
            assert_eq!(event, WebhookEvent::parse(testing::SNAPSHOT).unwrap());
            let event = ThinEvent::parse(open_envelope(envelope(&thin).as_bytes()).unwrap()).unwrap();
            assert_eq!(event, ThinEvent::parse(testing::THIN).unwrap());
        }
    }

    #[test]
    fn what_is_no_envelope_is_not_opened() {
        let found = |body: &str| match open_envelope(body).unwrap_err() {
            WebhookError::UnexpectedPayload(facts) => Some((facts.expected(), facts.found())),
            _ => None,
        };
        use PayloadKind::{Envelope, Other, Snapshot, Thin};
        assert_eq!(found(testing::SNAPSHOT), Some((Envelope, Snapshot)));
        assert_eq!(found(testing::THIN), Some((Envelope, Thin)));
        for body in ["[]", "1", "{}", r#"{"detail": null}"#, r#"{"data": {}}"#, r#"{"specversion": "1.0"}"#] {
            assert_eq!(found(body), Some((Envelope, Other)), "{body}");
        }
        assert_eq!(found("{"), None);
        assert_eq!(
            open_envelope("{").unwrap_err().to_string(),
            "unreadable payload: EOF while parsing an object at line 1 column 1"
        );
    }

    #[test]
    fn a_reason_that_is_not_known_to_be_harmless_is_not_repeated() {
        let error = <serde_json::Error as serde::de::Error>::custom("HIDDEN");
        assert_eq!(reason(&error), "the value does not fit");
    }

    #[test]
    fn an_envelope_is_not_taken_for_an_event() {
        let snapshot: Value = serde_json::from_str(testing::SNAPSHOT).unwrap();
        for body in [event_bridge(&snapshot), event_grid(&snapshot)] {
            let error = WebhookEvent::parse(&body).unwrap_err();
            assert!(error.to_string().ends_with("take the event out with `open_envelope`"), "{error}");
            assert_eq!(ThinEvent::parse(&body).unwrap_err().to_string().matches("open_envelope").count(), 1);
        }
    }
}
