//! Holders of sessions and accounts.

use serde::{Deserialize, Serialize};

/// The holder of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Holder {
    Account(String),
    Customer(String),
    /// An `Account` object that acts as a customer.
    CustomerAccount(String),
}
