//! Incremental transactions.

use std::collections::BTreeMap;
use std::time::Duration;

use fc_ext::types::{Transaction, TransactionId, TransactionRefreshId};
use fc_ext::{Paged, RefreshFeature, SyncError, SyncPosition, TransactionSync};
use fc_sandbox::{AccountSpec, Feature, RefreshOutcome};

use crate::support::Linked;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// What an integration keeps: the transactions by id.
type Store = BTreeMap<TransactionId, Transaction>;

fn upsert(store: &mut Store, transaction: Transaction) {
    store.insert(transaction.id.clone(), transaction);
}

impl Linked {
    /// Refreshes the transactions; the id of the refresh.
    async fn refresh_transactions(&self) -> TransactionRefreshId {
        let refresh = self.fc.accounts().refresh(&self.id, [RefreshFeature::Transactions]);
        let refreshed = refresh.until_settled(MINUTE).await.unwrap();
        refreshed.transactions.unwrap().succeeded().unwrap().clone()
    }

    fn sync(&self, from: impl Into<SyncPosition>) -> TransactionSync {
        self.fc.transactions().sync(&self.id, from)
    }

    /// What the API has, and what a store that is in step with it has.
    async fn all(&self) -> Store {
        let mut store = Store::new();
        for transaction in self.fc.transactions().list(&self.id).items().into_vec().await.unwrap() {
            upsert(&mut store, transaction);
        }
        store
    }
}

/// An account that gets several transactions a day, and a first refresh of them.
async fn linked() -> (Linked, TransactionRefreshId) {
    let linked = Linked::new(AccountSpec::checking().transactions(900)).await;
    let first = linked.refresh_transactions().await;
    linked.requests();
    (linked, first)
}

async fn read(sync: &mut TransactionSync, store: &mut Store) -> usize {
    let mut count = 0;
    while let Some(transaction) = sync.next().await {
        assert_eq!(sync.cursor(), None, "no cursor before everything was read");
        assert!(!sync.is_complete());
        upsert(store, transaction.unwrap());
        count += 1;
    }
    assert!(sync.is_complete());
    count
}

#[tokio::test]
async fn the_first_sync_brings_everything_and_the_next_what_changed_since() {
    let (linked, first) = linked().await;
    let mut store = Store::new();
    let mut sync = linked.sync(None);
    let count = read(&mut sync, &mut store).await;
    assert!(count > 800, "{count}");
    assert_eq!(store, linked.all().await);
    assert_eq!(sync.cursor(), Some(&first));

    linked.advance(2 * DAY);
    let second = linked.refresh_transactions().await;
    let changed: Vec<TransactionId> =
        linked.all().await.into_values().filter(|t| t.transaction_refresh == second).map(|t| t.id).collect();
    let mut sync = linked.sync(first);
    let mut news = Store::new();
    read(&mut sync, &mut news).await;
    assert_eq!(news.keys().cloned().collect::<Vec<_>>(), changed);
    assert!(changed.iter().any(|id| store.contains_key(id)), "some are changes of older ones");
    assert!(changed.iter().any(|id| !store.contains_key(id)), "some are new");
    assert_eq!(sync.cursor(), Some(&second));
    store.extend(news);
    assert_eq!(store, linked.all().await);
}

#[tokio::test]
async fn the_account_is_read_first_and_nothing_else_when_nothing_is_new() {
    let (linked, first) = linked().await;
    let mut sync = linked.sync(None);
    sync.next().await.unwrap().unwrap();
    assert_eq!(linked.requests(), ["GET accounts/ID", "GET transactions?account=ID&limit=100"]);

    let mut sync = linked.sync(&first);
    assert!(sync.next().await.is_none());
    assert_eq!(sync.cursor(), Some(&first));
    assert_eq!(linked.requests(), ["GET accounts/ID"]);

    linked.advance(DAY);
    linked.refresh_transactions().await;
    linked.requests();
    linked.sync(&first).next().await.unwrap().unwrap();
    assert_eq!(
        linked.requests()[1],
        format!("GET transactions?account=ID&limit=100&transaction_refresh[after]={first}")
    );
}

