//! Tests that cross packages: models, wire and generator against the spec; structure, prose and samples of the workspace.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod api;
mod debug;
mod formats;
mod generator;
mod guide;
mod instance;
mod lossless;
mod lost_replies;
mod models;
mod open_world;
mod payloads;
mod prose;
mod publish;
mod samples;
mod snapshot;
mod structure;
mod wire;
mod without_mirror;
mod workspace;
