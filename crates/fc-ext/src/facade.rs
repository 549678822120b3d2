//! The calls of Financial Connections, grouped as the API reference groups them.

use fc_client::{
    Client, Config, CreateSession, DisconnectAccount, Error, ListAccountOwners, ListAccounts,
    ListTransactions, RefreshAccount, RetrieveAccount, RetrieveSession, RetrieveTransaction,
    SubscribeAccount, UnsubscribeAccount,
};
use fc_types::{
    AccountHolderParams, AccountHolderType, AccountId, AccountOwnershipId, AccountPermission,
    ConnectedAccountId, CustomerId, SessionId, TransactionId,
};

use crate::{RefreshFeature, SubscribeFeature};

/// Financial Connections: accounts, sessions and transactions.
///
/// Cloning is cheap; clones share one pool of connections.
///
/// ```no_run
/// use fc_ext::{FinancialConnections, RefreshFeature};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let fc = FinancialConnections::from_env()?;
/// let account = "fca_1MwVK82eZvKYlo2Cjw8FMxXf".parse()?;
/// let account = fc.accounts().refresh(&account, [RefreshFeature::Balance]).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct FinancialConnections {
    client: Client,
}

impl FinancialConnections {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// Of kind `Configuration`: a base URL that would expose the key, or settings that no client can be built from.
    pub fn new(config: Config) -> Result<Self, Error> {
        Ok(Self { client: Client::new(config)? })
    }

    /// A client with the settings of the environment; [`Config::from_env`] names the variables.
    ///
    /// # Errors
    ///
    /// Of kind `Configuration`: no key, a key that cannot be used here, or another variable that does not fit.
    pub fn from_env() -> Result<Self, Error> {
        Self::new(Config::from_env()?)
    }

    /// The generated client, for whatever has no shorter way here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Linked accounts.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts { client: &self.client }
    }

    /// Sessions, in which end users link accounts.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { client: &self.client }
    }

    /// Transactions of linked accounts.
    #[must_use]
    pub fn transactions(&self) -> Transactions<'_> {
        Transactions { client: &self.client }
    }
}

impl From<Client> for FinancialConnections {
    fn from(client: Client) -> Self {
        Self { client }
    }
}

/// Linked accounts; from [`FinancialConnections::accounts`].
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    client: &'a Client,
}

impl Accounts<'_> {
    /// See [`Client::list_accounts`].
    pub fn list(&self) -> ListAccounts {
        self.client.list_accounts()
    }

    /// See [`Client::retrieve_account`].
    pub fn retrieve(&self, account: impl Into<AccountId>) -> RetrieveAccount {
        self.client.retrieve_account(account)
    }

    /// See [`Client::disconnect_account`].
    pub fn disconnect(&self, account: impl Into<AccountId>) -> DisconnectAccount {
        self.client.disconnect_account(account)
    }

    /// See [`Client::refresh_account`].
    pub fn refresh(
        &self,
        account: impl Into<AccountId>,
        features: impl IntoIterator<Item = RefreshFeature>,
    ) -> RefreshAccount {
        self.client.refresh_account(account, features)
    }

    /// See [`Client::subscribe_account`].
    pub fn subscribe(
        &self,
        account: impl Into<AccountId>,
        features: impl IntoIterator<Item = SubscribeFeature>,
    ) -> SubscribeAccount {
        self.client.subscribe_account(account, features)
    }

    /// See [`Client::unsubscribe_account`].
    pub fn unsubscribe(
        &self,
        account: impl Into<AccountId>,
        features: impl IntoIterator<Item = SubscribeFeature>,
    ) -> UnsubscribeAccount {
        self.client.unsubscribe_account(account, features)
    }

    /// See [`Client::list_account_owners`].
    pub fn owners(
        &self,
        account: impl Into<AccountId>,
        ownership: impl Into<AccountOwnershipId>,
    ) -> ListAccountOwners {
        self.client.list_account_owners(account, ownership)
    }
}

/// Sessions; from [`FinancialConnections::sessions`].
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a> {
    client: &'a Client,
}

impl Sessions<'_> {
    /// Begins a session for an account holder; see [`Client::create_session`].
    ///
    /// ```no_run
    /// use fc_ext::{AccountHolder, FinancialConnections, Permission};
    ///
    /// # async fn run(fc: FinancialConnections) -> Result<(), Box<dyn std::error::Error>> {
    /// let holder = AccountHolder::Customer("cus_9s6XI9OFIdpjIg".parse()?);
    /// let session = fc.sessions().create(holder, [Permission::Balances]).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn create(
        &self,
        holder: AccountHolder,
        permissions: impl IntoIterator<Item = impl Into<AccountPermission>>,
    ) -> CreateSession {
        self.client.create_session(holder, permissions)
    }

    /// See [`Client::retrieve_session`].
    pub fn retrieve(&self, session: impl Into<SessionId>) -> RetrieveSession {
        self.client.retrieve_session(session)
    }
}

/// Transactions; from [`FinancialConnections::transactions`].
#[derive(Clone, Copy, Debug)]
pub struct Transactions<'a> {
    client: &'a Client,
}

impl Transactions<'_> {
    /// See [`Client::list_transactions`].
    pub fn list(&self, account: impl Into<AccountId>) -> ListTransactions {
        self.client.list_transactions(account)
    }

    /// See [`Client::retrieve_transaction`].
    pub fn retrieve(&self, transaction: impl Into<TransactionId>) -> RetrieveTransaction {
        self.client.retrieve_transaction(transaction)
    }
}

/// Who will own the accounts that a session links: one of the three, which the API's parameters leave open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountHolder {
    /// A Stripe account.
    Account(ConnectedAccountId),
    /// A customer.
    Customer(CustomerId),
    /// An Account that acts as a customer.
    CustomerAccount(ConnectedAccountId),
}

impl From<AccountHolder> for AccountHolderParams {
    fn from(holder: AccountHolder) -> Self {
        match holder {
            AccountHolder::Account(id) => Self::new(AccountHolderType::Account).with_account(id),
            AccountHolder::Customer(id) => Self::new(AccountHolderType::Customer).with_customer(id),
            // There is no third type: an Account that acts as a customer is a customer.
            AccountHolder::CustomerAccount(id) => {
                Self::new(AccountHolderType::Customer).with_customer_account(id)
            }
        }
    }
}
