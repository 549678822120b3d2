//! Kinds of data that can be refreshed, and how a refresh ends.

use std::fmt;

use serde::de::IntoDeserializer;
use serde::de::value::{self, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::model::event::EventType;

/// A kind of data that can be refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// The balance.
    Balance,
    /// The owners.
    Ownership,
    /// The transactions.
    Transactions,
    /// The balances of past days, which Stripe infers from the transactions. In the preview only.
    InferredBalances,
}

impl Feature {
    /// The names in `features[]`. By hand, because the tables of parameters are constants; a test compares them with serde's.
    pub(crate) const NAMES: &'static [&'static str] = &["balance", "ownership", "transactions"];
    /// The names that the preview adds.
    pub(crate) const PREVIEW_NAMES: &'static [&'static str] = &["inferred_balances"];

    pub(crate) const ALL: [Self; 4] =
        [Self::Balance, Self::Ownership, Self::Transactions, Self::InferredBalances];

    /// The feature with this name in `features[]`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let name: StrDeserializer<'_, value::Error> = name.into_deserializer();
        Self::deserialize(name).ok()
    }

    /// The feature with this name in `prefetch[]`.
    pub(crate) fn of_prefetch(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.prefetch() == name)
    }

    /// The name in `prefetch[]`.
    pub(crate) const fn prefetch(self) -> &'static str {
        match self {
            Self::InferredBalances => "inferred_balances",
            Self::Balance | Self::Ownership | Self::Transactions => self.permission(),
        }
    }

    /// The permission that a refresh requires.
    pub(crate) const fn permission(self) -> &'static str {
        match self {
            Self::Balance | Self::InferredBalances => "balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// The event that a refresh of the feature ends with.
    pub(crate) const fn event(self) -> EventType {
        match self {
            Self::Balance => EventType::AccountRefreshedBalance,
            Self::Ownership => EventType::AccountRefreshedOwnership,
            Self::Transactions => EventType::AccountRefreshedTransactions,
            Self::InferredBalances => EventType::AccountRefreshedInferredBalances,
        }
    }

    /// The thin event that says how a refresh of the feature ended.
    pub(crate) const fn outcome_event(self, succeeded: bool) -> EventType {
        match (self, succeeded) {
            (Self::Balance, true) => EventType::BalanceRefreshSucceeded,
            (Self::Balance, false) => EventType::BalanceRefreshFailed,
            (Self::Ownership, true) => EventType::OwnershipRefreshSucceeded,
            (Self::Ownership, false) => EventType::OwnershipRefreshFailed,
            (Self::Transactions, true) => EventType::TransactionsRefreshSucceeded,
            (Self::Transactions, false) => EventType::TransactionsRefreshFailed,
            (Self::InferredBalances, true) => EventType::InferredBalancesRefreshSucceeded,
            (Self::InferredBalances, false) => EventType::InferredBalancesRefreshFailed,
        }
    }
}

/// How a refresh ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefreshOutcome {
    /// The refresh succeeds with new data.
    #[default]
    Succeeded,
    /// The refresh fails. The old data stays.
    Failed,
    /// The refresh fails because the bank cut the connection. The account turns inactive.
    FailedAndInactive,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for RefreshOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names;

    #[test]
    fn the_names_are_those_of_serde() {
        let names = [Feature::NAMES, Feature::PREVIEW_NAMES].concat();
        assert_eq!(names, names::of_variants::<Feature>());
        for (name, feature) in names.iter().zip(Feature::ALL) {
            assert_eq!(Feature::from_name(name), Some(feature));
            assert_eq!(feature.to_string(), *name);
        }
    }
}
