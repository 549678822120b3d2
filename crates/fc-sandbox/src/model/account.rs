//! Linked accounts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::model::account_number::{AccountNumber, PaymentMethodType};
use crate::model::feature::{Feature, RefreshOutcome};
use crate::model::holder::Holder;
use crate::model::owner::AccountOwner;
use crate::model::refresh::RefreshAttempt;
use crate::store::record::count;
use crate::store::table::Identified;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccountStatus {
    Active,
    Inactive,
    Disconnected,
}

/// Why an account is inactive, as the preview shows it in `status_details`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InactiveCause {
    /// The holder, or a changed password, took the access away.
    AccessDenied,
    /// The access ran out.
    AccessExpired,
    /// The account was closed at the bank. No log-in helps.
    AccountClosed,
    /// The bank does not offer the account at the moment.
    AccountUnavailable,
    /// The bank asks for a new log-in.
    InstitutionRequirement,
    /// The bank gives no reason.
    #[default]
    Unspecified,
}

impl InactiveCause {
    /// Whether a new log-in of the user makes the account active again.
    pub(crate) fn can_be_relinked(self) -> bool {
        self != Self::AccountClosed
    }
}

/// A linked account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) created: i64,
    pub(crate) holder: Holder,
    pub(crate) institution_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) last4: String,
    pub(crate) currency: String,
    pub(crate) category: Cow<'static, str>,
    pub(crate) subcategory: Cow<'static, str>,
    pub(crate) permissions: Vec<String>,
    pub(crate) status: AccountStatus,
    /// Why the account is inactive; none if it is not, or if an older sandbox made it inactive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inactive_cause: Option<InactiveCause>,
    /// Row of the log-in that the account was linked with.
    pub(crate) authorization: u32,
    /// The supported payment methods.
    pub(crate) payment_methods: Vec<PaymentMethodType>,
    /// None if the account does not support payments.
    pub(crate) number: Option<AccountNumber>,
    pub(crate) balance: Option<Balance>,
    pub(crate) balance_attempt: Option<RefreshAttempt>,
    /// Row of the newest snapshot of the owners.
    pub(crate) ownership: Option<u32>,
    pub(crate) ownership_attempt: Option<RefreshAttempt>,
    pub(crate) transactions_attempt: Option<RefreshAttempt>,
    /// Row of the latest refresh of the transactions.
    pub(crate) transaction_refresh: Option<u32>,
    pub(crate) subscription: Subscription,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inferred_balances_attempt: Option<RefreshAttempt>,
    /// The time of the last successful refresh of the inferred balances.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "clock::unix_or_null")]
    pub(crate) inferred_balances_at: Option<i64>,
    /// The daily refreshes of the balance, which the preview has.
    #[serde(default, skip_serializing_if = "Subscription::is_none")]
    pub(crate) balance_subscription: Subscription,
    /// The daily refreshes of the inferred balances, which the preview has.
    #[serde(default, skip_serializing_if = "Subscription::is_none")]
    pub(crate) inferred_balances_subscription: Subscription,
    /// The owners that the bank knows.
    pub(crate) owners: Vec<AccountOwner>,
    /// The number of transactions at linking. The bank data follows from it, the seed and the id.
    pub(crate) transactions: u32,
    /// Whether some transactions get a new date when they post.
    #[serde(default)]
    pub(crate) moves_dates: bool,
    /// Features whose refreshes always fail.
    pub(crate) failing: Vec<Feature>,
    /// Planned outcomes of the next refreshes, in order.
    pub(crate) outcomes: Vec<(Feature, RefreshOutcome)>,
}

/// Whether a feature is refreshed daily; the transactions, where nothing else is said.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) active: bool,
    /// Counts the subscriptions. A task with an older number is stale.
    #[serde(deserialize_with = "count")]
    pub(crate) number: u32,
}

impl Subscription {
    /// Whether there never was one.
    fn is_none(&self) -> bool {
        !self.active && self.number == 0
    }
}

impl Account {
    /// The daily refreshes of a feature. None for one that cannot be subscribed to.
    pub(crate) fn subscription(&self, feature: Feature) -> Option<Subscription> {
        match feature {
            Feature::Balance => Some(self.balance_subscription),
            Feature::Ownership => None,
            Feature::Transactions => Some(self.subscription),
            Feature::InferredBalances => Some(self.inferred_balances_subscription),
        }
    }

    /// See [`Account::subscription`].
    pub(crate) fn subscription_mut(&mut self, feature: Feature) -> Option<&mut Subscription> {
        match feature {
            Feature::Balance => Some(&mut self.balance_subscription),
            Feature::Ownership => None,
            Feature::Transactions => Some(&mut self.subscription),
            Feature::InferredBalances => Some(&mut self.inferred_balances_subscription),
        }
    }

    /// Why the account is inactive, if it is.
    pub(crate) fn why_inactive(&self) -> Option<InactiveCause> {
        (self.status == AccountStatus::Inactive).then(|| self.inactive_cause.unwrap_or_default())
    }

    pub(crate) fn attempt(&self, feature: Feature) -> Option<&RefreshAttempt> {
        let attempt = match feature {
            Feature::Balance => &self.balance_attempt,
            Feature::Ownership => &self.ownership_attempt,
            Feature::Transactions => &self.transactions_attempt,
            Feature::InferredBalances => &self.inferred_balances_attempt,
        };
        attempt.as_ref()
    }

    pub(crate) fn attempt_mut(&mut self, feature: Feature) -> &mut Option<RefreshAttempt> {
        match feature {
            Feature::Balance => &mut self.balance_attempt,
            Feature::Ownership => &mut self.ownership_attempt,
            Feature::Transactions => &mut self.transactions_attempt,
            Feature::InferredBalances => &mut self.inferred_balances_attempt,
        }
    }

    /// The number, if the caller may see it.
    pub(crate) fn visible_number(&self) -> Option<AccountNumber> {
        self.number.filter(|_| self.status != AccountStatus::Disconnected && self.permits("payment_method"))
    }

    pub(crate) fn permits(&self, permission: &str) -> bool {
        self.permissions.iter().any(|granted| granted == permission)
    }
}

/// The balance of an account at its bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Balance {
    /// When the bank computed it.
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) as_of: i64,
    pub(crate) current: i64,
    /// The balance including pending transactions: available funds, or used credit.
    pub(crate) projected: i64,
}

impl Identified for Account {
    fn id(&self) -> &str {
        &self.id
    }
}
