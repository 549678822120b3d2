//! Snapshot events: parsed, sorted by kind, and checked against the version of this crate.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use fc_types::{API_VERSION, Account, Authorization, Event, EventObject, EventType};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::payload::{self, explain, tag, undecodable};
use super::{PayloadKind, UndecodablePayload, WebhookError};

/// A snapshot event, as a webhook delivered it.
///
/// It derefs to the [`Event`]; [`kind`](WebhookEvent::kind) pairs what happened with the object that it happened to.
///
/// An event of a type that this version does not know, or whose object does not decode, is still an event: its object
/// is then kept as the JSON that came, in [`EventObject::Unknown`].
///
/// `Debug` shows the envelope only, since the object may hold personal data.
#[derive(Clone, PartialEq)]
pub struct WebhookEvent(Event);

impl WebhookEvent {
    /// Parses a body that was verified before, or that needs no verification, such as an event from `GET /v1/events`.
    ///
    /// To verify and parse in one step, use [`Verifier::event`](super::Verifier::event).
    ///
    /// # Errors
    ///
    /// [`WebhookError::UnexpectedPayload`] when the body is a thin event, an envelope or no event;
    /// [`WebhookError::Undecodable`] when it is no JSON or lacks what every event has.
    pub fn parse(body: impl AsRef<[u8]>) -> Result<Self, WebhookError> {
        let text = payload::text(body.as_ref())?;
        match Event::from_json(text) {
            // A tag other than `event` is kept among the unknown fields.
            Ok(event) if event.extra.get("object").is_none() => Ok(Self(event)),
            _ => Err(explain::<Event>(text, PayloadKind::Snapshot)),
        }
    }

    /// What happened, with the object it happened to.
    #[must_use]
    pub fn kind(&self) -> EventKind<'_> {
        use EventKind as Kind;
        use EventObject::{Account, Authorization};
        use EventType as Type;

        match (&self.0.type_, &self.0.data.object) {
            (Type::AccountAccountNumbersUpdated, Account(account)) => {
                Kind::AccountAccountNumbersUpdated(account)
            }
            (Type::AccountCreated, Account(account)) => Kind::AccountCreated(account),
            (Type::AccountDeactivated, Account(account)) => Kind::AccountDeactivated(account),
            (Type::AccountDisconnected, Account(account)) => Kind::AccountDisconnected(account),
            (Type::AccountExpectedDeactivationDateUpdated, Account(account)) => {
                Kind::AccountExpectedDeactivationDateUpdated(account)
            }
            (Type::AccountReactivated, Account(account)) => Kind::AccountReactivated(account),
            (Type::AccountRefreshedBalance, Account(account)) => Kind::AccountRefreshedBalance(account),
            (Type::AccountRefreshedOwnership, Account(account)) => Kind::AccountRefreshedOwnership(account),
            (Type::AccountRefreshedTransactions, Account(account)) => {
                Kind::AccountRefreshedTransactions(account)
            }
            (Type::AccountSupportedPaymentMethodTypesUpdated, Account(account)) => {
                Kind::AccountSupportedPaymentMethodTypesUpdated(account)
            }
            (Type::AccountUpcomingAccountNumberExpiry, Account(account)) => {
                Kind::AccountUpcomingAccountNumberExpiry(account)
            }
            (Type::AccountUpcomingDeactivation, Account(account)) => {
                Kind::AccountUpcomingDeactivation(account)
            }
            (Type::AuthorizationExpectedDeactivationDateUpdated, Authorization(authorization)) => {
                Kind::AuthorizationExpectedDeactivationDateUpdated(authorization)
            }
            (Type::AuthorizationUpcomingDeactivation, Authorization(authorization)) => {
                Kind::AuthorizationUpcomingDeactivation(authorization)
            }
            (Type::Unknown(_), _) => Kind::Other(self),
            _ => Kind::Undecoded(self),
        }
    }

    /// Why the object of the event is not of the type that the event's type or its own `object` member promises; `None`
    /// when it is, or when nothing was promised.
    ///
    /// It is found by decoding the object once more, so call it only to report.
    #[must_use]
    pub fn decode_error(&self) -> Option<UndecodablePayload> {
        let expected = expected_object(&self.0.type_);
        let (found, fields) = match &self.0.data.object {
            EventObject::Account(_) => (Some(Account::OBJECT), None),
            EventObject::Authorization(_) => (Some(Authorization::OBJECT), None),
            EventObject::Unknown(fields) => (tag(fields), Some(fields)),
            _ => return None,
        };
        if let Some(expected) = expected
            && found != Some(expected)
        {
            return Some(UndecodablePayload::new("data.object.object", format!("expected `{expected}`")));
        }
        match found {
            Some(Account::OBJECT) => why_not::<Account>(fields?),
            Some(Authorization::OBJECT) => why_not::<Authorization>(fields?),
            _ => None,
        }
    }

    /// Whether the object of the event is written in another API version than this crate was generated from.
    ///
    /// It is decoded all the same: what is missing or new is tolerated wherever that is possible. `None` when the versions
    /// are equal or the event does not tell.
    #[must_use]
    pub fn version_mismatch(&self) -> Option<VersionMismatch<'_>> {
        let received = self.0.api_version.as_deref()?;
        (received != API_VERSION).then_some(VersionMismatch { received, expected: API_VERSION })
    }

    /// The event alone.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.0
    }
}

