//! The promises of fc-types, through its public types.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod defaults;
mod events;
mod json;
mod objects;
