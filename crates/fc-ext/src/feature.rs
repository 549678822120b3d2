//! What can be refreshed and subscribed to, and what each needs and brings.

use std::fmt;
use std::str::FromStr;

use fc_types::{
    Account, AccountRefreshFeature, AccountSubscribeFeature, AccountSubscription, EventType, RefreshStatus,
    SessionPrefetch, Timestamp, TransactionRefreshId,
};

use crate::Permission;

/// A kind of data that a refresh fetches from the institution.
///
/// It goes wherever the generated client takes a feature:
///
/// ```no_run
/// use fc_ext::{Permission, RefreshFeature};
///
/// # async fn run(client: fc_client::Client, account: fc_types::AccountId) -> Result<(), fc_client::Error> {
/// let account = client.refresh_account(account, [RefreshFeature::Balance]).send().await?;
/// let state = RefreshFeature::Balance.state(&account);
/// assert_eq!(RefreshFeature::Balance.permission(), Permission::Balances);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RefreshFeature {
    /// The balance: `balance`, in the singular, though the permission is `balances`.
    Balance,
    /// Who owns the account: a new ownership snapshot.
    Ownership,
    /// The transactions since the last refresh, and what became of the earlier ones.
    Transactions,
}

impl RefreshFeature {
    /// Every feature.
    pub const ALL: [Self; 3] = [Self::Balance, Self::Ownership, Self::Transactions];

    /// Its name in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// The permission that the account holder must have given.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Balance => Permission::Balances,
            Self::Ownership => Permission::Ownership,
            Self::Transactions => Permission::Transactions,
        }
    }

    /// The field of the account that a success fills. Transactions have a list of their own; the account holds the id
    /// of their refresh, which is the cursor into it.
    #[must_use]
    pub const fn account_field(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Ownership => "ownership",
            Self::Transactions => "transaction_refresh",
        }
    }

    /// The field of the account that tells how the latest refresh fares.
    #[must_use]
    pub const fn state_field(self) -> &'static str {
        match self {
            Self::Balance => "balance_refresh",
            Self::Ownership => "ownership_refresh",
            Self::Transactions => "transaction_refresh",
        }
    }

    /// The event in which a refresh ends, whether it succeeded or failed.
    #[must_use]
    pub const fn event(self) -> EventType {
        match self {
            Self::Balance => EventType::AccountRefreshedBalance,
            Self::Ownership => EventType::AccountRefreshedOwnership,
            Self::Transactions => EventType::AccountRefreshedTransactions,
        }
    }

    /// How the latest refresh of this feature fares; `None` before the first one.
    #[must_use]
    pub fn state(self, account: &Account) -> Option<RefreshState> {
        match self {
            Self::Balance => account.balance_refresh.as_ref().map(|refresh| RefreshState {
                status: refresh.status.clone(),
                last_attempted_at: refresh.last_attempted_at,
                next_refresh_available_at: refresh.next_refresh_available_at,
                transaction_refresh: None,
            }),
            Self::Ownership => account.ownership_refresh.as_ref().map(|refresh| RefreshState {
                status: refresh.status.clone(),
                last_attempted_at: refresh.last_attempted_at,
                next_refresh_available_at: refresh.next_refresh_available_at,
                transaction_refresh: None,
            }),
            Self::Transactions => account.transaction_refresh.as_ref().map(|refresh| RefreshState {
                status: refresh.status.clone(),
                last_attempted_at: refresh.last_attempted_at,
                next_refresh_available_at: refresh.next_refresh_available_at,
                transaction_refresh: Some(refresh.id.clone()),
            }),
        }
    }
}

/// How the latest refresh of a feature fares, in one shape for all features.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshState {
    /// Pending, succeeded or failed.
    pub status: RefreshStatus,
    /// When it was last attempted.
    pub last_attempted_at: Timestamp,
    /// When the next one can start. `None` while one is pending and while the account is inactive: no refresh can start
    /// then.
    pub next_refresh_available_at: Option<Timestamp>,
    /// The id of the refresh; only transactions have one.
    pub transaction_refresh: Option<TransactionRefreshId>,
}

/// A kind of data that Stripe refreshes by itself, about once a day, for a subscribed account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubscribeFeature {
    /// The transactions.
    Transactions,
}

impl SubscribeFeature {
    /// Every feature.
    pub const ALL: [Self; 1] = [Self::Transactions];

