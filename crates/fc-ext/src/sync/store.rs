//! Stores that a sync writes to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;

use fc_types::{AccountId, Transaction, TransactionId};

use super::position::SyncPosition;

/// Store of synced transactions: a database, or a [`MemoryStore`] in tests.
///
/// It needs one atomic method, [`commit`](TransactionStore::commit), and one that reads back the position. The example
/// `without_mirror` implements it for SQLite.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::io;
/// use fc_ext::types::{AccountId, Transaction, TransactionId};
/// use fc_ext::{SyncPosition, TransactionStore};
///
/// /// A real store writes to a database.
/// #[derive(Default)]
/// struct Store {
///     position: SyncPosition,
///     rows: BTreeMap<TransactionId, Transaction>,
/// }
///
/// impl TransactionStore for Store {
///     type Error = io::Error;
///
///     async fn position(&mut self, _account: &AccountId) -> io::Result<SyncPosition> {
///         Ok(self.position.clone())
///     }
///
///     async fn commit(
///         &mut self,
///         _account: &AccountId,
///         changes: Vec<Transaction>,
///         position: &SyncPosition,
///     ) -> io::Result<()> {
///         self.rows.extend(changes.into_iter().map(|row| (row.id.clone(), row)));
///         self.position = position.clone();
///         Ok(())
///     }
/// }
/// ```
pub trait TransactionStore {
    /// Error of the store.
    type Error;

    /// Position of the last commit for this account; [`SyncPosition::START`] before the first one.
    fn position(
        &mut self,
        account: &AccountId,
    ) -> impl Future<Output = Result<SyncPosition, Self::Error>> + Send;

    /// Stores these changes and this position, both or neither.
    ///
    /// Insert or replace each transaction by its id: a change can come more than once. `changes` may be empty.
    fn commit(
        &mut self,
        account: &AccountId,
        changes: Vec<Transaction>,
        position: &SyncPosition,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Store in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    accounts: BTreeMap<AccountId, Synced>,
}

#[derive(Clone, Debug, Default)]
struct Synced {
    transactions: BTreeMap<TransactionId, Transaction>,
    position: SyncPosition,
}

impl MemoryStore {
    /// Transactions of an account, ordered by id.
    pub fn transactions(&self, account: &AccountId) -> impl Iterator<Item = &Transaction> {
        self.accounts.get(account).into_iter().flat_map(|synced| synced.transactions.values())
    }
}

impl TransactionStore for MemoryStore {
    type Error = Infallible;

    async fn position(&mut self, account: &AccountId) -> Result<SyncPosition, Infallible> {
        Ok(self.accounts.get(account).map_or(SyncPosition::START, |synced| synced.position.clone()))
    }

    async fn commit(
        &mut self,
        account: &AccountId,
        changes: Vec<Transaction>,
        position: &SyncPosition,
    ) -> Result<(), Infallible> {
        let synced = self.accounts.entry(account.clone()).or_default();
        synced.transactions.extend(changes.into_iter().map(|change| (change.id.clone(), change)));
        synced.position = position.clone();
        Ok(())
    }
}