#[tokio::test]
async fn a_refresh_that_ends_while_its_changes_are_read_is_left_to_the_next_sync() {
    let (linked, first) = linked().await;
    let mut store = Store::new();
    let mut sync = linked.sync(None);
    for _ in 0..150 {
        upsert(&mut store, sync.next().await.unwrap().unwrap());
    }
    linked.advance(3 * DAY);
    let second = linked.refresh_transactions().await;
    read(&mut sync, &mut store).await;
    assert_eq!(sync.cursor(), Some(&first));
    assert_ne!(store, linked.all().await, "what changed on pages that were read is missing");

    let mut sync = linked.sync(first);
    read(&mut sync, &mut store).await;
    assert_eq!(sync.cursor(), Some(&second));
    assert_eq!(store, linked.all().await);
}

#[tokio::test]
async fn while_the_latest_refresh_is_pending_or_failed_the_cursor_stays() {
    let (linked, first) = linked().await;
    linked.advance(DAY);
    let second = linked.refresh_transactions().await;
    linked.advance(DAY);
    linked.sandbox.plan_refresh(&linked.id, Feature::Transactions, RefreshOutcome::Failed).unwrap();
    linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Transactions]).send().await.unwrap();

    for state in ["pending", "failed"] {
        assert_eq!(linked.account().await.transaction_refresh.unwrap().status.as_str(), state);
        let mut store = Store::new();
        let mut sync = linked.sync(&first);
        assert!(read(&mut sync, &mut store).await > 0, "what changed until then is read all the same");
        assert!(store.values().all(|transaction| transaction.transaction_refresh == second));
        assert_eq!(sync.cursor(), Some(&first));

        let mut sync = linked.sync(None);
        read(&mut sync, &mut store).await;
        assert_eq!(store, linked.all().await);
        assert_eq!(sync.cursor(), None);
        assert_eq!(sync.position(), SyncPosition::START);
        linked.advance(Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_sync_goes_on_from_any_position_without_a_repetition() {
    let (linked, first) = linked().await;
    linked.advance(DAY);
    let second = linked.refresh_transactions().await;
    let mut whole = Vec::new();
    let mut sync = linked.sync(&first);
    while let Some(transaction) = sync.next().await {
        whole.push(transaction.unwrap());
    }
    assert!(whole.len() > 3);
    for stop in 0..=whole.len() {
        let mut sync = linked.sync(&first);
        let mut read = Vec::new();
        for _ in 0..stop {
            read.push(sync.next().await.unwrap().unwrap());
        }
        let stored = sync.position().to_string();
        drop(sync);
        let mut sync = linked.sync(stored.parse::<SyncPosition>().unwrap());
        while let Some(transaction) = sync.next().await {
            read.push(transaction.unwrap());
        }
        assert_eq!(read, whole, "stopped after {stop}");
        assert_eq!(sync.cursor(), Some(&second));
        assert_eq!(sync.position().to_string(), second.to_string());
    }
}

#[tokio::test]
async fn a_sync_that_was_stopped_goes_no_further_than_it_was_to_go() {
    let (linked, first) = linked().await;
    let mut store = Store::new();
    let mut sync = linked.sync(None);
    for _ in 0..10 {
        upsert(&mut store, sync.next().await.unwrap().unwrap());
    }
    let position = sync.position();
    assert!(position.is_midway());
    linked.advance(2 * DAY);
    let second = linked.refresh_transactions().await;
    let mut sync = linked.sync(position);
    read(&mut sync, &mut store).await;
    assert_eq!(sync.cursor(), Some(&first));
    let mut sync = linked.sync(first);
    read(&mut sync, &mut store).await;
    assert_eq!(sync.cursor(), Some(&second));
    assert_eq!(store, linked.all().await);
}

/// Syncs that stop, resume and meet refreshes at any moment, as numbers without rhyme decide.
#[tokio::test]
async fn whatever_happens_on_the_way_the_store_ends_in_step() {
    for seed in 1..=6_u64 {
        let (linked, _) = linked().await;
        let mut numbers = seed;
        let mut next = |below: u64| {
            numbers = numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (numbers >> 33) % below
        };
        let mut store = Store::new();
        let mut stored = String::new();
        for _ in 0..30 {
            let mut sync = linked.sync(stored.parse::<SyncPosition>().unwrap());
            for _ in 0..next(400) {
                let Some(transaction) = sync.next().await else { break };
                upsert(&mut store, transaction.unwrap());
            }
            stored = sync.position().to_string();
            match next(3) {
                0 => {
                    linked.advance(DAY);
                    linked.refresh_transactions().await;
                }
                1 => {
                    linked.advance(DAY);
                    let failed = RefreshOutcome::Failed;
                    linked.sandbox.plan_refresh(&linked.id, Feature::Transactions, failed).unwrap();
                    linked
                        .fc
                        .accounts()
                        .refresh(&linked.id, [RefreshFeature::Transactions])
                        .send()
                        .await
                        .unwrap();
                }
                _ => linked.advance(Duration::from_secs(5)),
            }
        }
        linked.advance(DAY);
        linked.refresh_transactions().await;
        // One more goes to the end of what was begun, and another one to the end of all.
        for _ in 0..2 {
            let mut sync = linked.sync(stored.parse::<SyncPosition>().unwrap());
            read(&mut sync, &mut store).await;
            stored = sync.position().to_string();
        }
        assert_eq!(store, linked.all().await, "seed {seed}");
    }
}

#[tokio::test]
async fn without_a_successful_refresh_the_error_says_so_by_name() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let mut sync = linked.sync(None);
    let error = sync.next().await.unwrap().unwrap_err();
    assert!(matches!(error, SyncError::NoSuccessfulRefresh(_)), "{error:?}");
    assert!(error.error().is_no_successful_transaction_refresh());
    assert!(sync.next().await.is_none());
    assert!(!sync.is_complete() && sync.cursor().is_none());
}

#[tokio::test]
async fn a_cursor_that_is_unknown_is_an_error_by_name() {
    let (linked, _) = linked().await;
    let unknown: TransactionRefreshId = "fctxnref_unheardof".parse().unwrap();
    let error = linked.sync(unknown).next().await.unwrap().unwrap_err();
    assert!(matches!(error, SyncError::UnknownCursor(_)), "{error:?}");
    // Another account's trouble is not the cursor's.
    let nobody: fc_ext::types::AccountId = "fca_nobody".parse().unwrap();
    let error = linked.fc.transactions().sync(nobody, None).next().await.unwrap().unwrap_err();
    assert!(matches!(error, SyncError::Request(_)), "{error:?}");
}

#[tokio::test]
async fn an_error_on_the_way_keeps_the_position() {
    let (linked, _) = linked().await;
    let mut sync = linked.sync(None);
    for _ in 0..100 {
        sync.next().await.unwrap().unwrap();
    }
    linked.fc.accounts().disconnect(&linked.id).send().await.unwrap();
    let before = sync.position();
    assert!(sync.next().await.unwrap().is_err());
    assert!(sync.next().await.is_none());
    assert!(before.is_midway());
    assert_eq!(sync.position(), before);
    assert_eq!(sync.cursor(), None);
}

#[tokio::test]
async fn every_call_is_on_behalf_of_the_connected_account() {
    let (linked, _) = linked().await;
    let connected: fc_ext::types::ConnectedAccountId = "acct_1".parse().unwrap();
    // In the sandbox a connected account is a world of its own, in which there is no such account.
    let error = linked.sync(None).stripe_account(&connected).next().await.unwrap().unwrap_err();
    assert!(error.error().is_not_found());
    let position: SyncPosition = "..fctxnref_2@fctxn_3".parse().unwrap();
    assert!(linked.sync(position).stripe_context("acct_2/acct_1").next().await.unwrap().is_err());
    assert_eq!(
        linked.requests(),
        [
            "GET accounts/ID as acct_1",
            "GET transactions?account=ID&limit=100&starting_after=fctxn_3 in acct_2/acct_1"
        ]
    );
}

#[tokio::test]
async fn a_sync_shows_its_place_and_no_key() {
    let (linked, first) = linked().await;
    let shown = format!("{:?}", linked.sync(&first));
    assert!(shown.contains(first.as_str()), "{shown}");
    assert!(!shown.contains(crate::support::KEY), "{shown}");
}
