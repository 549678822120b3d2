//! Account numbers and payment methods.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::store::record::count;

/// Whether an account number can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountNumberStatus {
    /// The number was issued, but cannot be used yet.
    Pending,
    /// The number can be used.
    Transactable,
    /// The number cannot be used, for example because the holder revoked it at the bank.
    Deactivated,
    /// The number has expired.
    Expired,
}

/// A payment method that an account supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentMethodType {
    /// ACH.
    UsBankAccount,
    /// Link.
    Link,
}

/// The number of an account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct AccountNumber {
    pub(crate) tokenized: bool,
    pub(crate) status: AccountNumberStatus,
    #[serde(default, deserialize_with = "clock::unix_or_null")]
    pub(crate) expires_at: Option<i64>,
    /// Counts the changes. A task with an older plan is stale.
    #[serde(deserialize_with = "count")]
    pub(crate) plan: u32,
}

/// The future of an account's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NumberPlan {
    #[default]
    Plain,
    /// A tokenized number that expires this long after linking.
    Expiring { lasts: Duration },
    /// A tokenized number that expires soon after linking, without a warning.
    ExpiresSoon,
    /// A tokenized number that was revoked before linking.
    Deactivated,
}
