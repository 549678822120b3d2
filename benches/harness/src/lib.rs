//! What the benches share: their inputs, the way of measuring, and the tables.

pub mod allocations;
pub mod inputs;
pub mod measure;
pub mod table;
