//! Tests that cross crates: models, wire and generator, each held against the spec and Stripe's reference.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod generator;
mod instance;
mod lossless;
mod lost_replies;
mod models;
mod open_world;
mod payloads;
mod snapshot;
mod wire;
mod workspace;
