//! Sync of an account's transactions into a store.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use fc_client::Client;
use fc_types::{AccountId, ConnectedAccountId, Transaction};

use super::error::SyncError;
use super::position::SyncPosition;
use super::store::TransactionStore;
use super::stream::TransactionSync;
use crate::scope::Scope;

/// Sync of an account's transactions into a store; from [`Transactions::sync_into`](crate::Transactions::sync_into).
///
/// Await it. It resumes at the position of the store, reads until everything is read, and commits every 100 changes with
/// their position. If Stripe does not know the stored cursor, it starts over from the whole history.
///
/// ```
/// # use fc_ext::{FinancialConnections, MemoryStore, SyncError, SyncIntoError};
/// # async fn run(fc: FinancialConnections, id: fc_ext::types::AccountId) -> Result<(), Box<dyn std::error::Error>> {
/// let mut store = MemoryStore::default();
/// match fc.transactions().sync_into(&id, &mut store).await {
///     Ok(synced) => println!("{} changes", synced.changes),
///     Err(SyncIntoError::Sync(SyncError::NoSuccessfulRefresh(_))) => println!("not yet: refresh first"),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`SyncIntoError`] with the reason. What was committed until then stays, and the next sync continues there.
///
/// # Cancel safety
///
/// Cancel safe if [`commit`](TransactionStore::commit) is: changes that were read and not committed are read again.
#[must_use = "a sync does nothing until it is awaited"]
pub struct SyncInto<'s, S> {
    client: Client,
    account: AccountId,
    scope: Scope,
    store: &'s mut S,
}

/// Changes in one commit: as many as a page of the list has.
const BATCH: usize = 100;

/// Result of a complete sync into a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Synced {
    /// Number of transactions committed. A transaction that came twice counts twice.
    pub changes: u64,
    /// Position of the last commit.
    pub position: SyncPosition,
    /// Whether Stripe did not know the stored cursor, so that this run read the whole history again. Transactions in the store
    /// that did not come again no longer exist at Stripe.
    ///
    /// If such a run is interrupted, the next one reads the rest only, and does not know: it says false.
    pub started_over: bool,
}

impl<'s, S: TransactionStore> SyncInto<'s, S> {
    pub(crate) fn new(client: &Client, account: AccountId, store: &'s mut S) -> Self {
        Self { client: client.clone(), account, scope: Scope::default(), store }
    }

    /// Makes every call on behalf of a connected account.
    pub fn stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.scope.account = Some(account.into());
        self
    }

    /// Makes every call in a context, the value of the header `Stripe-Context`.
    pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
        self.scope.context = Some(context.into());
        self
    }

    async fn run(self) -> Result<Synced, SyncIntoError<S::Error>> {
        let mut changes = 0;
        let mut started_over = false;
        let mut sync = {
            let position = self.store.position(&self.account).await.map_err(SyncIntoError::Store)?;
            self.sync(position)
        };
        let mut batch: Vec<Transaction> = Vec::with_capacity(BATCH);
        loop {
            let ended = match sync.next().await {
                Some(Ok(transaction)) => {
                    batch.push(transaction);
                    if batch.len() < BATCH {
                        continue;
                    }
                    None
                }
                Some(Err(SyncError::UnknownCursor(_))) if !started_over => {
                    started_over = true;
                    batch.clear();
                    sync = self.sync(SyncPosition::START);
                    continue;
                }
                Some(Err(error)) if batch.is_empty() => return Err(error.into()),
                Some(Err(error)) => Some(Err(error)),
                None => Some(Ok(())),
            };
            changes += batch.len() as u64;
            let position = sync.position();
            let commit = self.store.commit(&self.account, std::mem::take(&mut batch), &position);
            commit.await.map_err(SyncIntoError::Store)?;
            match ended {
                Some(Ok(())) => return Ok(Synced { changes, position, started_over }),
                Some(Err(error)) => return Err(error.into()),
                None => {}
            }
        }
    }

    fn sync(&self, position: SyncPosition) -> TransactionSync {
        TransactionSync::new(&self.client, self.account.clone(), position).with_scope(self.scope.clone())
    }
}

impl<'s, S> IntoFuture for SyncInto<'s, S>
where
    S: TransactionStore<Error: Send> + Send,
{
    type Output = Result<Synced, SyncIntoError<S::Error>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 's>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<S> fmt::Debug for SyncInto<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncInto").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Reason why a sync into a store stopped.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the source and the store are all that can fail")]
pub enum SyncIntoError<E> {
    /// The transactions could not be read.
    Sync(SyncError),
    /// The store failed.
    Store(E),
}

impl<E> From<SyncError> for SyncIntoError<E> {
    fn from(error: SyncError) -> Self {
        Self::Sync(error)
    }
}

impl<E: fmt::Display> fmt::Display for SyncIntoError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sync(error) => error.fmt(f),
            Self::Store(error) => write!(f, "the store of the transactions failed: {error}"),
        }
    }
}

impl<E: StdError> StdError for SyncIntoError<E> {
    /// Cause of the error, whose text is part of this one.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Sync(error) => error.source(),
            Self::Store(error) => error.source(),
        }
    }
}
