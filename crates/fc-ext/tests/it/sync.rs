//! Incremental sync of transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fc_ext::types::{Transaction, TransactionId, TransactionRefreshId};
use fc_ext::{FinancialConnections, Paged, RefreshFeature, SyncError, SyncPosition, TransactionSync};
use fc_sandbox::{AccountSpec, Feature, RefreshOutcome};

use crate::bank::{Bank, account_id};
use crate::random::Random;
use crate::support::{Linked, Server, TestClock};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Store of an integration: transactions by id.
type Store = BTreeMap<TransactionId, Transaction>;

fn upsert(store: &mut Store, transaction: Transaction) {
    store.insert(transaction.id.clone(), transaction);
}

impl Linked {
    /// Refreshes the transactions and returns the id of the refresh.
    pub(crate) async fn refresh_transactions(&self) -> TransactionRefreshId {
        let refresh = self.fc.accounts().refresh(&self.id, [RefreshFeature::Transactions]);
        let refreshed = refresh.until_settled(MINUTE).await.unwrap();
        refreshed.transactions.unwrap().succeeded().unwrap().clone()
    }

    fn sync(&self, from: impl Into<SyncPosition>) -> TransactionSync {
        self.fc.transactions().sync(&self.id, from)
    }

    /// All transactions of the API.
    async fn all(&self) -> Store {
        let mut store = Store::new();
        for transaction in self.fc.transactions().list(&self.id).items().into_vec().await.unwrap() {
            upsert(&mut store, transaction);
        }
        store
    }
}

/// Account with several transactions a day, after the first refresh of them.
async fn linked() -> (Linked, TransactionRefreshId) {
    let linked = Linked::new(AccountSpec::checking().transactions(900)).await;
    let first = linked.refresh_transactions().await;
    linked.requests();
    (linked, first)
}

/// Reads a sync to the end.
async fn read(sync: &mut TransactionSync, store: &mut Store) -> usize {
    let mut count = 0;
    while let Some(transaction) = sync.next().await {
        assert!(!sync.is_complete(), "a sync is not complete while it returns transactions");
        upsert(store, transaction.unwrap());
        count += 1;
        assert!(count < 100_000, "the sync does not end");
    }
    assert!(sync.is_complete());
    assert!(!sync.position().is_midway());
    count
}

/// Reads this many transactions.
async fn read_some(sync: &mut TransactionSync, store: &mut Store, count: usize) {
    for _ in 0..count {
        upsert(store, sync.next().await.unwrap().unwrap());
    }
}

#[tokio::test]
async fn the_first_sync_reads_everything_and_the_next_reads_what_changed() {
    let (linked, first) = linked().await;
    let mut store = Store::new();
    let mut sync = linked.sync(None);
    let count = read(&mut sync, &mut store).await;
    assert!(count > 800, "{count}");
    assert_eq!(store, linked.all().await);
    assert_eq!(sync.position(), SyncPosition::from(&first));

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
    assert_eq!(sync.position(), SyncPosition::from(second));
    store.extend(news);
    assert_eq!(store, linked.all().await);
}

#[tokio::test]
async fn the_account_is_read_first_and_alone_when_nothing_is_new() {
    let (linked, first) = linked().await;
    let mut sync = linked.sync(None);
    sync.next().await.unwrap().unwrap();
    assert_eq!(linked.requests(), ["GET accounts/ID", "GET transactions?account=ID&limit=100"]);

    let mut sync = linked.sync(&first);
    assert!(sync.next().await.is_none());
    assert_eq!(sync.position().cursor(), Some(&first));
    assert_eq!(linked.requests(), ["GET accounts/ID"]);

    linked.advance(DAY);
    linked.refresh_transactions().await;
    linked.requests();
    let mut sync = linked.sync(&first);
    assert!(read(&mut sync, &mut Store::new()).await < 100);
    // One page is a snapshot, so the account is not read again.
    assert_eq!(
        linked.requests(),
        [
            "GET accounts/ID".to_owned(),
            format!("GET transactions?account=ID&limit=100&transaction_refresh[after]={first}")
        ]
    );
}

#[tokio::test]
async fn a_refresh_during_a_sync_is_read_by_the_same_sync() {
    let (linked, _) = linked().await;
    let mut store = Store::new();
    let mut sync = linked.sync(None);
    read_some(&mut sync, &mut store, 150).await;
    linked.advance(3 * DAY);
    let second = linked.refresh_transactions().await;
    read(&mut sync, &mut store).await;
    assert_eq!(sync.position(), SyncPosition::from(second));
    assert_eq!(store, linked.all().await);
}

