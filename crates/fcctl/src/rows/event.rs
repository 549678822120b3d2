//! Rows of events.

use fc_ext::types::{Event, EventObject};

use crate::output::{Cell, Column, Kind, Schema};

/// Events of the last thirty days.
pub(crate) static EVENTS: Schema<Event> = Schema {
    name: "events",
    version: 1,
    columns: &[
        Column::shown("id", Kind::Text, "Id of the event", |event| Cell::text(event.id.as_str())),
        Column::shown("created", Kind::Time, "When it happened, in Unix seconds", |event| {
            Cell::time(event.created)
        }),
        Column::shown("type", Kind::Text, "What happened", |event| Cell::text(event.type_.as_str())),
        Column::shown("object_id", Kind::Text, "Id of the object that it happened to", object_id),
        Column::more("api_version", Kind::Text, "API version of `object`", |event| {
            Cell::maybe(event.api_version.as_deref(), Cell::text)
        }),
        Column::more("stripe_account", Kind::Text, "Connected account that it comes from", |event| {
            Cell::maybe(event.account.as_ref(), |account| Cell::text(account.as_str()))
        }),
        Column::more("pending_webhooks", Kind::Integer, "Endpoints that have not accepted it", |event| {
            Cell::maybe(event.pending_webhooks, Cell::Integer)
        }),
        Column::more("livemode", Kind::Boolean, "Whether it is real", |event| {
            Cell::maybe(event.livemode, Cell::Boolean)
        }),
        Column::more("object", Kind::Json, "The object, as it was then", |event| {
            Cell::json(&event.data.object)
        }),
    ],
};

/// Id of the object of an event.
pub(crate) fn object_id(event: &Event) -> Cell<'_> {
    match &event.data.object {
        EventObject::Account(account) => Cell::text(account.id.as_str()),
        EventObject::Authorization(authorization) => Cell::text(authorization.id.as_str()),
        EventObject::Unknown(fields) => Cell::maybe(fields.get("id").and_then(|id| id.as_str()), Cell::text),
        _ => Cell::Null,
    }
}
