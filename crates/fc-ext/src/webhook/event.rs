//! Snapshot events: parsing, kinds, and API versions.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use fc_types::{API_VERSION, Event};

use super::error::{PayloadKind, UndecodablePayload, WebhookError};
use super::payload::{self, explain, undecodable};

/// The most characters of a foreign API version that are shown. Stripe's have about 20.
const LONGEST_VERSION: usize = 64;

/// Snapshot event, as a webhook delivered it.
///
/// It derefs to the [`Event`]. [`kind`](WebhookEvent::kind) pairs the type of the event with its object.
///
/// An event of unknown type, or with an object that does not decode, is still an event.
/// [`EventObject::Unknown`](fc_types::EventObject::Unknown) then holds the JSON of the object as received.
///
/// `Debug` shows the envelope only, because the object may hold personal data.
#[derive(Clone, PartialEq)]
pub struct WebhookEvent(Event);

impl WebhookEvent {
    /// Parses a body that was verified before, or that needs no verification, such as an event from `GET /v1/events`.
    ///
    /// [`Verifier::event`](super::Verifier::event) verifies and parses in one step.
    ///
    /// # Errors
    ///
    /// [`WebhookError::UnexpectedPayload`] when the body is a thin event, an envelope or no event.
    /// [`WebhookError::Undecodable`] when it is not JSON, or lacks `id`, `type` or `data`. Of a repeated `id`, `type` or `data`
    /// the first must be readable too.
    pub fn parse(body: impl AsRef<[u8]>) -> Result<Self, WebhookError> {
        let text = payload::text(body.as_ref())?;
        match Event::from_json(text) {
            // An `object` other than `event` is kept in `extra`.
            Ok(event) if event.extra.get("object").is_none() => Ok(Self(event)),
            event => Err(explain(text, PayloadKind::Snapshot, event.err())),
        }
    }

    /// Reason why the object does not have the type that the event's type or its `object` member names. `None` when it has
    /// that type, or when no type is expected.
    ///
    /// It decodes the object again, so call it only to report.
    #[must_use]
    pub fn decode_error(&self) -> Option<UndecodablePayload> {
        let object = &self.0.data.object;
        let (expected, found) = (self.0.type_.object_type(), object.object_type());
        if let Some(expected) = expected {
            if found != Some(expected) {
                return Some(UndecodablePayload::new("data.object.object", format!("expected `{expected}`")));
            }
        }
        Some(undecodable(&object.decode_error()?, "data.object"))
    }

    /// Difference between the API version of the event and that of this crate.
    ///
    /// The object is decoded in any case; missing and new fields are tolerated where possible. `None` when the versions are
    /// equal or the event has no version.
    #[must_use]
    pub fn version_mismatch(&self) -> Option<VersionMismatch<'_>> {
        let received = self.0.api_version.as_deref()?;
        (received != API_VERSION).then_some(VersionMismatch { received, expected: API_VERSION })
    }

    /// The plain [`Event`].
    #[must_use]
    pub fn into_event(self) -> Event {
        self.0
    }
}

impl Deref for WebhookEvent {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.0
    }
}

impl Borrow<Event> for WebhookEvent {
    fn borrow(&self) -> &Event {
        &self.0
    }
}

impl From<Event> for WebhookEvent {
    /// For events that were read from the API or decoded elsewhere.
    fn from(event: Event) -> Self {
        Self(event)
    }
}

impl fmt::Debug for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookEvent")
            .field("id", &self.0.id)
            .field("type", &self.0.type_.as_str())
            .field("created", &self.0.created)
            .field("livemode", &self.0.livemode)
            .field("api_version", &self.0.api_version)
            .finish_non_exhaustive()
    }
}

/// Difference between the API version of an event and that of this crate.
///
/// ```
/// # use fc_ext::webhook::WebhookEvent;
/// # fn handle(event: &WebhookEvent) {
/// if let Some(mismatch) = event.version_mismatch().filter(|mismatch| !mismatch.is_compatible()) {
///     eprintln!("{}: {mismatch}", event.id);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionMismatch<'e> {
    received: &'e str,
    expected: &'static str,
}

impl<'e> VersionMismatch<'e> {
    /// API version of the event.
    #[must_use]
    pub fn received(&self) -> &'e str {
        self.received
    }

    /// API version of this crate, [`API_VERSION`].
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }

    /// Whether both versions belong to one release train (`2026-06-24.dahlia`, `2026-07-29.dahlia`). Stripe makes no
    /// breaking change within a train. A preview version is compatible with itself only.
    #[must_use]
    pub fn is_compatible(&self) -> bool {
        let train = |version: &'e str| version.split_once('.').map(|(_, train)| train);
        train(self.received)
            .is_some_and(|received| received != "preview" && train(self.expected) == Some(received))
    }
}

