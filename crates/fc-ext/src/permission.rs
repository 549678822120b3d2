//! What an account holder agrees to share.

use std::fmt;

use fc_types::{Account, AccountPermission};

use crate::{RefreshFeature, SubscribeFeature};

/// A permission that a session asks for and an account grants.
///
/// ```
/// use fc_ext::{Permission, RefreshFeature};
///
/// assert_eq!(Permission::Balances.unlocks(), Some(RefreshFeature::Balance));
/// assert_eq!(Permission::PaymentMethod.unlocks(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Read balances.
    Balances,
    /// Read who owns the account.
    Ownership,
    /// Make a payment method of the account.
    PaymentMethod,
    /// Read transactions, and have them refreshed daily.
    Transactions,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 4] = [Self::Balances, Self::Ownership, Self::PaymentMethod, Self::Transactions];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balances => "balances",
            Self::Ownership => "ownership",
            Self::PaymentMethod => "payment_method",
            Self::Transactions => "transactions",
        }
    }

    /// The refresh that it allows.
    #[must_use]
    pub const fn unlocks(self) -> Option<RefreshFeature> {
        match self {
            Self::Balances => Some(RefreshFeature::Balance),
            Self::Ownership => Some(RefreshFeature::Ownership),
            Self::PaymentMethod => None,
            Self::Transactions => Some(RefreshFeature::Transactions),
        }
    }

    /// The subscription that it allows.
    #[must_use]
    pub const fn unlocks_subscription(self) -> Option<SubscribeFeature> {
        match self {
            Self::Transactions => Some(SubscribeFeature::Transactions),
            Self::Balances | Self::Ownership | Self::PaymentMethod => None,
        }
    }

    /// Whether the holder of the account gave it. More takes a new session and fresh consent.
    #[must_use]
    pub fn is_granted(self, account: &Account) -> bool {
        let wanted = AccountPermission::from(self);
        account.permissions.as_ref().is_some_and(|permissions| permissions.contains(&wanted))
    }
}

impl From<Permission> for AccountPermission {
    fn from(permission: Permission) -> Self {
        permission.as_str().into()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_a_value_that_the_spec_has() {
        for permission in Permission::ALL {
            assert!(AccountPermission::KNOWN.contains(&permission.into()), "{permission}");
        }
        assert_eq!(Permission::ALL.len(), AccountPermission::KNOWN.len());
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
