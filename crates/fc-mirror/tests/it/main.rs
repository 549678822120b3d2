//! Promises of the mirror, against the sandbox, on SQLite and on Postgres.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]
#![cfg(any(feature = "sqlite", feature = "postgres"))]

mod accounts;
mod bank;
mod calls;
mod clock;
#[cfg(feature = "postgres")]
#[path = "../../src/testing/cluster.rs"]
mod cluster;
mod copy;
mod events;
mod failures;
mod feed;
mod freshness;
mod kills;
mod load;
#[cfg(feature = "postgres")]
mod outage;
mod outside;
mod pace;
mod property;
mod python;
mod vanished;
mod virtual_time;
mod webhooks;
mod workers;
