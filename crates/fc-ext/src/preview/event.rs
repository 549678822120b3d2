//! Snapshot events of a webhook endpoint with the version of the preview.

use std::fmt;
use std::ops::Deref;

use fc_types::preview::Event;

use crate::webhook::{PayloadKind, UndecodablePayload, WebhookError, explain, payload_text, undecodable};

/// Snapshot event of a webhook endpoint whose API version is that of the preview.
///
/// It derefs to the [`Event`]. [`kind`](WebhookEvent::kind) pairs the type of the event with its object, such as a session.
///
/// `Debug` shows the envelope only, because the object may hold personal data.
#[derive(Clone, PartialEq)]
pub struct WebhookEvent(Event);

impl WebhookEvent {
    /// Parses a body that [`Verifier::verify`](crate::webhook::Verifier::verify) verified before.
    ///
    /// ```
    /// use fc_ext::preview::{EventKind, WebhookEvent};
    ///
    /// # let body = r#"{"id": "evt_1", "object": "event", "type": "financial_connections.session.updated",
    /// #   "api_version": "2026-09-30.preview", "request": null, "data": {"object": {
    /// #     "id": "fcsess_1", "object": "financial_connections.session", "livemode": false, "permissions": [],
    /// #     "accounts": {"object": "list", "data": [], "has_more": false, "url": "/"}, "status": "cancelled"}}}"#;
    /// let event = WebhookEvent::parse(body)?;
    /// match event.kind() {
    ///     EventKind::SessionUpdated(session) => println!("{:?}", session.status),
    ///     _ => {}
    /// }
    /// # Ok::<(), fc_ext::webhook::WebhookError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`WebhookError::UnexpectedPayload`] when the body is a thin event, an envelope or no event.
    /// [`WebhookError::Undecodable`] when it is not JSON, or lacks `id`, `type` or `data`.
    pub fn parse(body: impl AsRef<[u8]>) -> Result<Self, WebhookError> {
        let text = payload_text(body.as_ref())?;
        match Event::from_json(text) {
            // An `object` other than `event` is kept in `extra`.
            Ok(event) if event.extra.get("object").is_none() => Ok(Self(event)),
            event => Err(explain(text, PayloadKind::Snapshot, event.err())),
        }
    }

    /// Reason why the object does not have the type that the event's type or its `object` member names. `None` when it has
    /// that type, or when no type is expected.
    #[must_use]
    pub fn decode_error(&self) -> Option<UndecodablePayload> {
        let object = &self.0.data.object;
        match self.0.type_.object_type() {
            Some(expected) if object.object_type() != Some(expected) => {
                Some(UndecodablePayload::new("data.object.object", format!("expected `{expected}`")))
            }
            _ => Some(undecodable(&object.decode_error()?, "data.object")),
        }
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
