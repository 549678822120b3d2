//! What the client sends and what it makes of the answer, on real sockets and through the generated requests.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod answers;
mod bystander;
mod caller_client;
#[cfg(feature = "preview")]
mod preview;
mod raw_calls;
mod requests;
mod retries;
mod secrets;
mod support;
mod tls;
