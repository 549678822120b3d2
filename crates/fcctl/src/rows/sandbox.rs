//! Rows about a sandbox.

use fc_ext::types::Timestamp;

use crate::output::{Cell, Column, Kind, Schema};

/// A sandbox that serves.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) seed: i64,
}

/// Sandboxes that serve.
pub(crate) static SERVERS: Schema<Server> = Schema {
    name: "sandboxes",
    version: 1,
    columns: &[
        Column::shown("url", Kind::Text, "Address of the API", |server| Cell::text(&server.url)),
        Column::shown("seed", Kind::Integer, "Seed of ids and bank data", |server| {
            Cell::Integer(server.seed)
        }),
    ],
};

/// Time of a sandbox.
pub(crate) struct ClockRow {
    pub(crate) now: i64,
    pub(crate) frozen: bool,
}

/// The sandbox's clock.
pub(crate) static CLOCK: Schema<ClockRow> = Schema {
    name: "clock",
    version: 1,
    columns: &[
        Column::shown("now", Kind::Time, "Time of the sandbox, in Unix seconds", |clock| {
            Cell::Time(Timestamp::from_secs(clock.now))
        }),
        Column::shown("frozen", Kind::Boolean, "Whether it stands still", |clock| {
            Cell::Boolean(clock.frozen)
        }),
    ],
};

/// Faults that have not happened yet.
pub(crate) static FAULTS: Schema<String> = Schema {
    name: "faults",
    version: 1,
    columns: &[Column::shown("fault", Kind::Text, "What will happen", |fault| Cell::text(fault))],
};
