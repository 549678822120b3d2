//! Account holders: of a session to create, of accounts to list, of an account that was read.

use std::fmt;

use fc_client::ListAccounts;
use fc_types::{AccountHolderParams, AccountHolderType, ConnectedAccountId, CustomerId};

/// Account holder to name in a request: of a new session, or of the accounts to list.
///
/// It is one of three kinds, which the parameters of the API do not enforce. [`fc_types::AccountHolder`] is the holder in a
/// response. `TryFrom` turns it into one of these, for example to link again for the same holder:
///
/// ```no_run
/// use fc_ext::prelude::*;
///
/// # async fn run(fc: FinancialConnections, account: fc_ext::types::Account) -> Result<(), fc_ext::Error> {
/// if let Some(holder) = &account.account_holder {
///     let session = fc.sessions().create(NewAccountHolder::try_from(holder)?, Permission::Balances).send().await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewAccountHolder {
    /// A Stripe account.
    Account(ConnectedAccountId),
    /// A customer.
    Customer(CustomerId),
    /// An Account that acts as a customer.
    CustomerAccount(ConnectedAccountId),
}

impl From<NewAccountHolder> for AccountHolderParams {
    fn from(holder: NewAccountHolder) -> Self {
        match holder {
            NewAccountHolder::Account(id) => Self::new(AccountHolderType::Account).with_account(id),
            NewAccountHolder::Customer(id) => Self::new(AccountHolderType::Customer).with_customer(id),
            // The API has no third type: an Account that acts as a customer has the type `customer`.
            NewAccountHolder::CustomerAccount(id) => {
                Self::new(AccountHolderType::Customer).with_customer_account(id)
            }
        }
    }
}

#[cfg(feature = "preview")]
impl From<NewAccountHolder> for fc_types::preview::AccountHolderParams {
    fn from(holder: NewAccountHolder) -> Self {
        use fc_types::preview::AccountHolderType;

        match holder {
            NewAccountHolder::Account(id) => Self::new(AccountHolderType::Account).with_account(id),
            NewAccountHolder::Customer(id) => Self::new(AccountHolderType::Customer).with_customer(id),
            // The API has no third type: an Account that acts as a customer has the type `customer`.
            NewAccountHolder::CustomerAccount(id) => {
                Self::new(AccountHolderType::Customer).with_customer_account(id)
            }
        }
    }
}

impl From<&NewAccountHolder> for AccountHolderParams {
    fn from(holder: &NewAccountHolder) -> Self {
        holder.clone().into()
    }
}

impl From<CustomerId> for NewAccountHolder {
    fn from(id: CustomerId) -> Self {
        Self::Customer(id)
    }
}

impl From<&CustomerId> for NewAccountHolder {
    fn from(id: &CustomerId) -> Self {
        Self::Customer(id.clone())
    }
}

/// Error for a holder in a response that names no account and no customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownHolder(());

impl fmt::Display for UnknownHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the account holder has none of `account`, `customer` and `customer_account`")
    }
}

impl std::error::Error for UnknownHolder {}

impl TryFrom<&fc_types::AccountHolder> for NewAccountHolder {
    type Error = UnknownHolder;

    /// # Errors
    ///
    /// [`UnknownHolder`] when the holder is of a kind that this version does not know.
    fn try_from(holder: &fc_types::AccountHolder) -> Result<Self, UnknownHolder> {
        if let Some(account) = &holder.account {
            Ok(Self::Account(account.id().clone()))
        } else if let Some(customer) = &holder.customer {
            Ok(Self::Customer(customer.id().clone()))
        } else if let Some(account) = &holder.customer_account {
            Ok(Self::CustomerAccount(account.clone()))
        } else {
            Err(UnknownHolder(()))
        }
    }
}

/// Filter of a list of accounts by holder.
///
/// ```no_run
/// use fc_ext::prelude::*;
///
/// # async fn run(fc: FinancialConnections, holder: NewAccountHolder) -> Result<(), fc_ext::Error> {
/// let accounts = fc.accounts().list().holder(&holder).items().into_vec().await?;
/// # Ok(()) }
/// ```
pub trait ByHolder: sealed::Sealed {
    /// Lists only accounts of this holder.
    #[must_use]
    fn holder(self, holder: &NewAccountHolder) -> Self;
}

impl ByHolder for ListAccounts {
    fn holder(self, holder: &NewAccountHolder) -> Self {
        match holder {
            NewAccountHolder::Account(id) => self.account_holder_account(id),
            NewAccountHolder::Customer(id) => self.account_holder_customer(id),
            NewAccountHolder::CustomerAccount(id) => self.account_holder_customer_account(id),
        }
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for fc_client::ListAccounts {}
}
