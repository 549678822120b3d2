//! The calls of Financial Connections, grouped as the API reference groups them.

use std::borrow::Borrow;
use std::time::Duration;

use fc_client::{
    Client, Config, CreateSession, DisconnectAccount, Error, ListAccountOwners, ListAccounts,
    ListTransactions, RetrieveAccount, RetrieveSession, RetrieveTransaction, SubscribeAccount,
    UnsubscribeAccount,
};
use fc_types::{
    Account, AccountHolderParams, AccountHolderType, AccountId, AccountOwnershipId, AccountPermission,
    ConnectedAccountId, CustomerId, Event, Session, SessionId, TransactionId,
};
use futures_core::Stream;

use crate::wait::{settle_by_events, settle_by_polling};
use crate::{
    Items, Paged, Polling, Refresh, RefreshFeature, RefreshWatch, Refreshed, SubscribeFeature, SyncPosition,
    TransactionSync, WaitError,
};

/// Financial Connections: accounts, sessions and transactions.
///
/// Cloning is cheap; clones share one pool of connections.
///
/// ```no_run
/// use std::time::Duration;
/// use fc_ext::{FinancialConnections, RefreshFeature};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let fc = FinancialConnections::from_env()?;
/// let account = "fca_1MwVK82eZvKYlo2Cjw8FMxXf".parse()?;
/// let refresh = fc.accounts().refresh(&account, [RefreshFeature::Balance]);
/// let refreshed = refresh.until_settled(Duration::from_secs(60)).await?;
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

    /// Fetches fresh data from the institution: [`Refresh::until_settled`] waits for it, [`Refresh::send`] does not. See
    /// [`Client::refresh_account`].
    pub fn refresh(
        &self,
        account: impl Into<AccountId>,
        features: impl IntoIterator<Item = RefreshFeature>,
    ) -> Refresh {
        Refresh::new(self.client, account.into(), features)
    }

    /// Polls until each feature that is watched has an outcome; looks for the first time at once.
    ///
    /// # Errors
    ///
    /// [`WaitError::Request`] when polling failed for a reason that stays; [`WaitError::Elapsed`] when the time was up
    /// first.
    ///
    /// # Cancel safety
    ///
    /// What was seen is in `watch`: after dropping the future, or after an error, another call goes on from there.
    pub async fn until_settled(
        &self,
        watch: &mut RefreshWatch,
        polling: impl Into<Polling>,
    ) -> Result<Refreshed, WaitError> {
        settle_by_polling(self.client, watch, polling.into()).await
    }

    /// Waits for each feature that is watched to have an outcome by the events of a webhook, without any call.
    ///
    /// The events may be [`Event`]s or [`WebhookEvent`](crate::webhook::WebhookEvent)s.
    /// Listen before the refresh begins, or its event may be gone by. Events about anything else are passed over; duplicates
    /// and any order do no harm.
    ///
    /// # Errors
    ///
    /// [`WaitError::Elapsed`] when `limit` was over first, [`WaitError::EventsEnded`] when the events were.
    ///
    /// # Cancel safety
    ///
    /// What was seen is in `watch`: after dropping the future, or after an error, another call goes on from there.
    pub async fn until_settled_by(
        &self,
        watch: &mut RefreshWatch,
        events: impl Stream<Item: Borrow<Event>>,
        limit: Duration,
    ) -> Result<Refreshed, WaitError> {
        settle_by_events(&**self.client.clock(), watch, events, limit).await
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

    /// The owners of an account, by its newest ownership snapshot; `None` before the first one.
    ///
    /// If the snapshot is expanded in the account, its first page of owners is not asked for again.
    #[must_use]
    pub fn owners_of(&self, account: &Account) -> Option<Items<ListAccountOwners>> {
        let ownership = account.ownership.as_ref()?;
        let owners = self.owners(&account.id, ownership.id());
        // Further pages go by the ids: the list's own URL has a query already, to which nothing can simply be appended.
        Some(match ownership.object() {
            Some(snapshot) => owners.items_from(snapshot.owners.clone()),
            None => owners.items(),
        })
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

    /// The accounts that were linked in a session. Those that are in the session object are not asked for again.
    pub fn accounts(&self, session: &Session) -> Items<ListAccounts> {
        self.client.list_accounts().session(&session.id).items_from(session.accounts.clone())
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

    /// What changed in an account's transactions since the last time.
    ///
    /// `from` is what the last sync gave: its [`cursor`](TransactionSync::cursor) or its
    /// [`position`](TransactionSync::position), or `None` the first time.
    pub fn sync(&self, account: impl Into<AccountId>, from: impl Into<SyncPosition>) -> TransactionSync {
        TransactionSync::new(self.client, account.into(), from.into())
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