/// Number 1 of the issue: read 150 of 250, refresh a day later, resume.
#[tokio::test]
async fn a_resumed_sync_reads_the_refresh_that_came_while_it_was_stopped() {
    let linked = Linked::new(AccountSpec::checking().transactions(250)).await;
    linked.refresh_transactions().await;
    let mut store = Store::new();
    let mut sync = linked.sync(None);
    read_some(&mut sync, &mut store, 150).await;
    let stored = sync.position().to_string();
    drop(sync);

    linked.advance(DAY);
    let second = linked.refresh_transactions().await;
    let mut sync = linked.sync(stored.parse::<SyncPosition>().unwrap());
    read(&mut sync, &mut store).await;
    assert_eq!(sync.position(), SyncPosition::from(second));
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
        assert_eq!(sync.position().cursor(), Some(&first));

        let mut sync = linked.sync(None);
        read(&mut sync, &mut store).await;
        assert_eq!(store, linked.all().await);
        assert_eq!(sync.position(), SyncPosition::START);
        linked.advance(Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_sync_resumes_at_any_position_without_repeating() {
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
        assert_eq!(sync.position(), SyncPosition::from(&second));
    }
}

/// The page ends with transaction 13. A refresh moves it to the end of the list, so the next page would skip the rest.
#[tokio::test]
async fn transactions_that_a_moved_cursor_skips_are_read() {
    let bank = Bank::new(20);
    let (_server, fc) = bank.serve().await;
    let mut store = Store::new();
    let mut sync = fc.transactions().sync(account_id(), None);
    read_some(&mut sync, &mut store, 7).await;
    assert!(store.contains_key(&TransactionId::unchecked("fctxn_13")));
    bank.refresh_and_move(13, -1);
    read(&mut sync, &mut store).await;
    assert_equal(&bank, &store);
    assert_eq!(sync.position().to_string(), bank.state().latest());
}

#[tokio::test]
async fn the_cursor_does_not_advance_past_a_pass_that_a_refresh_tore() {
    let bank = Bank::new(20);
    let (_server, fc) = bank.serve().await;
    let mut sync = fc.transactions().sync(account_id(), None);
    read_some(&mut sync, &mut Store::new(), 7).await;
    bank.refresh_and_move(13, -1);
    // Everything that the first pass gives: 7 before the move, one after it. The next pass starts from the beginning.
    for _ in 0..8 {
        sync.next().await.unwrap().unwrap();
        assert_eq!(sync.position().cursor(), None);
    }
}

#[tokio::test]
async fn a_position_whose_transaction_is_gone_starts_the_pass_over() {
    let bank = Bank::new(20);
    let (_server, fc) = bank.serve().await;
    let mut store = Store::new();
    let mut sync = fc.transactions().sync(account_id(), None);
    read_some(&mut sync, &mut store, 7).await;
    let stored = sync.position();
    assert!(stored.is_midway());
    bank.state().remove(13);
    for mut sync in [sync, fc.transactions().sync(account_id(), stored)] {
        let mut store = Store::new();
        assert_eq!(read(&mut sync, &mut store).await, 19);
        assert_equal(&bank, &store);
        assert_eq!(sync.position().to_string(), bank.state().latest());
    }
}

#[tokio::test]
async fn a_server_that_drops_the_cursor_again_and_again_is_an_error() {
    let bank = Bank::new(70);
    let (server, fc) = bank.serve().await;
    let mut sync = fc.transactions().sync(account_id(), None);
    let mut read = 0;
    let error = loop {
        match sync.next().await.unwrap() {
            Ok(transaction) => {
                let number = transaction.id.as_str().strip_prefix("fctxn_").unwrap().parse().unwrap();
                bank.state().remove(number);
                read += 1;
                assert!(read < 1_000, "the sync does not end");
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SyncError::Request(_)), "{error}");
    assert!(sync.next().await.is_none() && !sync.is_complete());
    let requests = server.requests();
    let is_first =
        |request: &&String| request.contains("transactions?") && !request.contains("starting_after");
    assert_eq!(
        requests.iter().filter(is_first).count(),
        4,
        "the pass started over three times: {requests:?}"
    );
}

/// Asserts that the store holds the current state of every transaction. It may hold others, which vanished later.
fn assert_equal(bank: &Bank, store: &Store) {
    for transaction in bank.state().transactions() {
        assert_eq!(store.get(&transaction.id), Some(&transaction), "{}", transaction.id);
    }
}

/// Syncs that stop and resume, with refreshes, moves and removals between any two transactions.
#[tokio::test]
async fn a_complete_sync_never_lacks_a_change_whatever_moves() {
    for seed in 1..=25 {
        let mut random = Random::new(seed);
        let bank = Bank::new(random.below(40) as i64);
        let (_server, fc) = bank.serve().await;
        let (mut store, mut stored) = (Store::new(), String::new());
        let mut completed = 0;
        for _ in 0..25 {
            let mut sync = fc.transactions().sync(account_id(), stored.parse::<SyncPosition>().unwrap());
            for _ in 0..random.below(60) {
                disturb(&bank, &mut random, 12);
                match sync.next().await {
                    Some(transaction) => upsert(&mut store, transaction.unwrap()),
                    None => break,
                }
            }
            if sync.is_complete() {
                completed += 1;
                bank.state().assert_complete(&store);
            }
            stored = sync.position().to_string();
            disturb(&bank, &mut random, 2);
        }
        assert!(completed > 0 || seed % 10 != 0, "seed {seed}: no sync was complete");
        let mut sync = fc.transactions().sync(account_id(), stored.parse::<SyncPosition>().unwrap());
        read(&mut sync, &mut store).await;
        assert_equal(&bank, &store);
    }
}

/// One of `one_in` times, something happens at the bank.
fn disturb(bank: &Bank, random: &mut Random, one_in: u64) {
    if random.below(one_in) != 0 {
        return;
    }
    let mut state = bank.state();
    let len = state.len().max(1) as u64;
    match random.below(5) {
        0 => state.remove(random.below(len) as i64),
        1 => {
            state.begin();
            state.end(false);
        }
        2 => state.begin(),
        _ => {
            state.begin();
            state.add(random.below(4) as i64);
            for _ in 0..random.below(6) {
                state.change(random.below(len) as i64, random.below(10 * len + 20) as i64);
            }
            state.end(true);
        }
    }
}

/// As the test above, against the sandbox.
#[tokio::test]
async fn a_complete_sync_equals_the_sandbox_whatever_moves() {
    for seed in 1..=6 {
        let (linked, _) = linked().await;
        let mut random = Random::new(seed);
        let mut store = Store::new();
        let mut stored = String::new();
        for _ in 0..30 {
            let mut sync = linked.sync(stored.parse::<SyncPosition>().unwrap());
            for _ in 0..random.below(400) {
                let Some(transaction) = sync.next().await else { break };
                upsert(&mut store, transaction.unwrap());
                if random.below(150) == 0 {
                    disturb_sandbox(&linked, &mut random).await;
                }
            }
            if sync.is_complete() {
                assert_eq!(store, linked.all().await, "seed {seed}");
            }
            stored = sync.position().to_string();
            disturb_sandbox(&linked, &mut random).await;
        }
        let mut sync = linked.sync(stored.parse::<SyncPosition>().unwrap());
        read(&mut sync, &mut store).await;
        assert_eq!(store, linked.all().await, "seed {seed}");
    }
}

async fn disturb_sandbox(linked: &Linked, random: &mut Random) {
    match random.below(3) {
        0 => {
            linked.advance(DAY);
            linked.refresh_transactions().await;
        }
        1 => {
            linked.advance(DAY);
            linked.sandbox.plan_refresh(&linked.id, Feature::Transactions, RefreshOutcome::Failed).unwrap();
            linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Transactions]).send().await.unwrap();
        }
        _ => linked.advance(Duration::from_secs(5)),
    }
}

