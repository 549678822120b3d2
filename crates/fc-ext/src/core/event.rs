//! Events of the last 30 days, for deliveries that were missed.

use fc_client::{Client, Error, Method, RawCall, Response};
use fc_types::{Event, EventId, EventType, List, Timestamp};

use crate::encoded::Encoded;
use crate::page::{PageRequest, sealed};

/// Calls on events; from [`FinancialConnections::events`](crate::FinancialConnections::events).
///
/// Webhooks deliver events as they happen. The list has those of the last 30 days, for an endpoint that was down. It lags
/// behind by seconds, so read it with an overlap, and expect events that were handled before.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a> {
    client: &'a Client,
}

impl<'a> Events<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Lists events, newest first (`GET /v1/events`). Read all of them with [`items`](crate::Paged::items).
    ///
    /// ```no_run
    /// use fc_ext::prelude::*;
    /// use fc_ext::types::{EventType, Timestamp};
    ///
    /// # async fn run(fc: FinancialConnections, last_seen: Timestamp) -> Result<(), fc_ext::Error> {
    /// let types = [EventType::AccountRefreshedBalance, EventType::AccountDeactivated];
    /// let mut events = fc.events().list().types(types).created_gte(last_seen).items();
    /// while let Some(event) = events.next().await.transpose()? {
    ///     println!("{} {:?}", event.type_, event.linked_account_id());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list(self) -> ListEvents {
        ListEvents(self.client.raw_call(Method::Get, "/v1/events"), Cursors::default())
    }

    /// Retrieves an event (`GET /v1/events/{id}`).
    pub fn retrieve(self, event: impl Into<EventId>) -> RetrieveEvent {
        let path = format!("/v1/events/{}", Encoded(event.into().as_str()));
        RetrieveEvent(self.client.raw_call(Method::Get, &path))
    }
}

/// Request for a page of events; from [`Events::list`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListEvents(RawCall, Cursors);

/// Parameters that pagination changes.
#[derive(Clone, Debug, Default)]
struct Cursors {
    starting_after: Option<EventId>,
    ending_before: Option<EventId>,
    limit: Option<i64>,
}

raw_request!(ListEvents);

impl ListEvents {
    /// Only events of these types.
    pub fn types(self, types: impl IntoIterator<Item = EventType>) -> Self {
        let types: Vec<String> = types.into_iter().map(|type_| type_.as_str().to_owned()).collect();
        self.extra_param("types", types)
    }

    /// Only events created at this time or later.
    pub fn created_gte(self, time: Timestamp) -> Self {
        self.extra_param("created[gte]", time.as_secs())
    }

    /// Only events created before this time.
    pub fn created_lt(self, time: Timestamp) -> Self {
        self.extra_param("created[lt]", time.as_secs())
    }

    /// Only events whose deliveries all succeeded, or only those with a delivery that did not.
    pub fn delivery_success(self, success: bool) -> Self {
        self.extra_param("delivery_success", success)
    }

    /// Size of a page: 1 to 100. Stripe's default is 10.
    pub fn limit(mut self, limit: i64) -> Self {
        self.1.limit = Some(limit);
        self
    }

    /// Cursor: only events older than this one.
    pub fn starting_after(mut self, event: impl Into<EventId>) -> Self {
        self.1.starting_after = Some(event.into());
        self
    }

    /// Cursor: only events newer than this one.
    pub fn ending_before(mut self, event: impl Into<EventId>) -> Self {
        self.1.ending_before = Some(event.into());
        self
    }

    /// Reads one page.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the call changes nothing.
    pub async fn send(self) -> Result<List<Event>, Error> {
        Ok(self.send_page().await?.into_inner())
    }
}

impl sealed::Sealed for ListEvents {}

impl PageRequest for ListEvents {
    type Item = Event;

    fn cursors(&self) -> (Option<&EventId>, Option<&EventId>) {
        (self.1.starting_after.as_ref(), self.1.ending_before.as_ref())
    }

    fn with_cursors(mut self, starting_after: Option<EventId>, ending_before: Option<EventId>) -> Self {
        (self.1.starting_after, self.1.ending_before) = (starting_after, ending_before);
        self
    }

    fn page_limit(&self) -> Option<i64> {
        self.1.limit
    }

    fn with_page_limit(mut self, limit: Option<i64>) -> Self {
        self.1.limit = limit;
        self
    }

    async fn send_page(self) -> Result<Response<List<Event>>, Error> {
        let Self(mut call, Cursors { starting_after, ending_before, limit }) = self;
        for (name, id) in [("starting_after", starting_after), ("ending_before", ending_before)] {
            if let Some(id) = id {
                call = call.extra_param(name, id.as_str());
            }
        }
        if let Some(limit) = limit {
            call = call.extra_param("limit", limit);
        }
        call.send_response_as().await
    }
}

/// Request that retrieves an event; from [`Events::retrieve`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RetrieveEvent(RawCall);

raw_request!(RetrieveEvent);

impl RetrieveEvent {
    /// Retrieves the event. [`WebhookEvent::from`](crate::webhook::WebhookEvent) pairs it with its object.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind. Of kind `NotFound` after 30 days.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the call changes nothing.
    pub async fn send(self) -> Result<Event, Error> {
        self.0.send_as().await
    }
}
