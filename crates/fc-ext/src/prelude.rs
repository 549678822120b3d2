//! What most programs need: `use fc_ext::prelude::*;`.
//!
//! It has no `Error` or `Result` that would shadow those of a program.

pub use crate::{
    AccountHolder, ApiKey, Condition, Config, FinancialConnections, Outcome, Paged, Permission, Polling,
    RefreshFeature, SubscribeFeature, Until, active, settled,
};
