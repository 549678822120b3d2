//! Stream of the transactions that changed since the last sync.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use fc_client::{Client, Error, ErrorKind, ListTransactions};
use fc_types::{
    Account, AccountId, ConnectedAccountId, ErrorCode, RefreshStatus, Transaction, TransactionRefreshId,
};
use futures_core::Stream;

use super::error::SyncError;
use super::position::{Midway, SyncPosition};
use crate::page::{Items, Paged};
use crate::scope::Scope;

/// Stream of the transactions that were created or changed since the last sync; from
/// [`Transactions::sync`](crate::Transactions::sync).
///
/// [`Transactions::sync_into`](crate::Transactions::sync_into) runs it to the end and stores the result. By hand:
///
/// ```no_run
/// # use fc_ext::SyncPosition;
/// # use fc_ext::types::{AccountId, Transaction};
/// # struct Database;
/// # impl Database {
/// #     fn load(&self) -> Option<String> { None }
/// #     fn store(&self, _: &Transaction, _: &SyncPosition) -> std::io::Result<()> { Ok(()) }
/// #     fn store_position(&self, _: &SyncPosition) -> std::io::Result<()> { Ok(()) }
/// # }
/// # async fn run(fc: fc_ext::FinancialConnections, id: AccountId, database: Database)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// // The position survives a restart: the next run continues after the last transaction that was stored.
/// let position: SyncPosition = match database.load() {
///     Some(text) => text.parse()?,
///     None => SyncPosition::START, // reads the whole history
/// };
/// let mut sync = fc.transactions().sync(&id, position);
/// while let Some(transaction) = sync.next().await {
///     // Insert or replace by id, in one database transaction with the position.
///     database.store(&transaction?, &sync.position())?;
/// }
/// database.store_position(&sync.position())?;
/// # Ok(()) }
/// ```
///
/// # Guarantees
///
/// Each change comes at least once, if each position is stored with the transactions before it. A change may come again.
/// So insert or replace by id. Each transaction comes in its current state; a void one comes as `void`.
///
/// The stream ends when everything up to the account's latest successful refresh was read, as of the last time that the
/// sync read the account. [`is_complete`](TransactionSync::is_complete) is true from then on. Changes of a later refresh
/// are left to the next sync.
///
/// # How it reads
///
/// The sync reads the list of changes in passes, from the newest to the oldest. A refresh during a pass can move a
/// transaction in the list, because the order of the list is not documented, and pagination then skips others. So after a
/// pass of more than one page the sync reads the account again. If no refresh came between, the cursor advances. Otherwise
/// the next pass reads all changes since the old cursor again. A pass that was stopped and resumed is checked alike.
///
/// While the latest refresh is pending or failed, the account does not say which refresh succeeded last. The sync then reads
/// all changes, but the cursor stays, so the next sync reads them again. A sync after the event
/// `financial_connections.account.refreshed_transactions`, or after [`Refresh::until_settled`](crate::Refresh::until_settled),
/// avoids that.
///
/// # Stopping
///
/// A sync can be dropped at any time. A new sync from the stored [`position`](TransactionSync::position) continues where it
/// stopped. If the transaction at that position no longer exists, the pass starts over.
#[must_use = "a stream does nothing until it is read"]
pub struct TransactionSync {
    client: Client,
    account: AccountId,
    scope: Scope,
    /// Position at the start of the current step; a pass that is being read adds its progress.
    position: SyncPosition,
    state: State,
    restarts: u32,
}

/// Passes that may start over because their last transaction is gone. More would mean that the server drops transactions
/// all the time.
const MOST_RESTARTS: u32 = 3;

enum State {
    Due,
    /// The account was requested, to start a pass or to check the pass that ended.
    Requested(AccountFetch, Option<Base>),
    Reading(Box<Pass>),
    /// A call was rejected, and the account was requested to say why.
    Rejected(Option<Error>, AccountFetch),
    Complete,
    Failed,
}

type AccountFetch = Pin<Box<dyn Future<Output = Result<Account, Error>> + Send>>;

/// A pass over the list of changes.
struct Pass {
    base: Base,
    items: Items<ListTransactions>,
}

/// What was known about the refreshes when a pass started.
#[derive(Clone)]
enum Base {
    /// The sync read the account before the pass.
    Read(Option<Latest>),
    /// Another sync started the pass, with this target.
    Stored(Option<TransactionRefreshId>),
}

/// The latest refresh of an account.
#[derive(Clone, PartialEq)]
struct Latest {
    id: TransactionRefreshId,
    succeeded: bool,
}

impl Latest {
    fn of(account: &Account) -> Option<Self> {
        let refresh = account.transaction_refresh.as_ref()?;
        Some(Self { id: refresh.id.clone(), succeeded: refresh.status == RefreshStatus::Succeeded })
    }
}

impl Base {
    /// Cursor after a pass from this base.
    fn target(&self) -> Option<&TransactionRefreshId> {
        match self {
            Self::Read(latest) => latest.as_ref().filter(|latest| latest.succeeded).map(|latest| &latest.id),
            Self::Stored(target) => target.as_ref(),
        }
    }

