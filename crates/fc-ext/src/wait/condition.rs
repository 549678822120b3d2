//! Conditions on an account.

use fc_types::{Account, AccountStatus, RefreshStatus};

use crate::feature::RefreshFeature;

/// Condition on an account, for [`Until`](crate::Until).
///
/// Every function from `&Account` to `bool` is a condition, and conditions compose:
///
/// ```
/// use fc_ext::types::Account;
/// use fc_ext::{Condition, RefreshFeature, active, settled};
///
/// let fresh = settled(RefreshFeature::Balance).and(settled(RefreshFeature::Transactions));
/// let usable = active().and(|account: &Account| !account.supported_payment_method_types.is_empty());
/// let done = fresh.or(usable.not());
/// ```
pub trait Condition {
    /// Whether the account meets the condition.
    fn is_met(&self, account: &Account) -> bool;

    /// True when both conditions are.
    fn and<C: Condition>(self, other: C) -> And<Self, C>
    where
        Self: Sized,
    {
        And(self, other)
    }

    /// True when at least one of the conditions is.
    fn or<C: Condition>(self, other: C) -> Or<Self, C>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// True when this condition is false.
    fn not(self) -> Not<Self>
    where
        Self: Sized,
    {
        Not(self)
    }
}

impl<F: Fn(&Account) -> bool> Condition for F {
    fn is_met(&self, account: &Account) -> bool {
        self(account)
    }
}

/// Result of [`Condition::and`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct And<A, B>(A, B);

impl<A: Condition, B: Condition> Condition for And<A, B> {
    fn is_met(&self, account: &Account) -> bool {
        self.0.is_met(account) && self.1.is_met(account)
    }
}

/// Result of [`Condition::or`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Or<A, B>(A, B);

impl<A: Condition, B: Condition> Condition for Or<A, B> {
    fn is_met(&self, account: &Account) -> bool {
        self.0.is_met(account) || self.1.is_met(account)
    }
}

/// Result of [`Condition::not`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Not<C>(C);

impl<C: Condition> Condition for Not<C> {
    fn is_met(&self, account: &Account) -> bool {
        !self.0.is_met(account)
    }
}

/// Result of [`settled()`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Settled(RefreshFeature);

impl Condition for Settled {
    fn is_met(&self, account: &Account) -> bool {
        let state = self.0.state(account);
        state.is_some_and(|state| matches!(state.status, RefreshStatus::Succeeded | RefreshStatus::Failed))
    }
}

/// The latest refresh of this feature succeeded or failed. False before the first refresh.
///
/// It does not ask which refresh that was: an account that was refreshed yesterday is settled. To follow one refresh to
/// its outcome, see [`Refresh::until_settled`](crate::Refresh::until_settled).
pub fn settled(feature: RefreshFeature) -> Settled {
    Settled(feature)
}

/// The account is active.
#[must_use]
pub fn active() -> impl Condition + Copy + Send {
    |account: &Account| account.status == AccountStatus::Active
}
