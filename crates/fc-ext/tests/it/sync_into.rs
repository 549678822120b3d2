//! Sync of transactions into a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fc_ext::types::{AccountId, Transaction};
use fc_ext::{MemoryStore, SyncError, SyncIntoError, SyncPosition, TransactionStore};

use crate::bank::{Bank, account_id};
use crate::random::Random;
use crate::support::Server;

/// Store that fails in some commits, before or after it has stored them, and counts its commits.
#[derive(Default)]
struct Unreliable {
    inner: MemoryStore,
    commits: Vec<(usize, SyncPosition)>,
    failures: Option<Random>,
}

#[derive(Debug, PartialEq)]
struct DiskFull;

impl std::fmt::Display for DiskFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the disk is full")
    }
}

impl TransactionStore for Unreliable {
    type Error = DiskFull;

    async fn position(&mut self, account: &AccountId) -> Result<SyncPosition, DiskFull> {
        Ok(self.inner.position(account).await.unwrap())
    }

    async fn commit(
        &mut self,
        account: &AccountId,
        changes: Vec<Transaction>,
        position: &SyncPosition,
    ) -> Result<(), DiskFull> {
        let fails = self.failures.as_mut().map_or(9, |random| random.below(4));
        if fails == 0 {
            return Err(DiskFull);
        }
        self.commits.push((changes.len(), position.clone()));
        self.inner.commit(account, changes, position).await.unwrap();
        if fails == 1 { Err(DiskFull) } else { Ok(()) }
    }
}

fn assert_equal(bank: &Bank, store: &MemoryStore) {
    let stored: Vec<Transaction> = store.transactions(&account_id()).cloned().collect();
    let mut expected = bank.state().transactions();
    expected.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(stored, expected);
}

#[tokio::test]
async fn changes_and_positions_are_committed_together_until_everything_is_read() {
    let bank = Bank::new(250);
    let (_server, fc) = bank.serve().await;
    let mut store = Unreliable::default();
    let synced = fc.transactions().sync_into(account_id(), &mut store).await.unwrap();
    assert_eq!((synced.changes, synced.started_over), (250, false));
    assert_eq!(synced.position.to_string(), bank.state().latest());
    let sizes: Vec<usize> = store.commits.iter().map(|commit| commit.0).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let midway: Vec<bool> = store.commits.iter().map(|commit| commit.1.is_midway()).collect();
    assert_eq!(midway, [true, true, false]);
    assert_equal(&bank, &store.inner);

    bank.refresh_and_move(13, -1);
    let synced = fc.transactions().sync_into(account_id(), &mut store).await.unwrap();
    assert_eq!(synced.changes, 2);
    assert_equal(&bank, &store.inner);
    // Nothing is new.
    assert_eq!(fc.transactions().sync_into(account_id(), &mut store).await.unwrap().changes, 0);
}

#[tokio::test]
async fn a_sync_into_a_failing_store_resumes_and_loses_nothing() {
    for seed in 1..=10 {
        let bank = Bank::new(450);
        let (_server, fc) = bank.serve().await;
        let mut store = Unreliable { failures: Some(Random::new(seed)), ..Unreliable::default() };
        let mut runs = 0;
        loop {
            runs += 1;
            assert!(runs < 100, "the sync makes no progress");
            match fc.transactions().sync_into(account_id(), &mut store).await {
                Ok(_) => break,
                Err(SyncIntoError::Store(DiskFull)) => {}
                Err(error) => panic!("{error}"),
            }
            if runs < 3 {
                bank.refresh_and_move(400, runs);
            }
        }
        assert_equal(&bank, &store.inner);
    }
}

#[tokio::test]
async fn a_store_error_is_the_reason_in_one_line() {
    let bank = Bank::new(3);
    let (_server, fc) = bank.serve().await;
    let mut store = Unreliable { failures: Some(Random::new(1)), ..Unreliable::default() };
    let error = loop {
        if let Err(error) = fc.transactions().sync_into(account_id(), &mut store).await {
            break error;
        }
        assert!(store.commits.len() < 100);
    };
    assert_eq!(error.to_string(), "the store of the transactions failed: the disk is full");
}

