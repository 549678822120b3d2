//! The generator: from Stripe's OpenAPI spec to the crates fc-types and fc-client. `ARCHITECTURE.md` has the pipeline.
#![expect(clippy::exhaustive_enums, reason = "only this workspace calls the generator")]

pub mod bench;
pub mod cli;
pub mod command;
pub mod consumer;
pub mod diff;
pub mod fetch;
pub mod generate;
pub mod hand_written;
pub mod json;
pub mod model;
pub mod normalize;
pub mod overlay;
pub mod pipeline;
pub mod render;
pub mod report;
pub mod scratch;
pub mod slice;
pub mod source;
pub mod sync;
pub mod update;
pub mod verdict;
pub mod version;
pub mod wire;
pub mod yaml;