    /// Whether no refresh came between the start of the pass and `now`.
    fn still_holds(&self, now: Option<&Latest>) -> bool {
        match self {
            Self::Read(then) => then.as_ref() == now,
            Self::Stored(target) => {
                target.is_some() && now.is_some_and(|now| now.succeeded && Some(&now.id) == target.as_ref())
            }
        }
    }
}

impl TransactionSync {
    pub(crate) fn new(client: &Client, account: AccountId, position: SyncPosition) -> Self {
        Self {
            client: client.clone(),
            account,
            scope: Scope::default(),
            position,
            state: State::Due,
            restarts: 0,
        }
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

    pub(super) fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Next transaction that was created or changed; `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`SyncError`]. The stream ends after an error; a new sync from the [`position`](TransactionSync::position) continues.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the sync owns the request in flight, and the next call waits for it.
    pub async fn next(&mut self) -> Option<Result<Transaction, SyncError>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Whether everything up to the account's latest successful refresh was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    /// Position at which a new sync continues after the transactions returned so far. Store it with those.
    #[must_use]
    pub fn position(&self) -> SyncPosition {
        let State::Reading(pass) = &self.state else { return self.position.clone() };
        let target = pass.base.target().cloned();
        let midway = pass.items.cursor().map(|last| Midway { target, last: last.clone() });
        SyncPosition::new(self.position.cursor.clone(), midway)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Transaction, SyncError>>> {
        loop {
            match &mut self.state {
                State::Due => {
                    self.state = match &self.position.midway {
                        Some(midway) => self.pass(Base::Stored(midway.target.clone())),
                        None => State::Requested(self.fetch_account(), None),
                    };
                }
                State::Requested(fetch, base) => match fetch.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(self.fail(error.into())))),
                    Poll::Ready(Ok(account)) => {
                        let ended = base.take();
                        self.proceed(Latest::of(&account), ended);
                    }
                },
                State::Reading(pass) => match pass.items.poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(transaction))) => return Poll::Ready(Some(Ok(transaction))),
                    Poll::Ready(Some(Err(error))) => {
                        self.position = self.position();
                        if let Some(error) = self.handle(error) {
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                    Poll::Ready(None) => self.end_pass(),
                },
                State::Rejected(error, fetch) => match fetch.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(account) => {
                        let Some(error) = error.take() else { return Poll::Ready(None) };
                        let error = match account {
                            Ok(account) => SyncError::explained(error, &account),
                            Err(_) => error.into(),
                        };
                        return Poll::Ready(Some(Err(self.fail(error))));
                    }
                },
                State::Complete | State::Failed => return Poll::Ready(None),
            }
        }
    }

    /// Goes on after the account was read: `ended` is the base of the pass that it checks, if it checks one.
    fn proceed(&mut self, latest: Option<Latest>, ended: Option<Base>) {
        if let Some(base) = ended {
            if base.still_holds(latest.as_ref()) {
                return self.complete(base.target());
            }
        }
        self.position.midway = None;
        let base = Base::Read(latest);
        if base.target().is_some() && base.target() == self.position.cursor.as_ref() {
            return self.complete(None);
        }
        self.state = self.pass(base);
    }

    /// Ends a pass: one page is a snapshot, several have to be checked.
    fn end_pass(&mut self) {
        self.position = self.position();
        let State::Reading(pass) = &self.state else { return };
        let is_snapshot = matches!(pass.base, Base::Read(_)) && pass.items.page_count() <= 1;
        let base = pass.base.clone();
        if is_snapshot {
            self.complete(base.target());
        } else {
            self.state = State::Requested(self.fetch_account(), Some(base));
        }
    }

    fn complete(&mut self, reached: Option<&TransactionRefreshId>) {
        let cursor = reached.cloned().or_else(|| self.position.cursor.take());
        self.position = cursor.into();
        self.state = State::Complete;
    }

    /// Reacts to the error of a page. Returns it if the sync ends with it.
    fn handle(&mut self, error: Error) -> Option<SyncError> {
        let is_gone =
            error.code() == Some(&ErrorCode::ResourceMissing) && error.param() == Some("starting_after");
        if is_gone && self.restarts < MOST_RESTARTS {
            self.restarts += 1;
            self.position.midway = None;
            self.state = State::Due;
            return None;
        }
        let is_unexplained = matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::Permission)
            && error.status().is_some()
            && error.code().is_none();
        if is_unexplained {
            self.state = State::Rejected(Some(error), self.fetch_account());
            return None;
        }
        Some(self.fail(error.into()))
    }

    fn fail(&mut self, error: SyncError) -> SyncError {
        self.state = State::Failed;
        error
    }

    fn fetch_account(&self) -> AccountFetch {
        let request = within!(self.scope, self.client.retrieve_account(&self.account));
        Box::pin(request.send())
    }

    /// A pass over the changes after the cursor, from the position on.
    fn pass(&self, base: Base) -> State {
        let mut list = within!(self.scope, self.client.list_transactions(&self.account));
        if let Some(cursor) = &self.position.cursor {
            list = list.transaction_refresh_after(cursor);
        }
        if let Some(midway) = &self.position.midway {
            list = list.starting_after(&midway.last);
        }
        State::Reading(Box::new(Pass { base, items: list.items() }))
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
