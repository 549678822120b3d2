//! Envelopes in which Amazon EventBridge and Azure Event Grid deliver events.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::error::{PayloadKind, UndecodablePayload, UnexpectedPayload, WebhookError};
use super::payload::{kind, text};

/// Unwraps the event in an envelope of Amazon EventBridge (`detail`) or Azure Event Grid (`data`).
///
/// Such a delivery has no `Stripe-Signature`. The channel is the proof that it comes from Stripe: your event bus with
/// Stripe's partner source, or your Event Grid topic. Never call this on a body that an open HTTP endpoint received.
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
/// [`WebhookError::UnexpectedPayload`] when the body is a bare event or neither of the two envelopes, such as the array of
/// a batch. [`WebhookError::Undecodable`] when it is not JSON.
pub fn open_envelope(body: &(impl AsRef<[u8]> + ?Sized)) -> Result<&str, WebhookError> {
    let text = text(body.as_ref())?;
    let found = kind(text)?;
    if found != PayloadKind::Envelope {
        return Err(UnexpectedPayload::new(PayloadKind::Envelope, found).into());
    }
    // It is JSON, or `kind` had rejected it. The event itself is not parsed here, whatever odd values it has.
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)
        .map_err(|_| UndecodablePayload::new("", "the name of a member of the envelope is not text"))?;
    let event = members.get("detail").or_else(|| members.get("data"));
    event
        .map(|event| event.get())
        .ok_or_else(|| UndecodablePayload::new("", "it has neither `detail` nor `data`").into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::event::WebhookEvent;
    use super::super::testing;
    use super::super::thin::ThinEvent;
    use super::*;

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
    fn both_envelopes_hold_either_kind_of_event() {
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
    fn other_payloads_are_not_opened() {
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
    fn an_envelope_is_not_parsed_as_an_event() {
        let snapshot: Value = serde_json::from_str(testing::SNAPSHOT).unwrap();
        for body in [event_bridge(&snapshot), event_grid(&snapshot)] {
            let error = WebhookEvent::parse(&body).unwrap_err();
            assert!(error.to_string().ends_with("unwrap the event with `open_envelope`"), "{error}");
            assert_eq!(ThinEvent::parse(&body).unwrap_err().to_string().matches("open_envelope").count(), 1);
        }
    }
}
