//! Postgres engine: pooled connections, TLS by rustls, unnamed statements.

mod connection;
mod engine;
mod error;
mod migrate;
mod storage;
mod tls;
mod url;

pub(crate) use self::engine::PostgresEngine;
#[cfg(test)]
pub(crate) use self::engine::prepare;
