//! Storage: records, the data file and exported states.

pub(crate) mod change;
pub(crate) mod record;
pub(crate) mod snapshot;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
pub(crate) mod table;
pub(crate) mod writer;