impl fmt::Display for VersionMismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Escaped and cut, because the version comes from outside and could break a log line.
        let received: String =
            self.received.chars().take(LONGEST_VERSION).flat_map(char::escape_debug).collect();
        write!(f, "the event has API version {received}, this crate has {}", self.expected)
    }
}

#[cfg(test)]
mod tests {
    use fc_types::{EventObject, EventType};
    use serde_json::{Value, json};

    use super::super::testing::{ACCOUNT, AUTHORIZATION, SNAPSHOT, THIN, snapshot};
    use super::*;
    use crate::generated::EventKind;

    fn parse(event: &Value) -> WebhookEvent {
        WebhookEvent::parse(event.to_string()).unwrap()
    }

    fn account() -> Value {
        serde_json::from_str(ACCOUNT).unwrap()
    }

    #[test]
    fn each_of_the_14_types_comes_with_its_object() {
        assert_eq!(EventType::KNOWN.len(), 14);
        for type_ in EventType::KNOWN {
            let is_account = type_.as_str().starts_with("financial_connections.account.");
            let object = serde_json::from_str(if is_account { ACCOUNT } else { AUTHORIZATION }).unwrap();
            let event = parse(&snapshot(type_.as_str(), object));
            let kind = format!("{:?}", event.kind());
            let payload = if is_account { "(Account {" } else { "(Authorization {" };
            assert!(kind.starts_with(&format!("{type_:?}{payload}")), "{kind}");
            assert_eq!(event.decode_error(), None);
        }
    }

    #[test]
    fn an_unknown_type_keeps_its_object_as_json() {
        let session =
            json!({"id": "fcsess_1", "object": "financial_connections.session", "accounts": {"data": []}});
        let event = parse(&snapshot("financial_connections.session.updated", session.clone()));
        assert!(matches!(event.kind(), EventKind::Other(event) if event.id == "evt_1"));
        assert_eq!(event.decode_error(), None);
        assert_eq!(serde_json::to_value(&event.data.object).unwrap(), session);

        let event = parse(&snapshot("financial_connections.account.something_new", session));
        assert_eq!(event.decode_error(), None, "no object is expected for an unknown type");
    }

    #[test]
    fn a_known_object_of_an_unknown_type_is_typed() {
        let event = parse(&snapshot("financial_connections.account.refreshed_inferred_balances", account()));
        assert!(matches!(event.kind(), EventKind::Other(_)));
        assert!(matches!(event.data.object, EventObject::Account(_)));
        assert_eq!(event.decode_error(), None);
    }

    #[test]
    fn an_object_that_does_not_decode_keeps_its_json_and_the_reason() {
        let mut object = account();
        object["created"] = json!("HIDDEN");
        let event = parse(&snapshot("financial_connections.account.created", object.clone()));
        assert!(matches!(event.kind(), EventKind::Undecoded(event) if event.id == "evt_1"));
        assert_eq!(
            event.decode_error().unwrap().to_string(),
            "found string, expected i64 at `data.object.created`"
        );
        assert_eq!(serde_json::to_value(&event.data.object).unwrap(), object);

        object.as_object_mut().unwrap().remove("created");
        let event = parse(&snapshot("financial_connections.account.created", object.clone()));
        assert_eq!(event.decode_error().unwrap().to_string(), "missing field `created` at `data.object`");

        let event = parse(&snapshot("charge.updated", object));
        assert!(matches!(event.kind(), EventKind::Other(_)));
        assert_eq!(event.decode_error().unwrap().reason(), "missing field `created`");
    }

