//! The promises of fc-ext, on real HTTP.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

#[cfg(feature = "blocking")]
mod blocking;
mod pages;
mod secrets;
mod settle;
mod support;
mod sync;
mod until;
mod webhook_python;
