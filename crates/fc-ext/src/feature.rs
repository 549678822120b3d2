//! Features to refresh and to subscribe to: their names, permissions, fields and events.

use std::fmt;
use std::str::FromStr;

use fc_types::{
    Account, AccountRefreshFeature, AccountSubscribeFeature, AccountSubscription, EventType, RefreshStatus,
    SessionPrefetch, ThinEventType, Timestamp, TransactionRefreshId,
};

use crate::permission::Permission;

/// Kind of data that a refresh fetches from the institution.
///
/// The generated client takes it as a feature:
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
    /// The owners: a new ownership snapshot.
    Ownership,
    /// The transactions: new ones, and changes of older ones.
    Transactions,
}

impl RefreshFeature {
    /// Every feature.
    pub const ALL: [Self; 3] = [Self::Balance, Self::Ownership, Self::Transactions];

    /// Name in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// Permission that the refresh needs.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Balance => Permission::Balances,
            Self::Ownership => Permission::Ownership,
            Self::Transactions => Permission::Transactions,
        }
    }

    /// Field of the account that a successful refresh fills. Transactions are in a separate list; for them the account
    /// holds the id of the refresh, which is the cursor into that list.
    #[must_use]
    pub const fn account_field(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Ownership => "ownership",
            Self::Transactions => "transaction_refresh",
        }
    }

    /// Field of the account that holds the state of the latest refresh.
    #[must_use]
    pub const fn state_field(self) -> &'static str {
        match self {
            Self::Balance => "balance_refresh",
            Self::Ownership => "ownership_refresh",
            Self::Transactions => "transaction_refresh",
        }
    }

    /// Event that Stripe sends when a refresh succeeds or fails.
    #[must_use]
    pub const fn event(self) -> EventType {
        match self {
            Self::Balance => EventType::AccountRefreshedBalance,
            Self::Ownership => EventType::AccountRefreshedOwnership,
            Self::Transactions => EventType::AccountRefreshedTransactions,
        }
    }

    /// Thin event that Stripe sends when a refresh succeeds, since API version 2026-10-28.
    #[must_use]
    pub const fn thin_success(self) -> ThinEventType {
        match self {
            Self::Balance => ThinEventType::AccountBalanceRefreshSucceeded,
            Self::Ownership => ThinEventType::AccountOwnershipRefreshSucceeded,
            Self::Transactions => ThinEventType::AccountTransactionsRefreshSucceeded,
        }
    }

    /// Thin event that Stripe sends when a refresh fails, since API version 2026-10-28.
    #[must_use]
    pub const fn thin_failure(self) -> ThinEventType {
        match self {
            Self::Balance => ThinEventType::AccountBalanceRefreshFailed,
            Self::Ownership => ThinEventType::AccountOwnershipRefreshFailed,
            Self::Transactions => ThinEventType::AccountTransactionsRefreshFailed,
        }
    }

    /// State of the latest refresh; `None` before the first one.
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

/// One feature where several are accepted: `refresh(id, RefreshFeature::Balance)`.
impl IntoIterator for RefreshFeature {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

/// State of the latest refresh, in one shape for all features.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshState {
    /// Pending, succeeded or failed.
    pub status: RefreshStatus,
    /// When it was last attempted.
    pub last_attempted_at: Timestamp,
    /// When the next refresh can start. `None` while one is pending and while the account is inactive, because no refresh
    /// can start then.
    pub next_refresh_available_at: Option<Timestamp>,
    /// Id of the refresh. Only refreshes of transactions have one.
    pub transaction_refresh: Option<TransactionRefreshId>,
}

/// Kind of data that Stripe refreshes about once a day for a subscribed account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubscribeFeature {
    /// The transactions.
    Transactions,
}

impl SubscribeFeature {
    /// Every feature.
    pub const ALL: [Self; 1] = [Self::Transactions];

    /// Name in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
        }
    }

    /// Feature that the daily refresh fetches.
    #[must_use]
    pub const fn refresh(self) -> RefreshFeature {
        match self {
            Self::Transactions => RefreshFeature::Transactions,
        }
    }

    /// Permission that the subscription needs.
    #[must_use]
    pub const fn permission(self) -> Permission {
        self.refresh().permission()
    }

    /// Field of the account that names the subscription.
    #[must_use]
    pub const fn account_field(self) -> &'static str {
        "subscriptions"
    }

    /// Event that Stripe sends when a daily refresh succeeds or fails.
    #[must_use]
    pub const fn event(self) -> EventType {
        self.refresh().event()
    }

    /// Whether the account is subscribed to it.
    #[must_use]
    pub fn is_active(self, account: &Account) -> bool {
        let wanted = AccountSubscription::from(self);
        account.subscriptions.as_ref().is_some_and(|subscriptions| subscriptions.contains(&wanted))
    }
}

/// One feature where several are accepted: `subscribe(id, SubscribeFeature::Transactions)`.
impl IntoIterator for SubscribeFeature {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

impl Permission {
    /// Refresh that the permission allows.
    #[must_use]
    pub const fn unlocks(self) -> Option<RefreshFeature> {
        match self {
            Self::Balances => Some(RefreshFeature::Balance),
            Self::Ownership => Some(RefreshFeature::Ownership),
            Self::PaymentMethod => None,
            Self::Transactions => Some(RefreshFeature::Transactions),
        }
    }

