//! Outcomes of a refresh.

use fc_types::{Account, AccountOwnershipId, Balance, RefreshStatus, Timestamp, TransactionRefreshId};

/// Outcome of the refresh of one feature.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// It succeeded, with this data.
    Succeeded(T),
    /// It succeeded, and the institution gave no data.
    NoData,
    /// It failed. The account still holds the data of the last success.
    Failed {
        /// When the next refresh can start. `None` also if a thin event said that it failed, because only the account says when.
        next_refresh_available_at: Option<Timestamp>,
    },
    /// The account is inactive, before the refresh or because of it. The account holder has to link the account again.
    Inactive,
    /// The account was disconnected, by you or by its holder. That is final.
    Disconnected,
    /// The account holder did not grant the permission that the refresh needs.
    NoPermission,
    /// No refresh started, because the last one is too recent.
    ///
    /// A refresh that another call started while this call was under way cannot be told from this one, to the whole second of
    /// Stripe's times. Its outcome is given instead.
    ///
    /// **The data may be old.** If the last attempt failed, the account still holds the data of an earlier one: look at
    /// `last_status` and `data_as_of`.
    TooEarly {
        /// Status of the last attempt.
        last_status: RefreshStatus,
        /// Start of the last attempt, whether it succeeded or failed.
        last_attempted_at: Timestamp,
        /// Time of the data in the account.
        ///
        /// For a balance it is `as_of`, the time at which the institution computed it. For the other features it is the
        /// start of the last attempt if that succeeded, and `None` if it failed, because the account does not say when the
        /// last success was.
        data_as_of: Option<Timestamp>,
        /// When the next refresh can start.
        next_refresh_available_at: Option<Timestamp>,
    },
}

impl<T> Outcome<T> {
    /// Data of the refresh, if it succeeded and brought data.
    #[must_use]
    pub fn succeeded(&self) -> Option<&T> {
        match self {
            Self::Succeeded(data) => Some(data),
            _ => None,
        }
    }

    /// Whether the refresh succeeded, with or without data.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded(_) | Self::NoData)
    }
}

/// Outcomes of a refresh, one for each feature.
///
/// A feature that was not waited for is `None`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refreshed {
    /// The account in the response that settled the last feature. If thin events settled all that was pending, it is the account
    /// as last seen before them, in which the refresh may be pending.
    pub account: Account,
    /// Outcome for the balance.
    pub balance: Option<Outcome<Balance>>,
    /// Outcome for the ownership: the snapshot whose owners can be listed.
    pub ownership: Option<Outcome<AccountOwnershipId>>,
    /// Outcome for the transactions: the id of the refresh. The transactions can be listed now.
    pub transactions: Option<Outcome<TransactionRefreshId>>,
}

impl Refreshed {
    /// Whether every feature that was waited for succeeded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.balance.as_ref().is_none_or(Outcome::is_success)
            && self.ownership.as_ref().is_none_or(Outcome::is_success)
            && self.transactions.as_ref().is_none_or(Outcome::is_success)
    }
}
