//! SQLite engine: one writer thread and one reader thread on one file.

mod connection;
mod engine;
mod error;
mod migrate;
mod worker;

pub(crate) use self::engine::SqliteEngine;
#[cfg(test)]
pub(crate) use self::migrate::prepare;
