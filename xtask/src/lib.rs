//! The generator of fc-types and fc-client, and the report on what an API version changes.
//!
//! Each folder is a layer; a layer uses the ones above it in this list and none below it:
//!
//! | layer | subject |
//! |---|---|
//! | [`cli`], [`files`] | the command line; text formats, paths, and the only writer of files |
//! | [`spec`] | what Stripe publishes, and which of it is pinned |
//! | [`generator`] | from a spec to the generated files |
//! | [`changes`] | what changes between two versions, and whom it breaks |
//! | [`commands`] | what each command does |
//!
//! `ARCHITECTURE.md` has the pipeline.
#![expect(clippy::exhaustive_enums, reason = "only this workspace calls the generator")]

pub mod changes;
pub mod cli;
pub mod commands;
pub mod files;
pub mod generator;
pub mod spec;
