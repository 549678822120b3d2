//! Thin events: notifications that refer to an object and do not hold it.

use fc_types::{Account, AccountId, EventId, EventRequest, EventType, Extra, ThinEventType, Timestamp, json};
use serde_json::{Map, Value};

use super::date_time;
use super::error::{PayloadKind, UndecodablePayload, UnexpectedPayload, WebhookError};
use super::payload::{self, kind};

/// Thin event (`v2.core.event`), such as `v1.financial_connections.account.created`.
///
/// It does not hold the object, so it has no API version and cannot be stale. Retrieve the object that it refers to, for
/// an account by its [`account_id`](ThinEvent::account_id).
///
/// ```
/// use fc_ext::types::{ThinEventType, Timestamp};
/// use fc_ext::webhook::ThinEvent;
///
/// # let body = r#"{"id": "evt_1", "object": "v2.core.event", "created": "2026-10-28T12:00:00.000Z", "livemode": false,
/// #   "type": "v1.financial_connections.account.balance_refresh_failed", "related_object": {"id": "fca_1",
/// #     "type": "financial_connections.account", "url": "/v1/financial_connections/accounts/fca_1"}}"#;
/// let event = ThinEvent::parse(body)?;
/// match &event.type_ {
///     ThinEventType::AccountBalanceRefreshFailed => println!("no balance of {:?}", event.account_id()),
///     ThinEventType::Unknown(newer) => println!("newer than this crate: {newer}"),
///     _ => {}
/// }
/// assert_eq!(event.created, Some(Timestamp::from_secs(1_793_188_800)));
/// # Ok::<(), fc_ext::webhook::WebhookError>(())
/// ```
///
/// [`Accounts::until_settled_by_thin_events`](crate::Accounts::until_settled_by_thin_events) waits for a refresh by such events.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ThinEvent {
    /// Id of the event (`evt_…`), the same in each delivery.
    pub id: EventId,
    /// Type, such as `v1.financial_connections.account.balance_refresh_failed`. A newer one is
    /// [`Unknown`](ThinEventType::Unknown), as received. See [`event_type`](ThinEvent::event_type).
    pub type_: ThinEventType,
    /// Creation time, in Unix seconds; fractions of a second are cut off. Stripe sends it in every event.
    pub created: Option<Timestamp>,
    /// True in live mode, false in test mode. Stripe sends it in every event.
    pub livemode: Option<bool>,
    /// Value of the `Stripe-Context` header with which the object can be retrieved.
    pub context: Option<String>,
    /// Object that it is about.
    pub related_object: Option<RelatedObject>,
    /// Call that caused the event, if one did (`reason.request`).
    pub request: Option<EventRequest>,
    /// Snapshot event for the same change. Endpoints of both kinds get one each.
    pub snapshot_event: Option<EventId>,
    /// All other fields, such as `changes`, and each field above whose value is odd.
    pub extra: Extra,
}

/// Object that a thin event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelatedObject {
    /// Id; `None` for a singleton.
    pub id: Option<String>,
    /// Type, as in its `object` member: `financial_connections.account`, or its older name `linked_account`.
    pub type_: String,
    /// Path at which it can be retrieved, such as `/v1/financial_connections/accounts/fca_…`.
    pub url: String,
}

impl ThinEvent {
    /// Parses a body that was verified before, or that needs no verification.
    ///
    /// [`Verifier::thin_event`](super::Verifier::thin_event) verifies and parses in one step.
    ///
    /// # Errors
    ///
    /// [`WebhookError::UnexpectedPayload`] when the body is a snapshot event, an envelope or no event.
    /// [`WebhookError::Undecodable`] when it is not JSON, or lacks `id` or `type`.
    pub fn parse(body: impl AsRef<[u8]>) -> Result<Self, WebhookError> {
        let text = payload::text(body.as_ref())?;
        let found = kind(text)?;
        if found != PayloadKind::Thin {
            return Err(UnexpectedPayload::new(PayloadKind::Thin, found).into());
        }
        // Read by hand: such events are small, and a derive would slow every build of this crate.
        let mut fields = Fields(json::from_str(text).unwrap_or_default());
        fields.0.remove("object");
        Ok(Self {
            id: EventId::unchecked(fields.required_text("id")?),
            type_: fields.required_text("type")?.as_str().into(),
            created: fields.read("created", |time| date_time::timestamp(time.as_str()?)),
            livemode: fields.flag("livemode"),
            context: fields.text("context"),
            related_object: fields.related_object(),
            request: fields.request(),
            snapshot_event: fields.text("snapshot_event").map(EventId::unchecked),
            extra: fields.rest(),
        })
    }

