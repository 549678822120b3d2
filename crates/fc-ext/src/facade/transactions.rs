//! Calls on transactions.

use fc_client::{Client, ListTransactions, RetrieveTransaction};
use fc_types::{AccountId, TransactionId};

use crate::sync::{SyncInto, SyncPosition, TransactionStore, TransactionSync};

/// Calls on transactions; from [`FinancialConnections::transactions`](crate::FinancialConnections::transactions).
#[derive(Clone, Copy, Debug)]
pub struct Transactions<'a> {
    client: &'a Client,
}

impl<'a> Transactions<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// See [`Client::list_transactions`].
    pub fn list(self, account: impl Into<AccountId>) -> ListTransactions {
        self.client.list_transactions(account)
    }

    /// See [`Client::retrieve_transaction`].
    pub fn retrieve(self, transaction: impl Into<TransactionId>) -> RetrieveTransaction {
        self.client.retrieve_transaction(transaction)
    }

    /// Reads the transactions that changed since the last sync.
    ///
    /// `from` is the [`position`](TransactionSync::position) of the last sync, or [`SyncPosition::START`] the first time.
    pub fn sync(self, account: impl Into<AccountId>, from: impl Into<SyncPosition>) -> TransactionSync {
        TransactionSync::new(self.client, account.into(), from.into())
    }

    /// Syncs the transactions of an account into a store: resumes, reads everything that changed, and commits changes and
    /// position together. Await it.
    pub fn sync_into<'s, S: TransactionStore>(
        self,
        account: impl Into<AccountId>,
        store: &'s mut S,
    ) -> SyncInto<'s, S> {
        SyncInto::new(self.client, account.into(), store)
    }
}