    #[test]
    fn a_known_type_with_an_object_of_another_type_is_undecoded() {
        for (type_, object, expected) in [
            ("authorization.upcoming_deactivation", ACCOUNT, "authorization"),
            ("account.upcoming_deactivation", AUTHORIZATION, "account"),
            ("account.created", r#"{"id": "cus_1", "object": "customer"}"#, "account"),
            ("account.created", r#"{"id": "cus_1"}"#, "account"),
        ] {
            let type_ = format!("financial_connections.{type_}");
            let event = parse(&snapshot(&type_, serde_json::from_str(object).unwrap()));
            assert!(matches!(event.kind(), EventKind::Undecoded(_)), "{type_}");
            assert_eq!(
                event.decode_error().unwrap().to_string(),
                format!("expected `financial_connections.{expected}` at `data.object.object`")
            );
        }
    }

    #[test]
    fn another_kind_of_payload_is_named() {
        let refusal = |body: &str| WebhookEvent::parse(body).unwrap_err().to_string();
        assert_eq!(
            refusal(THIN),
            "another kind of payload: expected a snapshot event (`object` is `event`), found a thin event (`object` is \
             `v2.core.event`); parse it as a `ThinEvent`, or set the endpoint to snapshot payloads"
        );
        let no_event = "expected a snapshot event (`object` is `event`), found no event";
        for body in [ACCOUNT, "{}", "[]", "null", &SNAPSHOT.replace("\"event\"", "\"eventful\"")] {
            assert_eq!(refusal(body), format!("another kind of payload: {no_event}"), "{body}");
        }
    }

    #[test]
    fn a_broken_event_is_rejected_with_the_place_and_without_its_values() {
        let broken = |path: &str, value: Value| {
            let mut event: Value = serde_json::from_str(SNAPSHOT).unwrap();
            *event.pointer_mut(path).unwrap() = value;
            WebhookEvent::parse(event.to_string()).unwrap_err()
        };
        let error = broken("/id", json!(["HIDDEN"]));
        assert_eq!(error.to_string(), "unreadable payload: found sequence, expected a string at `id`");
        let error = broken("/data/object", json!("HIDDEN"));
        assert_eq!(
            error.to_string(),
            "unreadable payload: found string, expected the object of an event at `data.object`"
        );
        assert!(!format!("{error:?}").contains("HIDDEN"));

        let mut event: Value = serde_json::from_str(SNAPSHOT).unwrap();
        event.as_object_mut().unwrap().remove("data");
        let refusal = |body: &[u8]| WebhookEvent::parse(body).unwrap_err().to_string();
        assert_eq!(refusal(event.to_string().as_bytes()), "unreadable payload: missing field `data`");
        assert_eq!(refusal(b""), "unreadable payload: EOF while parsing a value at line 1 column 0");
        assert_eq!(refusal(b"<html>"), "unreadable payload: expected value at line 1 column 1");
        assert_eq!(refusal(b"{\"id\": \"\xff\"}"), "unreadable payload: it is not UTF-8");
        assert!(
            refusal(format!("{SNAPSHOT} x").as_bytes())
                .starts_with("unreadable payload: trailing characters")
        );
    }

    /// A body that the JSON readers of other languages take.
    #[test]
    fn an_odd_value_that_no_program_reads_does_not_lose_a_verified_event() {
        let deep = format!("{}{}", "[".repeat(130), "]".repeat(130));
        for odd in [r#""Caf\ud83d""#, "1e400", "18446744073709551616", deep.as_str()] {
            for place in [r#""object":"event","#, r#""object":"financial_connections.account","#] {
                let compact = serde_json::from_str::<Value>(SNAPSHOT).unwrap().to_string();
                assert!(compact.contains(place), "{compact}");
                let body = compact.replace(place, &format!(r#"{place}"new":{odd},"#));
                let event = WebhookEvent::parse(&body).unwrap_or_else(|error| panic!("{error}"));
                assert!(!matches!(event.kind(), EventKind::Other(_) | EventKind::Undecoded(_)), "{odd}");
                let extra = match &event.data.object {
                    EventObject::Account(account) if event.extra.is_empty() => &account.extra,
                    _ => &event.extra,
                };
                assert!(extra.get("new").is_some(), "{odd}");
            }
        }
    }

    #[test]
    fn another_version_is_reported_and_tolerated() {
        let with_version = |version: Value| {
            let mut event = snapshot("financial_connections.account.created", account());
            event["api_version"] = version;
            parse(&event)
        };
        assert_eq!(with_version(json!(API_VERSION)).version_mismatch(), None);
        assert_eq!(with_version(Value::Null).version_mismatch(), None);

        let event = with_version(json!("2025-11-17.clover"));
        let mismatch = event.version_mismatch().unwrap();
        assert_eq!((mismatch.received(), mismatch.expected()), ("2025-11-17.clover", API_VERSION));
        assert!(matches!(event.kind(), EventKind::AccountCreated(_)));
        assert_eq!(
            mismatch.to_string(),
            format!("the event has API version 2025-11-17.clover, this crate has {API_VERSION}")
        );
    }

    #[test]
    fn versions_of_one_release_train_are_compatible() {
        let compatible = |received, expected| VersionMismatch { received, expected }.is_compatible();
        assert!(compatible("2026-10-28.endive", "2026-09-30.endive"));
        assert!(!compatible("2026-07-29.dahlia", "2026-09-30.endive"));
        assert!(!compatible("2023-08-16", "2026-09-30.endive"));
        assert!(!compatible("2023-08-16", "2022-11-15"));
        assert!(!compatible("2026-10-28.preview", "2026-09-30.preview"));
    }

    #[test]
    fn debug_shows_the_envelope_only() {
        let event = WebhookEvent::parse(SNAPSHOT).unwrap();
        let shown = format!("{event:?}");
        assert!(shown.contains("evt_1") && shown.contains("financial_connections.account."), "{shown}");
        assert!(!shown.contains("6789") && !shown.contains("fca_"), "{shown}");

        let session = json!({"object": "financial_connections.session", "client_secret": "HIDDEN"});
        let event = parse(&snapshot("financial_connections.session.updated", session));
        assert!(!format!("{event:?} {:?}", event.kind()).contains("HIDDEN"));
    }
}