    /// Its name in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
        }
    }

    /// What each of the daily refreshes fetches.
    #[must_use]
    pub const fn refresh(self) -> RefreshFeature {
        match self {
            Self::Transactions => RefreshFeature::Transactions,
        }
    }

    /// The permission that the account holder must have given.
    #[must_use]
    pub const fn permission(self) -> Permission {
        self.refresh().permission()
    }

    /// The field of the account that names the subscription.
    #[must_use]
    pub const fn account_field(self) -> &'static str {
        "subscriptions"
    }

    /// The event in which each of the daily refreshes ends.
    #[must_use]
    pub const fn event(self) -> EventType {
        self.refresh().event()
    }

    /// Whether the account is subscribed to it.
    #[must_use]
    pub fn is_active(self, account: &Account) -> bool {
        let wanted = AccountSubscription::from(self.as_str());
        account.subscriptions.as_ref().is_some_and(|subscriptions| subscriptions.contains(&wanted))
    }
}

impl From<RefreshFeature> for AccountRefreshFeature {
    fn from(feature: RefreshFeature) -> Self {
        feature.as_str().into()
    }
}

impl From<RefreshFeature> for SessionPrefetch {
    /// A refresh that starts as soon as an account is linked; it is asked for by the name of its permission.
    fn from(feature: RefreshFeature) -> Self {
        feature.permission().as_str().into()
    }
}

impl From<SubscribeFeature> for AccountSubscribeFeature {
    fn from(feature: SubscribeFeature) -> Self {
        feature.as_str().into()
    }
}

/// A name that is no feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFeature {
    name: String,
    known: &'static str,
}

impl fmt::Display for UnknownFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown feature `{}`: known are {}", self.name.escape_debug(), self.known)
    }
}

impl std::error::Error for UnknownFeature {}

impl FromStr for RefreshFeature {
    type Err = UnknownFeature;

    /// # Errors
    ///
    /// [`UnknownFeature`] for every name that requests do not use, `balances` among them: that is the permission.
    fn from_str(name: &str) -> Result<Self, UnknownFeature> {
        Self::ALL.into_iter().find(|feature| feature.as_str() == name).ok_or_else(|| UnknownFeature {
            name: name.to_owned(),
            known: "`balance`, `ownership` and `transactions`",
        })
    }
}

impl FromStr for SubscribeFeature {
    type Err = UnknownFeature;

    /// # Errors
    ///
    /// [`UnknownFeature`] for every name but `transactions`.
    fn from_str(name: &str) -> Result<Self, UnknownFeature> {
        Self::ALL
            .into_iter()
            .find(|feature| feature.as_str() == name)
            .ok_or_else(|| UnknownFeature { name: name.to_owned(), known: "`transactions`" })
    }
}

impl fmt::Display for RefreshFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for SubscribeFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_is_balance_where_the_permission_is_balances() {
        assert_eq!(AccountRefreshFeature::from(RefreshFeature::Balance), AccountRefreshFeature::Balance);
        assert_eq!(RefreshFeature::Balance.permission().as_str(), "balances");
        assert_eq!(SessionPrefetch::from(RefreshFeature::Balance), SessionPrefetch::Balances);
        assert!("balances".parse::<RefreshFeature>().is_err());
    }

    #[test]
    fn every_feature_is_a_value_that_the_spec_has() {
        for feature in RefreshFeature::ALL {
            assert!(AccountRefreshFeature::KNOWN.contains(&feature.into()), "{feature}");
            assert!(SessionPrefetch::KNOWN.contains(&feature.into()), "{feature}");
            assert_eq!(feature.as_str().parse(), Ok(feature));
        }
        for feature in SubscribeFeature::ALL {
            assert!(AccountSubscribeFeature::KNOWN.contains(&feature.into()), "{feature}");
        }
        // And none of the spec's values is missing here.
        assert_eq!(RefreshFeature::ALL.len(), AccountRefreshFeature::KNOWN.len());
        assert_eq!(SubscribeFeature::ALL.len(), AccountSubscribeFeature::KNOWN.len());
    }

    #[test]
    fn a_refresh_ends_in_the_event_of_its_feature() {
        let events = RefreshFeature::ALL.map(|feature| feature.event().as_str().to_owned());
        assert_eq!(
            events,
            [
                "financial_connections.account.refreshed_balance",
                "financial_connections.account.refreshed_ownership",
                "financial_connections.account.refreshed_transactions",
            ]
        );
    }
}
