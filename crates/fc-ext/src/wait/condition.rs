//! What an account is waited for to be.

use fc_types::{Account, AccountStatus, RefreshStatus};

use crate::RefreshFeature;

/// Something that is true of an account or not, yet.
///
/// Every function from `&Account` to `bool` is one, and they compose:
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
    /// Whether it is true of the account.
    fn is_met(&self, account: &Account) -> bool;

    /// True when both are.
    fn and<C: Condition>(self, other: C) -> And<Self, C>
    where
        Self: Sized,
    {
        And(self, other)
    }

    /// True when one is, or both.
    fn or<C: Condition>(self, other: C) -> Or<Self, C>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// True when this is not.
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

/// From [`Condition::and`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct And<A, B>(A, B);

impl<A: Condition, B: Condition> Condition for And<A, B> {
    fn is_met(&self, account: &Account) -> bool {
        self.0.is_met(account) && self.1.is_met(account)
    }
}

/// From [`Condition::or`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Or<A, B>(A, B);

impl<A: Condition, B: Condition> Condition for Or<A, B> {
    fn is_met(&self, account: &Account) -> bool {
        self.0.is_met(account) || self.1.is_met(account)
    }
}

/// From [`Condition::not`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Not<C>(C);

impl<C: Condition> Condition for Not<C> {
    fn is_met(&self, account: &Account) -> bool {
        !self.0.is_met(account)
    }
}

/// From [`settled()`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Settled(RefreshFeature);

impl Condition for Settled {
    fn is_met(&self, account: &Account) -> bool {
        let state = self.0.state(account);
        state.is_some_and(|state| matches!(state.status, RefreshStatus::Succeeded | RefreshStatus::Failed))
    }
}

/// The latest refresh of this feature has ended, in success or failure. False as long as there was none.
///
/// It does not ask which refresh that was: an account that was refreshed yesterday is settled. To follow a refresh of your
/// own and learn how it ended, see [`Refresh::until_settled`](crate::Refresh::until_settled).
pub fn settled(feature: RefreshFeature) -> Settled {
    Settled(feature)
}

/// The account is active.
#[must_use]
pub fn active() -> impl Condition + Copy + Send {
    |account: &Account| account.status == AccountStatus::Active
}
