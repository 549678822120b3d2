//! Inputs, measuring and tables of the benches.

pub mod allocations;
pub mod inputs;
pub mod measure;
pub mod table;
