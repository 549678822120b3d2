//! Rows of a probe.

use crate::output::{Cell, Column, Kind, Schema};

/// Difference between the answers of two servers to one call.
pub(crate) struct ProbeRow {
    pub(crate) step: &'static str,
    pub(crate) aspect: String,
    pub(crate) reference: Option<String>,
    pub(crate) server: Option<String>,
    pub(crate) settles: Option<String>,
}

/// Differences between two servers.
pub(crate) static PROBES: Schema<ProbeRow> = Schema {
    name: "probes",
    version: 1,
    columns: &[
        Column::shown("call", Kind::Text, "What was called", |row| Cell::text(row.step)),
        Column::shown("aspect", Kind::Text, "Part of the answer that differs", |row| Cell::text(&row.aspect)),
        Column::shown("reference", Kind::Text, "What the sandbox answers", |row| {
            Cell::maybe(row.reference.as_deref(), Cell::text)
        }),
        Column::shown("server", Kind::Text, "What the server answers", |row| {
            Cell::maybe(row.server.as_deref(), Cell::text)
        }),
        Column::shown("settles", Kind::Text, "Open question that the difference answers", |row| {
            Cell::maybe(row.settles.as_deref(), Cell::text)
        }),
    ],
};
