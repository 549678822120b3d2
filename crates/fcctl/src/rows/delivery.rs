//! Rows of events that were forwarded.

use fc_ext::types::{Event, Timestamp};

use crate::output::{Cell, Column, Kind, Schema};

/// An event and the status with which the endpoint answered.
pub(crate) struct Delivery {
    pub(crate) event: Event,
    pub(crate) status: u16,
}

/// Events that were forwarded.
pub(crate) static DELIVERIES: Schema<Delivery> = Schema {
    name: "deliveries",
    version: 1,
    columns: &[
        Column::shown("event", Kind::Text, "Id of the event", |row| Cell::text(row.event.id.as_str())),
        Column::shown("created", Kind::Time, "When it happened, in Unix seconds", |row| {
            Cell::time(row.event.created)
        }),
        Column::shown("type", Kind::Text, "What happened", |row| Cell::text(row.event.type_.as_str())),
        Column::shown("object_id", Kind::Text, "Id of the object that it happened to", |row| {
            super::event::object_id(&row.event)
        }),
        Column::shown("status", Kind::Integer, "Status with which the endpoint answered", |row| {
            Cell::Integer(row.status.into())
        }),
    ],
};

/// A signature that is valid.
pub(crate) struct Signature {
    pub(crate) signed_at: Timestamp,
}

/// Signatures that are valid.
pub(crate) static SIGNATURES: Schema<Signature> = Schema {
    name: "signatures",
    version: 1,
    columns: &[Column::shown("signed_at", Kind::Time, "When it was signed, in Unix seconds", |row| {
        Cell::Time(row.signed_at)
    })],
};
