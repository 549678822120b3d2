//! Thin events: notifications that name an object instead of holding it.

use fc_types::{Account, AccountId, EventId, EventRequest, EventType, Extra};
use serde_json::{Map, Value};

use super::payload::{self, kind};
use super::{PayloadKind, UndecodablePayload, UnexpectedPayload, WebhookError};

/// A thin event (`v2.core.event`), such as `v1.financial_connections.account.created`.
///
/// It does not hold the object, so it has no API version and cannot be out of date: read the object it refers to, for
/// an account with [`account_id`](ThinEvent::account_id).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ThinEvent {
    /// Id of the event (`evt_…`), the same in each delivery.
    pub id: EventId,
    /// What happened, such as `v1.financial_connections.account.refreshed_balance`. See
    /// [`event_type`](ThinEvent::event_type).
    pub type_: String,
    /// When it happened, as sent: in the form `2026-10-28T12:00:00.000Z`.
    pub created: String,
    /// True in live mode, false in test mode.
    pub livemode: bool,
    /// Value of the `Stripe-Context` header with which the object can be read.
    pub context: Option<String>,
    /// What it happened to.
    pub related_object: Option<RelatedObject>,
    /// The call that caused the event, if one did (`reason.request`).
    pub request: Option<EventRequest>,
    /// The snapshot event that tells the same. An endpoint for each kind gets both.
    pub snapshot_event: Option<EventId>,
    /// All other fields, among them `changes`.
    pub extra: Extra,
}

/// The object that a thin event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelatedObject {
    /// Its id; `None` for an object of which there is but one.
    pub id: Option<String>,
    /// Its type, as in its `object` member: `financial_connections.account`.
    pub type_: String,
    /// The path at which it can be read, such as `/v1/financial_connections/accounts/fca_…`.
    pub url: String,
}

impl ThinEvent {
    /// Parses a body that was verified before, or that needs no verification.
    ///
    /// To verify and parse in one step, use [`Verifier::thin_event`](super::Verifier::thin_event).
    ///
    /// # Errors
    ///
    /// [`WebhookError::UnexpectedPayload`] when the body is a snapshot event, an envelope or no event;
    /// [`WebhookError::Undecodable`] when it is no JSON or lacks what every thin event has.
    pub fn parse(body: impl AsRef<[u8]>) -> Result<Self, WebhookError> {
        let text = payload::text(body.as_ref())?;
        let found = kind(text)?;
        if found != PayloadKind::Thin {
            return Err(UnexpectedPayload::new(PayloadKind::Thin, found).into());
        }
        // Read member by member: such events are small, and a derive would cost every build of this crate.
        let mut fields = Fields::new("", serde_json::from_str(text).unwrap_or_default());
        fields.take("object");
        let related_object = match fields.object("related_object")? {
            Some(mut related) => Some(RelatedObject {
                id: related.text("id")?,
                type_: related.required_text("type")?,
                url: related.required_text("url")?,
            }),
            None => None,
        };
        Ok(Self {
            id: EventId::unchecked(fields.required_text("id")?),
            type_: fields.required_text("type")?,
            created: fields.required_text("created")?,
            livemode: fields.flag("livemode")?,
            context: fields.text("context")?,
            related_object,
            request: fields.request(),
            snapshot_event: fields.text("snapshot_event")?.map(EventId::unchecked),
            extra: fields.rest(),
        })
    }

    /// What happened, as the snapshot event names it, that is without the leading `v1.`; unknown if no snapshot event has
    /// that name.
    ///
    /// ```
    /// use fc_ext::types::EventType;
    /// use fc_ext::webhook::ThinEvent;
    ///
    /// let body = r#"{"id": "evt_1", "object": "v2.core.event", "created": "2026-10-28T12:00:00.000Z",
    ///   "type": "v1.financial_connections.account.created", "livemode": false}"#;
    /// assert_eq!(ThinEvent::parse(body)?.event_type(), EventType::AccountCreated);
    /// # Ok::<(), fc_ext::webhook::WebhookError>(())
    /// ```
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self.type_.strip_prefix("v1.").map(EventType::from) {
            None | Some(EventType::Unknown(_)) => EventType::Unknown(self.type_.as_str().into()),
            Some(known) => known,
        }
    }

    /// The account it happened to, if it happened to one.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        let related = self.related_object.as_ref().filter(|related| related.type_ == Account::OBJECT)?;
        related.id.as_deref().map(AccountId::unchecked)
    }
}

/// The members of a JSON object, taken out one by one.
struct Fields {
    place: &'static str,
    members: Map<String, Value>,
}

impl Fields {
    fn new(place: &'static str, members: Map<String, Value>) -> Self {
        Self { place, members }
    }

