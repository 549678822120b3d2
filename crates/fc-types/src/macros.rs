//! Macros that implement serde, `Debug` and `Default` for the models: one line for each type, so that the generated files read as
//! plain structs.
//!
//! Rejected: serde's derives. They buffer each object to find its unknown fields, name no field when that fails, and cost
//! every user the build of a derive crate.

#[macro_use]
mod debug;
#[macro_use]
mod default;
#[macro_use]
mod transparent;
#[macro_use]
mod open_enum;
#[macro_use]
mod object;
