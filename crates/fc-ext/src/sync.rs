//! What changed in an account's transactions since the last time.

mod position;

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use fc_client::{Client, Error, ListTransactions};
use fc_types::{
    Account, AccountId, ConnectedAccountId, ErrorCode, RefreshStatus, Transaction, TransactionRefreshId,
};
use futures_core::Stream;

use crate::page::{Items, Paged};
use crate::scope::Scope;

pub use crate::sync::position::{InvalidPosition, SyncPosition};

/// The transactions that were created or changed since the last time; from
/// [`Transactions::sync`](crate::Transactions::sync).
///
/// ```no_run
/// # use fc_ext::types::{AccountId, Transaction, TransactionRefreshId};
/// # fn upsert(_: Transaction) {}
/// # fn store(_: TransactionRefreshId) {}
/// # async fn run(fc: fc_ext::FinancialConnections, id: AccountId, stored: Option<TransactionRefreshId>)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// // `stored` is the cursor of the last time; `None` the first time, which brings the whole history.
/// let mut sync = fc.transactions().sync(&id, stored);
/// while let Some(transaction) = sync.next().await {
///     upsert(transaction?);
/// }
/// if let Some(cursor) = sync.cursor() {
///     store(cursor.clone());
/// }
/// # Ok(()) }
/// ```
///
/// # What is promised
///
/// Each change comes at least once, if each cursor is stored after the transactions before it. It may come again: a refresh
/// can end while its changes are being read, and a sync that was stopped begins anew. So insert or replace by id; what comes
/// is the transaction as it is, and a void one comes as `void`.
///
/// The cursor is the last refresh that had succeeded before the reading began, and it is given only when everything was
/// read. While the latest refresh is pending, or if it failed, the account does not tell which one succeeded last: what
/// changed is read all the same, but the cursor stays where it was. A sync after the event
/// `financial_connections.account.refreshed_transactions`, or after [`Refresh::until_settled`](crate::Refresh::until_settled),
/// avoids that.
///
/// # Stopping
///
/// It can be dropped at any time, and begun again with the old cursor. So as not to read everything again, which matters the
/// first time, store the [`position`](TransactionSync::position) instead.
#[must_use = "a stream does nothing until it is read"]
pub struct TransactionSync {
    client: Client,
    account: AccountId,
    scope: Scope,
    position: SyncPosition,
    state: State,
}

enum State {
    Due,
    /// The account is on its way: it tells how far this sync will go.
    Asked(Pin<Box<dyn Future<Output = Result<Account, Error>> + Send>>),
    Reading(Box<Items<ListTransactions>>),
    Complete,
    Failed,
}

impl TransactionSync {
    pub(crate) fn new(client: &Client, account: AccountId, position: SyncPosition) -> Self {
        Self { client: client.clone(), account, scope: Scope::default(), position, state: State::Due }
    }