    /// Subscription that the permission allows.
    #[must_use]
    pub const fn unlocks_subscription(self) -> Option<SubscribeFeature> {
        match self {
            Self::Transactions => Some(SubscribeFeature::Transactions),
            Self::Balances | Self::Ownership | Self::PaymentMethod => None,
        }
    }
}

impl From<RefreshFeature> for AccountRefreshFeature {
    fn from(feature: RefreshFeature) -> Self {
        feature.as_str().into()
    }
}

impl From<RefreshFeature> for SessionPrefetch {
    /// Prefetch starts the refresh when an account is linked. It uses the name of the permission.
    fn from(feature: RefreshFeature) -> Self {
        feature.permission().as_str().into()
    }
}

impl From<SubscribeFeature> for AccountSubscribeFeature {
    fn from(feature: SubscribeFeature) -> Self {
        feature.as_str().into()
    }
}

from_open_enum!(RefreshFeature: AccountRefreshFeature, or UnknownFeature);
serde_as_text!(RefreshFeature);
from_open_enum!(SubscribeFeature: AccountSubscribeFeature, or UnknownFeature);
from_open_enum!(SubscribeFeature: AccountSubscription, or UnknownFeature);
serde_as_text!(SubscribeFeature);

impl From<SubscribeFeature> for AccountSubscription {
    fn from(feature: SubscribeFeature) -> Self {
        feature.as_str().into()
    }
}

impl TryFrom<&SessionPrefetch> for RefreshFeature {
    type Error = UnknownFeature;

    /// # Errors
    ///
    /// [`UnknownFeature`] for a value that this version does not know.
    fn try_from(prefetch: &SessionPrefetch) -> Result<Self, UnknownFeature> {
        // Prefetch uses the name of the permission.
        let feature = Self::ALL.into_iter().find(|feature| SessionPrefetch::from(*feature) == *prefetch);
        feature.ok_or_else(|| UnknownFeature::of_refresh(prefetch.as_str()))
    }
}

impl TryFrom<SessionPrefetch> for RefreshFeature {
    type Error = UnknownFeature;

    /// # Errors
    ///
    /// [`UnknownFeature`] for a value that this version does not know.
    fn try_from(prefetch: SessionPrefetch) -> Result<Self, UnknownFeature> {
        Self::try_from(&prefetch)
    }
}

/// Error for a name that is no feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFeature {
    name: String,
    known: &'static str,
}

impl UnknownFeature {
    fn of_refresh(name: &str) -> Self {
        Self { name: name.to_owned(), known: "`balance`, `ownership` and `transactions`" }
    }
}

impl fmt::Display for UnknownFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown feature `{}`; the features are {}", self.name.escape_debug(), self.known)
    }
}

impl std::error::Error for UnknownFeature {}

impl FromStr for RefreshFeature {
    type Err = UnknownFeature;

    /// # Errors
    ///
    /// [`UnknownFeature`] for a name that requests do not use, such as `balances`, which is the permission.
    fn from_str(name: &str) -> Result<Self, UnknownFeature> {
        Self::ALL
            .into_iter()
            .find(|feature| feature.as_str() == name)
            .ok_or_else(|| UnknownFeature::of_refresh(name))
    }
}

impl FromStr for SubscribeFeature {
    type Err = UnknownFeature;

    /// # Errors
    ///
    /// [`UnknownFeature`] for a name other than `transactions`.
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
        // No value of the spec is missing here.
        assert_eq!(RefreshFeature::ALL.len(), AccountRefreshFeature::KNOWN.len());
        assert_eq!(SubscribeFeature::ALL.len(), AccountSubscribeFeature::KNOWN.len());
    }

    #[test]
    fn a_feature_converts_both_ways_and_has_a_text() {
        for feature in RefreshFeature::ALL {
            let (open, prefetch) = (AccountRefreshFeature::from(feature), SessionPrefetch::from(feature));
            assert_eq!(
                (RefreshFeature::try_from(&open), RefreshFeature::try_from(open)),
                (Ok(feature), Ok(feature))
            );
            assert_eq!(RefreshFeature::try_from(prefetch), Ok(feature));
            let json = serde_json::to_string(&feature).unwrap();
            assert_eq!(json, format!("\"{feature}\""));
            assert_eq!(serde_json::from_str::<RefreshFeature>(&json).unwrap(), feature);
        }
        for feature in SubscribeFeature::ALL {
            assert_eq!(SubscribeFeature::try_from(AccountSubscribeFeature::from(feature)), Ok(feature));
            assert_eq!(SubscribeFeature::try_from(AccountSubscription::from(feature)), Ok(feature));
            let json = serde_json::to_string(&feature).unwrap();
            assert_eq!(serde_json::from_str::<SubscribeFeature>(&json).unwrap(), feature);
        }
        assert!(RefreshFeature::try_from(AccountRefreshFeature::from("loans")).is_err());
        assert!(
            RefreshFeature::try_from(SessionPrefetch::from("balance")).is_err(),
            "the name of the permission"
        );
        assert!(SubscribeFeature::try_from(AccountSubscription::from("balance")).is_err());
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

    #[test]
    fn a_refresh_ends_in_a_thin_event_of_its_outcome() {
        for feature in RefreshFeature::ALL {
            let name =
                |outcome: &str| format!("v1.financial_connections.account.{feature}_refresh_{outcome}");
            assert_eq!(feature.thin_success().as_str(), name("succeeded"));
            assert_eq!(feature.thin_failure().as_str(), name("failed"));
        }
    }

    #[test]
    fn a_permission_unlocks_the_features_that_need_it() {
        for feature in RefreshFeature::ALL {
            assert_eq!(feature.permission().unlocks(), Some(feature));
        }
        for feature in SubscribeFeature::ALL {
            assert_eq!(feature.permission().unlocks_subscription(), Some(feature));
        }
    }
}