    /// Takes a member; null counts as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, WebhookError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(name, "expected a string")),
        }
    }

    fn required_text(&mut self, name: &str) -> Result<String, WebhookError> {
        self.text(name)?.ok_or_else(|| self.error(name, "missing field"))
    }

    fn flag(&mut self, name: &str) -> Result<bool, WebhookError> {
        match self.take(name) {
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.error(name, "expected true or false")),
            None => Err(self.error(name, "missing field")),
        }
    }

    fn object(&mut self, name: &'static str) -> Result<Option<Fields>, WebhookError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Fields::new(name, members))),
            Some(_) => Err(self.error(name, "expected an object")),
        }
    }

    /// The request in `reason`; a reason of another kind stays among the other fields.
    fn request(&mut self) -> Option<EventRequest> {
        let request = self.members.get("reason")?.get("request")?;
        let request = serde_json::from_value(request.clone()).ok()?;
        self.take("reason");
        Some(request)
    }

    fn rest(self) -> Extra {
        let mut extra = Extra::default();
        for (name, value) in self.members {
            extra.insert(name, value);
        }
        extra
    }

    fn error(&self, name: &str, reason: &str) -> WebhookError {
        let dot = if self.place.is_empty() { "" } else { "." };
        UndecodablePayload::new(format!("{}{dot}{name}", self.place), reason).into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::webhook::testing::{SNAPSHOT, THIN};

    fn thin() -> Value {
        serde_json::from_str(THIN).unwrap()
    }

    #[test]
    fn every_field_is_read() {
        let event = ThinEvent::parse(THIN).unwrap();
        assert_eq!(event.id, "evt_test_65UA6LGEMdP3ltHVUK816UA50MZJS6GMWcTcYK9k4Ay");
        assert_eq!(event.type_, "v1.financial_connections.account.refreshed_balance");
        assert_eq!(event.event_type(), EventType::AccountRefreshedBalance);
        assert_eq!(event.created, "2026-10-28T12:00:00.000Z");
        assert!(!event.livemode);
        assert_eq!(event.context.as_deref(), Some("acct_1Nv0FGQ9RKHgCVdK"));
        assert_eq!(event.account_id().unwrap(), "fca_1MwVK82eZvKYlo2Cjw8FMxXf");
        let related = event.related_object.unwrap();
        assert_eq!(related.id.as_deref(), Some("fca_1MwVK82eZvKYlo2Cjw8FMxXf"));
        assert_eq!(related.type_, "financial_connections.account");
        assert_eq!(related.url, "/v1/financial_connections/accounts/fca_1MwVK82eZvKYlo2Cjw8FMxXf");
        assert_eq!(event.request.unwrap().id.as_deref(), Some("req_v2K7mWjuTx4vGb"));
        assert_eq!(event.snapshot_event.unwrap(), "evt_1");
        assert_eq!(event.extra.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["changes"]);
    }

    #[test]
    fn what_may_be_absent_or_null_is_none() {
        let mut event = thin();
        for name in ["context", "related_object", "reason", "snapshot_event", "changes"] {
            event[name] = Value::Null;
        }
        let nulls = ThinEvent::parse(event.to_string()).unwrap();
        assert!(nulls.related_object.is_none() && nulls.account_id().is_none() && nulls.request.is_none());
        for name in ["context", "related_object", "reason", "snapshot_event", "changes"] {
            event.as_object_mut().unwrap().remove(name);
        }
        let absent = ThinEvent::parse(event.to_string()).unwrap();
        assert_eq!((absent.context, absent.snapshot_event), (None, None));
    }

    #[test]
    fn a_type_without_a_snapshot_of_that_name_is_unknown_as_received() {
        for type_ in [
            "v1.financial_connections.account.balance_refresh_failed",
            "v2.core.x",
            "financial_connections.account.created",
        ] {
            let mut event = thin();
            event["type"] = json!(type_);
            let event = ThinEvent::parse(event.to_string()).unwrap();
            assert_eq!(event.event_type(), EventType::Unknown(type_.into()));
        }
    }

    #[test]
    fn the_id_of_another_object_is_not_taken_for_an_accounts() {
        let mut event = thin();
        event["related_object"]["type"] = json!("financial_connections.authorization");
        assert_eq!(ThinEvent::parse(event.to_string()).unwrap().account_id(), None);
    }

    #[test]
    fn another_kind_of_payload_is_told_apart() {
        assert_eq!(
            ThinEvent::parse(SNAPSHOT).unwrap_err().to_string(),
            "another kind of payload: expected a thin event (`object` is `v2.core.event`), found a snapshot event \
             (`object` is `event`); parse it as a `WebhookEvent`"
        );
        let error = ThinEvent::parse("{}").unwrap_err();
        assert!(error.to_string().ends_with("found no event"), "{error}");
    }

    #[test]
    fn a_broken_event_is_refused_with_the_place() {
        for (path, value, refusal) in [
            ("/id", Value::Null, "missing field at `id`"),
            ("/type", json!(1), "expected a string at `type`"),
            ("/livemode", json!("no"), "expected true or false at `livemode`"),
            ("/related_object", json!("no"), "expected an object at `related_object`"),
            ("/related_object/url", Value::Null, "missing field at `related_object.url`"),
            ("/snapshot_event", json!({}), "expected a string at `snapshot_event`"),
        ] {
            let mut event = thin();
            *event.pointer_mut(path).unwrap() = value;
            let error = ThinEvent::parse(event.to_string()).unwrap_err();
            assert_eq!(error.to_string(), format!("unreadable payload: {refusal}"));
        }
    }
}
