//! What changes between two versions of the API: found, classed, checked by the compiler, reported.

pub mod change;
pub mod compiled;
pub mod consumer;
pub mod diff;
pub mod markdown;
pub mod report;
pub mod report_json;
pub mod scratch;
pub mod skeleton;
pub mod verdict;
pub mod version;
