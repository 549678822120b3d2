//! Permissions that an account holder grants.

use std::fmt;
use std::str::FromStr;

use fc_types::{Account, AccountPermission};

/// A permission that a session asks for and an account grants.
///
/// ```
/// use fc_ext::{Permission, RefreshFeature};
///
/// assert_eq!(Permission::Balances.unlocks(), Some(RefreshFeature::Balance));
/// assert_eq!(Permission::PaymentMethod.unlocks(), None);
/// ```
///
/// It converts from and to the open enum of fc-types, and has a text for configuration files:
///
/// ```
/// use fc_ext::Permission;
/// use fc_ext::types::AccountPermission;
///
/// assert_eq!(Permission::try_from(&AccountPermission::Balances)?, Permission::Balances);
/// assert_eq!("payment_method".parse::<Permission>()?, Permission::PaymentMethod);
/// # Ok::<(), fc_ext::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Permission to read balances.
    Balances,
    /// Permission to read the owners.
    Ownership,
    /// Permission to create a PaymentMethod from the account.
    PaymentMethod,
    /// Permission to read transactions and to subscribe to their daily refresh.
    Transactions,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 4] = [Self::Balances, Self::Ownership, Self::PaymentMethod, Self::Transactions];

    /// Name in requests and responses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balances => "balances",
            Self::Ownership => "ownership",
            Self::PaymentMethod => "payment_method",
            Self::Transactions => "transactions",
        }
    }

    /// Whether the account holder granted it. Another permission takes a new session and fresh consent.
    #[must_use]
    pub fn is_granted(self, account: &Account) -> bool {
        let wanted = AccountPermission::from(self);
        account.permissions.as_ref().is_some_and(|permissions| permissions.contains(&wanted))
    }
}

/// One permission where several are accepted: `create(holder, Permission::Balances)`.
impl IntoIterator for Permission {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

impl From<Permission> for AccountPermission {
    fn from(permission: Permission) -> Self {
        permission.as_str().into()
    }
}

from_open_enum!(Permission: AccountPermission, or UnknownPermission);
serde_as_text!(Permission);

/// Error for a name that is no permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPermission(String);

impl fmt::Display for UnknownPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown permission `{}`; the permissions are ", self.0.escape_debug())?;
        for (index, permission) in Permission::ALL.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}`{permission}`")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownPermission {}

impl FromStr for Permission {
    type Err = UnknownPermission;

    /// # Errors
    ///
    /// [`UnknownPermission`] for a name that requests do not use, such as `balance`, which is the feature.
    fn from_str(name: &str) -> Result<Self, UnknownPermission> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == name)
            .ok_or_else(|| UnknownPermission(name.to_owned()))
    }
}

#[cfg(feature = "preview")]
from_open_enum!(Permission: fc_types::preview::AccountPermission, or UnknownPermission);

#[cfg(feature = "preview")]
impl From<Permission> for fc_types::preview::AccountPermission {
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
    fn a_permission_converts_both_ways_and_has_a_text() {
        for permission in Permission::ALL {
            let open = AccountPermission::from(permission);
            assert_eq!(
                (Permission::try_from(&open), Permission::try_from(open)),
                (Ok(permission), Ok(permission))
            );
            let json = serde_json::to_string(&permission).unwrap();
            assert_eq!(json, format!("\"{permission}\""));
            assert_eq!(serde_json::from_str::<Permission>(&json).unwrap(), permission);
        }
        let error = Permission::try_from(AccountPermission::from("loans")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown permission `loans`; the permissions are `balances`, `ownership`, `payment_method`, `transactions`"
        );
        assert!(serde_json::from_str::<Permission>(r#""balance""#).is_err());
    }
}