#[tokio::test]
async fn the_sandbox_moves_transactions_in_the_list() {
    let (linked, _) = linked().await;
    let before = linked.all().await;
    linked.advance(3 * DAY);
    linked.refresh_transactions().await;
    let after = linked.all().await;
    let ids: BTreeSet<_> = after.keys().cloned().collect();
    assert!(before.keys().all(|id| ids.contains(id)));
    assert!(
        before.values().any(|old| after[&old.id].transacted_at > old.transacted_at),
        "without a move the tests above prove little"
    );
}

#[tokio::test]
async fn without_a_successful_refresh_the_error_says_so_by_name() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let mut sync = linked.sync(None);
    let error = sync.next().await.unwrap().unwrap_err();
    assert!(matches!(error, SyncError::NoSuccessfulRefresh(_)), "{error:?}");
    assert!(error.error().is_no_successful_transaction_refresh());
    assert!(sync.next().await.is_none());
    assert!(!sync.is_complete());
}

#[tokio::test]
async fn an_unknown_cursor_is_an_error_by_name() {
    let (linked, _) = linked().await;
    let unknown: TransactionRefreshId = "fctxnref_unheardof".parse().unwrap();
    let error = linked.sync(unknown).next().await.unwrap().unwrap_err();
    assert!(matches!(error, SyncError::UnknownCursor(_)), "{error:?}");
    let requests = linked.requests();
    let pages = requests.iter().filter(|request| request.starts_with("GET transactions")).count();
    assert_eq!(pages, 1, "an unknown cursor is not asked for again: {requests:?}");
    // An unknown account is not an unknown cursor.
    let unknown: fc_ext::types::AccountId = "fca_unknown".parse().unwrap();
    let error = linked.fc.transactions().sync(unknown, None).next().await.unwrap().unwrap_err();
    assert!(matches!(error, SyncError::Request(_)), "{error:?}");
}

