//! How a refresh ended.

use fc_types::{Account, AccountOwnershipId, Balance, Timestamp, TransactionRefreshId};

/// How the refresh of one feature ended, or why none began.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// It succeeded, and this is what it brought.
    Succeeded(T),
    /// It succeeded, and the institution had nothing to give.
    NoData,
    /// It failed; what was there before is still there.
    Failed {
        /// From when on another one may begin.
        next_refresh_available_at: Option<Timestamp>,
    },
    /// Stripe lost the access to the account before it could end. The account holder has to link the account again.
    WentInactive,
    /// The account was disconnected, by you or by its holder, for good.
    Disconnected,
    /// None began, since the last one is too recent. What that one brought is in the account.
    TooEarly {
        /// From when on one may begin.
        next_refresh_available_at: Option<Timestamp>,
    },
}

impl<T> Outcome<T> {
    /// What the refresh brought, if it succeeded and brought something.
    #[must_use]
    pub fn succeeded(&self) -> Option<&T> {
        match self {
            Self::Succeeded(data) => Some(data),
            _ => None,
        }
    }

    /// Whether the refresh succeeded, even if it brought nothing.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded(_) | Self::NoData)
    }
}

/// How a refresh ended, feature by feature.
///
/// A feature that was not waited for is `None`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refreshed {
    /// The account as it was seen when the last outcome became known.
    pub account: Account,
    /// The balance.
    pub balance: Option<Outcome<Balance>>,
    /// The ownership snapshot, whose owners can be listed.
    pub ownership: Option<Outcome<AccountOwnershipId>>,
    /// The refresh of the transactions, which can be listed now.
    pub transactions: Option<Outcome<TransactionRefreshId>>,
}

impl Refreshed {
    /// Whether everything that was waited for succeeded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.balance.as_ref().is_none_or(Outcome::is_success)
            && self.ownership.as_ref().is_none_or(Outcome::is_success)
            && self.transactions.as_ref().is_none_or(Outcome::is_success)
    }
}