#[tokio::test]
async fn an_unknown_cursor_starts_over_once() {
    let bank = Bank::new(30);
    let (_server, fc) = bank.serve().await;
    let mut store = MemoryStore::default();
    let unknown: SyncPosition = "fctxnref_unknown".parse().unwrap();
    store.commit(&account_id(), Vec::new(), &unknown).await.unwrap();
    let synced = fc.transactions().sync_into(account_id(), &mut store).await.unwrap();
    assert!(synced.started_over);
    assert_eq!(synced.changes, 30);
    assert_equal(&bank, &store);
}

/// Without an end the sync would start over again and again.
#[tokio::test]
async fn a_server_that_refuses_a_list_without_a_cursor_too_ends_the_sync() {
    let lists = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lists);
    let server = Server::scripted(move |path| {
        let bank = Bank::new(30);
        let answer = match path.starts_with("transactions") {
            // Beyond the second list the code is another one, so that a sync without end fails the test and does not hang.
            true if counted.fetch_add(1, Ordering::Relaxed) > 1 => (404, r#"{"error": {}}"#.to_owned()),
            true => {
                let error = r#"{"code": "resource_missing", "param": "transaction_refresh[after]"}"#;
                (400, format!(r#"{{"error": {error}}}"#))
            }
            false => (200, bank.state().answer(&path).1.to_string()),
        };
        async move { answer }
    })
    .await;
    let mut store = Unreliable::default();
    let unknown: SyncPosition = "fctxnref_unknown".parse().unwrap();
    store.inner.commit(&account_id(), Vec::new(), &unknown).await.unwrap();
    let error = server.fc().transactions().sync_into(account_id(), &mut store).await.unwrap_err();
    assert!(matches!(error, SyncIntoError::Sync(SyncError::UnknownCursor(_))), "{error}");
    assert_eq!((lists.load(Ordering::Relaxed), store.commits.len()), (2, 0));
}

#[tokio::test]
async fn before_the_first_refresh_the_reason_is_named_and_nothing_is_committed() {
    let bank = Bank::new(0);
    bank.state().begin();
    bank.state().forget_successes();
    let (_server, fc) = bank.serve().await;
    let mut store = Unreliable::default();
    let error = fc.transactions().sync_into(account_id(), &mut store).await.unwrap_err();
    assert!(matches!(error, SyncIntoError::Sync(SyncError::NoSuccessfulRefresh(_))), "{error}");
    assert!(store.commits.is_empty());
}

#[tokio::test]
async fn what_was_read_before_an_error_is_committed() {
    let bank = Bank::new(150);
    let (_server, fc) = bank.serve().await;
    let mut store = Disconnecting { inner: MemoryStore::default(), bank: bank.clone() };
    let error = fc.transactions().sync_into(account_id(), &mut store).await.unwrap_err();
    assert!(matches!(error, SyncIntoError::Sync(SyncError::Disconnected(_))), "{error}");
    // 100 in the first commit, and those that were on the page.
    let stored = store.inner.transactions(&account_id()).count();
    assert!((101..107).contains(&stored), "{stored}");
    assert!(store.inner.position(&account_id()).await.unwrap().is_midway());
}

/// Store whose first commit disconnects the account.
struct Disconnecting {
    inner: MemoryStore,
    bank: Bank,
}

impl TransactionStore for Disconnecting {
    type Error = std::convert::Infallible;

    async fn position(&mut self, account: &AccountId) -> Result<SyncPosition, Self::Error> {
        self.inner.position(account).await
    }

    async fn commit(
        &mut self,
        account: &AccountId,
        changes: Vec<Transaction>,
        position: &SyncPosition,
    ) -> Result<(), Self::Error> {
        self.bank.state().status = "disconnected";
        self.inner.commit(account, changes, position).await
    }
}

#[tokio::test]
async fn every_call_is_on_behalf_of_the_connected_account() {
    let bank = Bank::new(3);
    let (server, fc) = bank.serve().await;
    let connected: fc_ext::types::ConnectedAccountId = "acct_1".parse().unwrap();
    let mut store = MemoryStore::default();
    fc.transactions().sync_into(account_id(), &mut store).stripe_account(&connected).await.unwrap();
    assert!(
        server.requests().iter().all(|request| request.ends_with(" as acct_1")),
        "{:?}",
        server.requests()
    );
    fc.transactions().sync_into(account_id(), &mut store).stripe_context("acct_2/acct_1").await.unwrap();
    assert!(server.requests().last().unwrap().ends_with(" in acct_2/acct_1"));
}