    /// Reads on behalf of a connected account.
    pub fn stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.scope.account = Some(account.into());
        self
    }

    /// Reads in a context, as the header `Stripe-Context` names it.
    pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
        self.scope.context = Some(context.into());
        self
    }

    /// The next transaction that was created or changed; `None` once all were read.
    ///
    /// # Errors
    ///
    /// [`SyncError`]. After an error there are no more; a new sync from the [`position`](TransactionSync::position) goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a request under way belongs to the sync, and the next call waits for it.
    pub async fn next(&mut self) -> Option<Result<Transaction, SyncError>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Where the next sync begins. `None` as long as not everything was read, and also after that if no sync ever saw a
    /// refresh that had succeeded.
    #[must_use]
    pub fn cursor(&self) -> Option<&TransactionRefreshId> {
        match self.state {
            State::Complete => self.position.after.as_ref(),
            _ => None,
        }
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    /// Where a new sync goes on after the transactions handed out so far, at any time. Store it once they are stored.
    #[must_use]
    pub fn position(&self) -> SyncPosition {
        let mut position = self.position.clone();
        if let State::Reading(items) = &self.state {
            position.at = items.cursor().cloned();
        }
        position
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Transaction, SyncError>>> {
        loop {
            match &mut self.state {
                // A sync that was stopped goes only as far as it was to go: what lies beyond was not complete then.
                State::Due if self.position.at.is_some() => self.state = State::Reading(self.changes()),
                State::Due => {
                    let account = within!(self.scope, self.client.retrieve_account(&self.account));
                    self.state = State::Asked(Box::pin(account.send()));
                }
                State::Asked(account) => match account.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(self.fail(error)))),
                    Poll::Ready(Ok(account)) => self.begin(&account),
                },
                State::Reading(items) => match items.poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(transaction))) => return Poll::Ready(Some(Ok(transaction))),
                    Poll::Ready(Some(Err(error))) => {
                        // Kept for whoever goes on later.
                        self.position = self.position();
                        return Poll::Ready(Some(Err(self.fail(error))));
                    }
                    Poll::Ready(None) => self.complete(),
                },
                State::Complete | State::Failed => return Poll::Ready(None),
            }
        }
    }

    /// Settles how far this sync goes, before anything is read. A refresh that ends while it is read is left to the next
    /// sync, since its changes may lie on pages that were read already.
    fn begin(&mut self, account: &Account) {
        let latest = account.transaction_refresh.as_ref();
        let succeeded = latest.filter(|refresh| refresh.status == RefreshStatus::Succeeded);
        self.position.until = succeeded.map(|refresh| refresh.id.clone());
        if self.position.until.is_some() && self.position.until == self.position.after {
            self.complete();
        } else {
            self.state = State::Reading(self.changes());
        }
    }

    fn changes(&self) -> Box<Items<ListTransactions>> {
        let mut list = within!(self.scope, self.client.list_transactions(&self.account));
        if let Some(after) = &self.position.after {
            list = list.transaction_refresh_after(after);
        }
        if let Some(at) = &self.position.at {
            list = list.starting_after(at);
        }
        Box::new(list.items())
    }

    fn complete(&mut self) {
        let reached = self.position.until.take().or_else(|| self.position.after.take());
        self.position = reached.into();
        self.state = State::Complete;
    }

    fn fail(&mut self, error: Error) -> SyncError {
        self.state = State::Failed;
        SyncError::from(error)
    }
}

impl Stream for TransactionSync {
    type Item = Result<Transaction, SyncError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl fmt::Debug for TransactionSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionSync")
            .field("account", &self.account)
            .field("position", &self.position())
            .field("is_complete", &self.is_complete())
            .finish_non_exhaustive()
    }
}

/// Why the transactions could not be read on.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncError {
    /// There is nothing to read yet: no refresh of the account's transactions ever succeeded
    /// (`financial_connections_no_successful_transaction_refresh`). Refresh them, or subscribe, and come back when that
    /// succeeded.
    NoSuccessfulRefresh(Error),
    /// Stripe does not know the stored cursor. Begin anew, with none.
    UnknownCursor(Error),
    /// A call failed otherwise.
    Request(Error),
}

impl SyncError {
    /// What the API answered.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::NoSuccessfulRefresh(error) | Self::UnknownCursor(error) | Self::Request(error) => error,
        }
    }
}

impl From<Error> for SyncError {
    fn from(error: Error) -> Self {
        match error.code() {
            _ if error.is_no_successful_transaction_refresh() => Self::NoSuccessfulRefresh(error),
            Some(ErrorCode::ResourceMissing)
                if error.param().is_some_and(|param| param.starts_with("transaction_refresh")) =>
            {
                Self::UnknownCursor(error)
            }
            _ => Self::Request(error),
        }
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuccessfulRefresh(_) => {
                "no refresh of the transactions has succeeded yet; refresh them first"
            }
            Self::UnknownCursor(_) => "the stored cursor is unknown; sync without one",
            Self::Request(_) => "the transactions could not be read",
        })
    }
}

impl StdError for SyncError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.error())
    }
}
