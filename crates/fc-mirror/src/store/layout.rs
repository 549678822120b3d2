//! Layout of a database.

/// Layout of a database, fixed when it is created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Number of shards; the engine's own default if not given.
    pub(crate) shards: Option<u16>,
    /// Number of hash partitions of each table (Postgres).
    pub(crate) partitions: Option<u16>,
    /// Schema that holds the tables (Postgres); the one of the connection if not given.
    pub(crate) schema: Option<String>,
}