async fn error_of(fc: &FinancialConnections) -> SyncError {
    fc.transactions().sync(account_id(), None).next().await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_disconnected_account_and_a_missing_permission_are_errors_by_name() {
    let bank = Bank::new(3);
    let (_server, fc) = bank.serve().await;
    bank.state().status = "disconnected";
    let error = error_of(&fc).await;
    assert!(matches!(error, SyncError::Disconnected(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("the account is disconnected; its transactions cannot be read any more: {}", error.error())
    );
    bank.state().status = "active";
    bank.state().permissions = vec!["balances"];
    assert!(matches!(error_of(&fc).await, SyncError::NoPermission(_)));

    // The sandbox too.
    let (linked, _) = linked().await;
    linked.fc.accounts().disconnect(&linked.id).send().await.unwrap();
    let error = linked.sync(None).next().await.unwrap().unwrap_err();
    assert!(matches!(error, SyncError::Disconnected(_)), "{error:?}");
}

/// A server whose account is active and permits everything, and whose list of transactions fails.
async fn failing(status: u16, body: &'static str) -> Server {
    Server::scripted(move |path| async move {
        if path.starts_with("transactions") {
            return (status, body.to_owned());
        }
        let refresh = serde_json::json!({
            "id": "fctxnref_1", "last_attempted_at": 1, "next_refresh_available_at": null, "status": "succeeded",
        });
        let account = serde_json::json!({
            "id": "fca_1", "object": "financial_connections.account", "category": "cash", "created": 1,
            "institution_name": "Bank", "livemode": false, "status": "active", "subcategory": "checking",
            "supported_payment_method_types": [], "permissions": ["transactions"], "transaction_refresh": refresh,
        });
        (200, account.to_string())
    })
    .await
}

#[tokio::test]
async fn a_rejection_that_the_account_does_not_explain_stays_a_failed_request() {
    let server = failing(400, r#"{"error": {"message": "no"}}"#).await;
    let error = error_of(&server.fc()).await;
    assert!(matches!(error, SyncError::Request(_)), "{error:?}");
}

/// An account that was disconnected meanwhile would make a passing failure look final.
#[tokio::test]
async fn a_failure_of_the_server_is_not_explained_by_the_account() {
    let server = failing(500, r#"{"error": {"message": "sorry"}}"#).await;
    let error = error_of(&server.fc_with(&TestClock::new())).await;
    assert!(matches!(error, SyncError::Request(_)), "{error:?}");
    let requests = server.requests();
    let reads = requests.iter().filter(|request| request.starts_with("GET accounts")).count();
    assert_eq!(reads, 1, "{requests:?}");
}

#[tokio::test]
async fn a_sync_is_a_stream_of_transactions() {
    let bank = Bank::new(3);
    let (_server, fc) = bank.serve().await;
    let mut sync = fc.transactions().sync(account_id(), None);
    let mut read = 0;
    while let Some(transaction) = std::future::poll_fn(|context| {
        futures_core::Stream::poll_next(std::pin::Pin::new(&mut sync), context)
    })
    .await
    {
        transaction.unwrap();
        read += 1;
    }
    assert_eq!(read, 3);
    assert!(sync.is_complete());
}

#[tokio::test]
async fn an_error_keeps_the_position() {
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
    assert!(!sync.is_complete());
}

#[tokio::test]
async fn every_call_is_on_behalf_of_the_connected_account() {
    let (linked, _) = linked().await;
    let connected: fc_ext::types::ConnectedAccountId = "acct_1".parse().unwrap();
    // In the sandbox each connected account has its own data, so this account does not exist there.
    let error = linked.sync(None).stripe_account(&connected).next().await.unwrap().unwrap_err();
    assert!(error.error().is_not_found());
    let position: SyncPosition = "..fctxnref_2@fctxn_3".parse().unwrap();
    assert!(linked.sync(position).stripe_context("acct_2/acct_1").next().await.unwrap().is_err());
    assert_eq!(
        linked.requests()[..2],
        [
            "GET accounts/ID as acct_1",
            "GET transactions?account=ID&limit=100&starting_after=fctxn_3 in acct_2/acct_1"
        ]
    );
}

#[tokio::test]
async fn debug_of_a_sync_shows_its_position_and_no_key() {
    let (linked, first) = linked().await;
    let shown = format!("{:?}", linked.sync(&first));
    assert!(shown.contains(first.as_str()), "{shown}");
    assert!(!shown.contains(crate::support::KEY), "{shown}");
}
