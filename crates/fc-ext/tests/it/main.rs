//! The promises of fc-ext, on real HTTP.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod bank;
#[cfg(feature = "blocking")]
mod blocking;
mod core;
mod errors;
mod fresh_balance;
mod fuzz;
mod pages;
#[cfg(feature = "preview")]
mod preview;
#[cfg(feature = "preview")]
mod preview_on_the_sandbox;
mod random;
mod rejections;
mod secrets;
mod settle;
mod support;
mod sync;
mod sync_into;
mod thin;
mod until;
#[path = "../../../fc-client/tests/it/support/watchdog.rs"]
mod watchdog;
mod webhook_python;
