//! Items that most programs use: `use fc_ext::prelude::*;`.
//!
//! It has no `Error` and no `Result`, which would shadow those of the program.

pub use crate::{
    ApiKey, ByHolder, Condition, Config, FinancialConnections, NewAccountHolder, Outcome, Paged, Permission,
    Polling, RefreshFeature, SubscribeFeature, Until, active, settled,
};