/// The type of object that events of a type are about.
fn expected_object(type_: &EventType) -> Option<&'static str> {
    if matches!(type_, EventType::Unknown(_)) {
        return None;
    }
    [Account::OBJECT, Authorization::OBJECT]
        .into_iter()
        .find(|object| type_.as_str().strip_prefix(object).is_some_and(|rest| rest.starts_with('.')))
}

fn why_not<T: DeserializeOwned>(fields: &Map<String, Value>) -> Option<UndecodablePayload> {
    let error = serde_path_to_error::deserialize::<_, T>(Value::Object(fields.clone())).err()?;
    Some(undecodable(&error, "data.object"))
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

/// What happened, with the object it happened to; see [`WebhookEvent::kind`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum EventKind<'e> {
    /// The numbers of an account changed, in state or in expiry.
    AccountAccountNumbersUpdated(&'e Account),
    /// A user linked an account.
    AccountCreated(&'e Account),
    /// An account became inactive.
    AccountDeactivated(&'e Account),
    /// An account was disconnected.
    AccountDisconnected(&'e Account),
    /// The date on which an account is expected to become inactive was set or moved.
    AccountExpectedDeactivationDateUpdated(&'e Account),
    /// An inactive account became active again.
    AccountReactivated(&'e Account),
    /// A refresh of the balance ended; `balance_refresh.status` tells how.
    AccountRefreshedBalance(&'e Account),
    /// A refresh of the ownership ended; `ownership_refresh.status` tells how.
    AccountRefreshedOwnership(&'e Account),
    /// A refresh of the transactions ended; `transaction_refresh.status` tells how.
    AccountRefreshedTransactions(&'e Account),
    /// The types of PaymentMethod that can be made from an account changed.
    AccountSupportedPaymentMethodTypesUpdated(&'e Account),
    /// A tokenized number of an account expires in 30 days or less.
    AccountUpcomingAccountNumberExpiry(&'e Account),
    /// An account is expected to become inactive in 30 days.
    AccountUpcomingDeactivation(&'e Account),
    /// The date on which an authorization is expected to become inactive was set or moved.
    AuthorizationExpectedDeactivationDateUpdated(&'e Authorization),
    /// An authorization is expected to become inactive in 30 days.
    AuthorizationUpcomingDeactivation(&'e Authorization),
    /// A type of Financial Connections whose object did not decode, or is not the one that belongs to it.
    /// [`WebhookEvent::decode_error`] says why.
    Undecoded(&'e WebhookEvent),
    /// A type that this version does not know: of another part of Stripe, in preview, or newer.
    Other(&'e WebhookEvent),
}

/// An event written in another API version than this crate was generated from.
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
    /// The version of the event.
    #[must_use]
    pub fn received(&self) -> &'e str {
        self.received
    }

    /// The version of this crate, [`API_VERSION`].
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }

    /// Whether both versions belong to one release train (`2026-06-24.dahlia`, `2026-07-29.dahlia`), in which Stripe
    /// makes no breaking change. Versions in preview are compatible with none but themselves.
    #[must_use]
    pub fn is_compatible(&self) -> bool {
        let train = |version: &'e str| version.split_once('.').map(|(_, train)| train);
        train(self.received)
            .is_some_and(|received| received != "preview" && train(self.expected) == Some(received))
    }
}

impl fmt::Display for VersionMismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The version comes from outside; anything but its usual form could break a log line.
        let received = self.received.escape_debug();
        write!(f, "the event is written in API version {received}, this crate in {}", self.expected)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::webhook::testing::{ACCOUNT, AUTHORIZATION, SNAPSHOT, THIN, snapshot};

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
    fn an_unknown_type_keeps_its_object_raw() {
        let session =
            json!({"id": "fcsess_1", "object": "financial_connections.session", "accounts": {"data": []}});
        let event = parse(&snapshot("financial_connections.session.updated", session.clone()));
        assert!(matches!(event.kind(), EventKind::Other(event) if event.id == "evt_1"));
        assert_eq!(event.decode_error(), None);
        assert_eq!(serde_json::to_value(&event.data.object).unwrap(), session);

        let event = parse(&snapshot("financial_connections.account.something_new", session));
        assert_eq!(event.decode_error(), None, "nobody knows yet what such an event is about");
    }

    #[test]
    fn an_unknown_type_with_a_known_object_still_has_it_typed() {
        let event = parse(&snapshot("financial_connections.account.refreshed_inferred_balances", account()));
        assert!(matches!(event.kind(), EventKind::Other(_)));
        assert!(matches!(event.data.object, EventObject::Account(_)));
        assert_eq!(event.decode_error(), None);
    }

    #[test]
    fn an_object_that_does_not_decode_keeps_the_event_its_json_and_the_reason() {
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
    fn a_known_type_with_the_object_of_another_is_not_passed_off_as_its_own() {
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
    fn another_kind_of_payload_is_told_apart() {
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
    fn a_broken_event_is_refused_with_the_place_and_without_its_values() {
        let broken = |path: &str, value: Value| {
            let mut event: Value = serde_json::from_str(SNAPSHOT).unwrap();
            *event.pointer_mut(path).unwrap() = value;
            WebhookEvent::parse(event.to_string()).unwrap_err()
        };
        let error = broken("/created", json!("HIDDEN"));
        assert_eq!(error.to_string(), "unreadable payload: found string, expected i64 at `created`");
        let error = broken("/data/object", json!("HIDDEN"));
        assert_eq!(error.to_string(), "unreadable payload: found string, expected a map at `data.object`");
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

    #[test]
    fn another_version_is_visible_and_not_fatal() {
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
            format!("the event is written in API version 2025-11-17.clover, this crate in {API_VERSION}")
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
