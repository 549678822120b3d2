//! What each command does. Nothing here prints; the binary does.

pub mod check;
pub mod compare;
pub mod diff;
pub mod generate;
pub mod outcome;
pub mod slice;
pub mod update;