    /// Type of the snapshot event for the same change: the type without the leading `v1.`. Unknown if no snapshot event has
    /// that type.
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
        let name = self.type_.as_str();
        match name.strip_prefix("v1.").map(EventType::from) {
            None | Some(EventType::Unknown(_)) => EventType::Unknown(name.into()),
            Some(known) => known,
        }
    }

    /// Id of the account that it is about, if it is about one.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        let related = self.related_object.as_ref()?;
        // As in snapshot events, Stripe may use the older name of the type.
        let is_account = [Account::OBJECT, "linked_account"].contains(&related.type_.as_str());
        related.id.as_deref().filter(|_| is_account).map(AccountId::unchecked)
    }
}

/// Members of the event, which are taken out one by one. An odd one stays: only `id` and `type` can make a verified event
/// unreadable.
struct Fields(Map<String, Value>);

impl Fields {
    /// Takes a member out if `read` can read it.
    fn read<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let member = self.0.get(name)?;
        let read = read(member);
        if read.is_some() || member.is_null() {
            self.0.remove(name);
        }
        read
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, |text| text.as_str().map(str::to_owned))
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, Value::as_bool)
    }

    fn required_text(&mut self, name: &str) -> Result<String, WebhookError> {
        self.text(name).ok_or_else(|| {
            let reason = if self.0.contains_key(name) { "expected a string" } else { "missing field" };
            UndecodablePayload::new(name, reason).into()
        })
    }

    fn related_object(&mut self) -> Option<RelatedObject> {
        self.read("related_object", |related| {
            let text = |name: &str| Some(related.get(name)?.as_str()?.to_owned());
            let has_id = related.get("id").is_some_and(|id| !id.is_null());
            let id = if has_id { Some(text("id")?) } else { None };
            Some(RelatedObject { id, type_: text("type")?, url: text("url")? })
        })
    }

    /// Request in `reason`. A reason of another kind stays in the other fields.
    fn request(&mut self) -> Option<EventRequest> {
        self.read("reason", |reason| serde_json::from_value(reason.get("request")?.clone()).ok())
    }

    fn rest(self) -> Extra {
        let mut extra = Extra::default();
        for (name, value) in self.0 {
            extra.insert(name, value);
        }
        extra
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{SNAPSHOT, THIN};
    use super::*;

    fn thin() -> Value {
        serde_json::from_str(THIN).unwrap()
    }

    #[test]
    fn every_field_is_read() {
        let event = ThinEvent::parse(THIN).unwrap();
        assert_eq!(event.id, "evt_test_65UA6LGEMdP3ltHVUK816UA50MZJS6GMWcTcYK9k4Ay");
        assert_eq!(event.type_, ThinEventType::AccountRefreshedBalance);
        assert_eq!(event.type_.as_str(), "v1.financial_connections.account.refreshed_balance");
        assert_eq!(event.event_type(), EventType::AccountRefreshedBalance);
        assert_eq!(event.created, Some(Timestamp::from_secs(1_793_188_800)));
        assert_eq!(event.livemode, Some(false));
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

    /// The account types of 2026-09-30, and the outcomes of refreshes of 2026-10-28.
    const NAMES: [&str; 22] = [
        "account_numbers_updated",
        "balance_refresh_failed",
        "balance_refresh_succeeded",
        "created",
        "deactivated",
        "disconnected",
        "expected_deactivation_date_updated",
        "inferred_balances_refresh_failed",
        "inferred_balances_refresh_succeeded",
        "ownership_refresh_failed",
        "ownership_refresh_succeeded",
        "reactivated",
        "refreshed_balance",
        "refreshed_ownership",
        "refreshed_transactions",
        "risk_intelligence_refresh_failed",
        "risk_intelligence_refresh_succeeded",
        "supported_payment_method_types_updated",
        "transactions_refresh_failed",
        "transactions_refresh_succeeded",
        "upcoming_account_number_expiry",
        "upcoming_deactivation",
    ];

    #[test]
    fn each_of_the_22_types_is_known_and_the_12_with_a_snapshot_lead_to_it() {
        let mut with_a_snapshot = 0;
        for name in NAMES {
            let mut event = thin();
            let type_ = format!("v1.financial_connections.account.{name}");
            event["type"] = json!(type_);
            let event = ThinEvent::parse(event.to_string()).unwrap();
            assert!(!matches!(event.type_, ThinEventType::Unknown(_)), "{type_}");
            assert_eq!(event.type_.as_str(), type_);
            with_a_snapshot += usize::from(EventType::KNOWN.contains(&event.event_type()));
        }
        assert_eq!(with_a_snapshot, 12);
        assert_eq!(ThinEventType::KNOWN.len(), NAMES.len());
    }

    #[test]
    fn a_newer_type_is_kept_as_received() {
        let mut event = thin();
        event["type"] = json!("v1.financial_connections.account.polished");
        let event = ThinEvent::parse(event.to_string()).unwrap();
        assert_eq!(event.type_, ThinEventType::Unknown("v1.financial_connections.account.polished".into()));
        assert!(event.account_id().is_some());
    }

    #[test]
    fn a_time_in_another_form_stays_as_it_is() {
        for odd in ["28 October 2026", "2026-10-28", "1793188800"] {
            let mut event = thin();
            event["created"] = json!(odd);
            let event = ThinEvent::parse(event.to_string()).unwrap();
            assert_eq!((event.created, event.extra.get("created")), (None, Some(&json!(odd))));
        }
    }

    #[test]
    fn absent_and_null_fields_are_none() {
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
    fn the_id_of_another_object_is_no_account_id() {
        let mut event = thin();
        event["related_object"]["type"] = json!("financial_connections.authorization");
        assert_eq!(ThinEvent::parse(event.to_string()).unwrap().account_id(), None);
    }

    #[test]
    fn another_kind_of_payload_is_named() {
        assert_eq!(
            ThinEvent::parse(SNAPSHOT).unwrap_err().to_string(),
            "another kind of payload: expected a thin event (`object` is `v2.core.event`), found a snapshot event \
             (`object` is `event`); parse it as a `WebhookEvent`"
        );
        let error = ThinEvent::parse("{}").unwrap_err();
        assert!(error.to_string().ends_with("found no event"), "{error}");
    }

    #[test]
    fn an_account_under_its_older_name_has_an_account_id() {
        let mut event = thin();
        event["related_object"]["type"] = json!("linked_account");
        assert!(ThinEvent::parse(event.to_string()).unwrap().account_id().is_some());
    }

    #[test]
    fn an_event_without_an_id_or_a_type_is_rejected_with_the_place() {
        for (name, value, refusal) in [
            ("id", Value::Null, "missing field at `id`"),
            ("id", json!(1), "expected a string at `id`"),
            ("type", Value::Null, "missing field at `type`"),
            ("type", json!([]), "expected a string at `type`"),
        ] {
            let mut event = thin();
            event[name] = value;
            let error = ThinEvent::parse(event.to_string()).unwrap_err();
            assert_eq!(error.to_string(), format!("unreadable payload: {refusal}"));
        }
    }

    #[test]
    fn no_other_odd_member_loses_an_event() {
        for name in
            ["created", "livemode", "context", "related_object", "reason", "snapshot_event", "changes"]
        {
            for odd in [json!(7.5), json!([1]), json!({ "a": 1 })] {
                let mut event = thin();
                event[name] = odd.clone();
                let event = ThinEvent::parse(event.to_string()).unwrap();
                assert_eq!(event.extra.get(name), Some(&odd), "{name}");
            }
            let mut event = thin();
            event.as_object_mut().unwrap().remove(name);
            let event = ThinEvent::parse(event.to_string()).unwrap();
            assert_eq!(event.extra.get(name), None);
        }
        let odd = THIN.replacen('{', r#"{"new":"Caf\ud83d","much":1e400,"#, 1);
        let event = ThinEvent::parse(odd).unwrap();
        assert_eq!(event.extra.get("new"), Some(&json!("Caf\u{fffd}")));
    }
}
