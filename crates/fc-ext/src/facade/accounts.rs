//! Calls on linked accounts.

use std::borrow::Borrow;
use std::time::Duration;

use fc_client::{
    Client, DisconnectAccount, ListAccountOwners, ListAccounts, RetrieveAccount, SubscribeAccount,
    UnsubscribeAccount,
};
use fc_types::{Account, AccountId, AccountOwnershipId, Event};
use futures_core::Stream;

use crate::feature::{RefreshFeature, SubscribeFeature};
use crate::fresh_balance::FreshBalance;
use crate::wait::{
    Polling, Refresh, RefreshWatch, Refreshed, WaitError, settle_by_events, settle_by_polling,
    settle_by_thin_events,
};
use crate::webhook::ThinEvent;

/// Calls on linked accounts; from [`FinancialConnections::accounts`](crate::FinancialConnections::accounts).
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    client: &'a Client,
}

impl<'a> Accounts<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// See [`Client::list_accounts`].
    pub fn list(self) -> ListAccounts {
        self.client.list_accounts()
    }

    /// See [`Client::retrieve_account`].
    pub fn retrieve(self, account: impl Into<AccountId>) -> RetrieveAccount {
        self.client.retrieve_account(account)
    }

    /// See [`Client::disconnect_account`].
    pub fn disconnect(self, account: impl Into<AccountId>) -> DisconnectAccount {
        self.client.disconnect_account(account)
    }

    /// Refreshes data from the institution. [`Refresh::until_settled`] waits for the outcome, [`Refresh::send`] does not.
    /// See [`Client::refresh_account`].
    pub fn refresh(
        self,
        account: impl Into<AccountId>,
        features: impl IntoIterator<Item = RefreshFeature>,
    ) -> Refresh {
        Refresh::new(self.client, account.into(), features)
    }

    /// Polls until every watched feature has an outcome. The first poll happens at once.
    ///
    /// # Errors
    ///
    /// [`WaitError::Poll`] when a poll fails with an error that is not retryable. [`WaitError::Elapsed`] when the time
    /// limit is reached first.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: `watch` keeps what was seen. After a drop or an error, another call continues.
    pub async fn until_settled(
        self,
        watch: &mut RefreshWatch,
        polling: impl Into<Polling>,
    ) -> Result<Refreshed, WaitError> {
        settle_by_polling(self.client, watch, polling.into()).await
    }

    /// Reads events until every watched feature has an outcome. It makes no call.
    ///
    /// The events may be [`Event`]s or [`WebhookEvent`](crate::webhook::WebhookEvent)s. Subscribe to the events before the
    /// refresh starts, or its event may be missed. Events about other objects are ignored. Duplicates and any order are
    /// fine.
    ///
    /// # Errors
    ///
    /// [`WaitError::Elapsed`] when `limit` is reached first. [`WaitError::EventsEnded`] when the events end first.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: `watch` keeps what was seen. After a drop or an error, another call continues.
    pub async fn until_settled_by(
        self,
        watch: &mut RefreshWatch,
        events: impl Stream<Item: Borrow<Event>>,
        limit: Duration,
    ) -> Result<Refreshed, WaitError> {
        settle_by_events(&**self.client.clock(), watch, events, limit).await
    }

    /// Reads thin events until every watched feature has an outcome. It reads the account only after an event that announces an
    /// outcome and does not say which.
    ///
    /// A failed refresh ends the wait without a call. A thin event does not say whether the account became inactive, nor when
    /// the next refresh can start: retrieve the account to learn it. After a success the account is read, because the event has
    /// no data. Until the account shows the outcome, it is read again at the intervals of `polling`.
    ///
    /// Subscribe to the events before the refresh starts, or its event may be missed. Events about other objects and features,
    /// and events from before the refresh, are ignored. Duplicates and any order are fine.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use fc_ext::webhook::ThinEvent;
    /// use fc_ext::{FinancialConnections, Outcome, RefreshFeature};
    ///
    /// # async fn run(
    /// #     fc: FinancialConnections, id: fc_ext::types::AccountId,
    /// #     events: impl futures_core::Stream<Item = ThinEvent>,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// // `events`: what the webhook handler receives as `ThinEvent`, from a channel.
    /// let mut watch = fc.accounts().refresh(&id, RefreshFeature::Balance).begin().await?;
    /// let minute = Duration::from_secs(60);
    /// let refreshed = fc.accounts().until_settled_by_thin_events(&mut watch, events, minute).await?;
    /// match refreshed.balance {
    ///     Some(Outcome::Succeeded(balance)) => println!("{:?}", balance.current),
    ///     Some(Outcome::Failed { .. }) => println!("the bank gave no balance"),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError::Elapsed`] when the time limit is reached first. [`WaitError::EventsEnded`] when the events end first.
    /// [`WaitError::Poll`] when the account cannot be read, with an error that is not retryable.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: `watch` keeps what was seen. After a drop or an error, another call continues.
    pub async fn until_settled_by_thin_events(
        self,
        watch: &mut RefreshWatch,
        events: impl Stream<Item: Borrow<ThinEvent>>,
        polling: impl Into<Polling>,
    ) -> Result<Refreshed, WaitError> {
        settle_by_thin_events(self.client, watch, events, polling.into()).await
    }

    /// A fresh balance, or the reason why there is none: for the decision before a debit. Await it.
    ///
    /// `max_age` is the time since Stripe fetched the balance at which it still counts as fresh. `deadline` limits the whole
    /// call, with every poll.
    pub fn fresh_balance(
        self,
        account: impl Into<AccountId>,
        max_age: Duration,
        deadline: Duration,
    ) -> FreshBalance {
        FreshBalance::new(self.client, account.into(), max_age, deadline)
    }

    /// See [`Client::subscribe_account`].
    pub fn subscribe(
        self,
        account: impl Into<AccountId>,
        features: impl IntoIterator<Item = SubscribeFeature>,
    ) -> SubscribeAccount {
        self.client.subscribe_account(account, features)
    }

    /// See [`Client::unsubscribe_account`].
    pub fn unsubscribe(
        self,
        account: impl Into<AccountId>,
        features: impl IntoIterator<Item = SubscribeFeature>,
    ) -> UnsubscribeAccount {
        self.client.unsubscribe_account(account, features)
    }

    /// See [`Client::list_account_owners`].
    pub fn owners(
        self,
        account: impl Into<AccountId>,
        ownership: impl Into<AccountOwnershipId>,
    ) -> ListAccountOwners {
        self.client.list_account_owners(account, ownership)
    }

    /// Request for the owners in the newest ownership snapshot of an account; `None` if there is no snapshot.
    ///
    /// Read it with [`items`](crate::Paged::items). On a platform, give it the connected account first
    /// ([`stripe_account`](ListAccountOwners::stripe_account)), as every other request.
    #[must_use]
    pub fn owners_of(self, account: &Account) -> Option<ListAccountOwners> {
        Some(self.owners(&account.id, account.ownership.as_ref()?.id()))
    }
}
