//! Transactions, and reading them as they change.

use std::collections::{BTreeMap, BTreeSet};

use fc_sandbox::{AccountSpec, Feature, RefreshOutcome};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, DAY, NOW, TRANSACTIONS};

/// An account whose transactions were refreshed once, and the id of that refresh.
async fn synced(bench: &Bench, count: u32) -> (String, String) {
    let account = bench.link(ALL, [AccountSpec::checking().transactions(count)]).await.remove(0);
    let refresh = bench.refreshed(&account, "transactions").await["transaction_refresh"]["id"].clone();
    (account, refresh.as_str().expect("an id").to_owned())
}

/// All pages of a list.
async fn all(bench: &Bench, account: &str, query: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let cursor = rows.last().map(|row| format!("&starting_after={}", row["id"].as_str().expect("an id")));
        let cursor = cursor.unwrap_or_default();
        let path = format!("{TRANSACTIONS}?account={account}&limit=37{query}{cursor}");
        let list = bench.get(&path).await.ok();
        rows.extend(list["data"].as_array().expect("an array").iter().cloned());
        if list["has_more"] == false {
            return rows;
        }
    }
}

fn by_id(rows: &[Value]) -> BTreeMap<String, Value> {
    rows.iter().map(|row| (row["id"].as_str().expect("an id").to_owned(), row.clone())).collect()
}

#[tokio::test]
async fn nothing_can_be_read_before_a_refresh_has_succeeded() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let path = format!("{TRANSACTIONS}?account={account}");
    let code = "financial_connections_no_successful_transaction_refresh";
    assert_eq!(bench.get(&path).await.refused(400)["code"], code);
    bench.refresh(&account, "features[]=transactions").await.ok();
    assert_eq!(bench.get(&path).await.refused(400)["code"], code, "a pending refresh is not enough");
    bench.sandbox.plan_refresh(&account, Feature::Transactions, RefreshOutcome::Failed).expect("an account");
    bench.advance(1);
    assert_eq!(bench.get(&path).await.refused(400)["code"], code, "nor is a failed one");
    bench.advance(3600);
    bench.refreshed(&account, "transactions").await;
    bench.get(&path).await.ok();
}

#[tokio::test]
async fn reading_needs_the_account_and_its_permission() {
    let bench = Bench::new();
    assert_eq!(bench.get(TRANSACTIONS).await.refused(400)["param"], "account");
    let blind = bench.link(&["balances"], [AccountSpec::checking()]).await.remove(0);
    let error = bench.get(&format!("{TRANSACTIONS}?account={blind}")).await.refused(400);
    assert_eq!((error.get("code"), &error["param"]), (None, &json!("account")));
}

#[tokio::test]
async fn a_transaction_has_every_member_and_its_times_match_its_status() {
    let bench = Bench::new();
    let (account, refresh) = synced(&bench, 200).await;
    let rows = all(&bench, &account, "").await;
    assert_eq!(rows.len(), 200);
    let mut seen = BTreeSet::new();
    for row in &rows {
        let status = row["status"].as_str().expect("a status");
        seen.insert(status);
        let transitions = &row["status_transitions"];
        assert_eq!(transitions["posted_at"].is_i64(), status == "posted", "{row}");
        assert_eq!(transitions["void_at"].is_i64(), status == "void", "{row}");
        let expected = json!({
            "id": row["id"],
            "object": "financial_connections.transaction",
            "account": account,
            "amount": row["amount"].as_i64().expect("minor units"),
            "currency": "usd",
            "description": row["description"].as_str().expect("a text"),
            "livemode": false,
            "status": status,
            "status_transitions": { "posted_at": transitions["posted_at"], "void_at": transitions["void_at"] },
            "transacted_at": row["transacted_at"].as_i64().expect("a time"),
            "transaction_refresh": refresh,
            "updated": NOW + 1,
        });
        assert_eq!(*row, expected);
        assert!(row["id"].as_str().is_some_and(|id| id.starts_with("fctxn_") && id.len() == 30));
    }
    assert_eq!(seen, BTreeSet::from(["pending", "posted", "void"]));
    let id = rows[3]["id"].as_str().expect("an id");
    assert_eq!(bench.get(&format!("{TRANSACTIONS}/{id}")).await.ok(), rows[3]);
}

#[tokio::test]
async fn pages_are_newest_first_and_hold_every_transaction_once() {
    let bench = Bench::new();
    let (account, _) = synced(&bench, 150).await;
    let rows = all(&bench, &account, "").await;
    let times: Vec<i64> = rows.iter().map(|row| row["transacted_at"].as_i64().expect("a time")).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    assert_eq!(by_id(&rows).len(), 150);
    let middle = rows[75]["id"].as_str().expect("an id");
    let before =
        bench.get(&format!("{TRANSACTIONS}?account={account}&limit=4&ending_before={middle}")).await.ok();
    assert_eq!(before["data"].as_array().expect("an array")[..], rows[71..75]);
    assert_eq!(before["has_more"], true);
}

#[tokio::test]
async fn transacted_at_filters_by_a_time_or_a_range() {
    let bench = Bench::new();
    let (account, _) = synced(&bench, 100).await;
    let rows = all(&bench, &account, "").await;
    let at = |row: &Value| row["transacted_at"].as_i64().expect("a time");
    let (low, high) = (at(&rows[70]), at(&rows[30]));
    let count = |wanted: &dyn Fn(i64) -> bool| rows.iter().filter(|row| wanted(at(row))).count();
    for (query, expected) in [
        (format!("transacted_at={low}"), count(&|at| at == low)),
        (format!("transacted_at[gt]={low}"), count(&|at| at > low)),
        (format!("transacted_at[gte]={low}"), count(&|at| at >= low)),
        (format!("transacted_at[lt]={high}"), count(&|at| at < high)),
        (format!("transacted_at[lte]={high}"), count(&|at| at <= high)),
        (format!("transacted_at[gt]={low}&transacted_at[lte]={high}"), 40),
        (format!("transacted_at[gt]={high}&transacted_at[lt]={low}"), 0),
    ] {
        assert_eq!(all(&bench, &account, &format!("&{query}")).await.len(), expected, "{query}");
    }
    for bad in ["transacted_at=x", "transacted_at[gt]=x", "transacted_at[ge]=1", "transacted_at[]=1"] {
        bench.get(&format!("{TRANSACTIONS}?account={account}&{bad}")).await.refused(400);
    }
}

#[tokio::test]
async fn listing_after_a_refresh_returns_each_later_change_exactly_once() {
    list_each_change_once(false).await;
}

#[tokio::test]
async fn listing_after_a_refresh_returns_each_later_change_exactly_once_though_dates_move() {
    list_each_change_once(true).await;
}

async fn list_each_change_once(moving: bool) {
    let bench = Bench::with(|builder| builder.move_posting_dates(moving));
    let mut moved = 0;
    let (account, mut last) = synced(&bench, 300).await;
    let first = last.clone();
    let mut mine = by_id(&all(&bench, &account, "").await);
    let (mut created, mut updated) = (0, 0);
    for _ in 0..10 {
        bench.sandbox.clock().advance(DAY);
        let refreshed = bench.refreshed(&account, "transactions").await["transaction_refresh"]["id"].clone();
        let changes = all(&bench, &account, &format!("&transaction_refresh[after]={last}")).await;
        assert_eq!(by_id(&changes).len(), changes.len(), "no row twice");
        for (id, row) in by_id(&changes) {
            assert_eq!(row["transaction_refresh"], refreshed, "changed by the later refresh");
            match mine.insert(id, row.clone()) {
                None => created += 1,
                Some(old) => {
                    updated += 1;
                    assert_eq!(old["status"], "pending", "only what was pending changes");
                    if old["transacted_at"] != row["transacted_at"] {
                        assert_eq!(row["transacted_at"], row["status_transitions"]["posted_at"]);
                        moved += 1;
                    }
                }
            }
        }
        last = refreshed.as_str().expect("an id").to_owned();
        let list = all(&bench, &account, "").await;
        assert!(list.is_sorted_by_key(|row| -row["transacted_at"].as_i64().expect("a time")), "newest first");
        assert_eq!(mine, by_id(&list), "the copy equals the list");
    }
    assert!(created > 0 && updated > 0);
    assert_eq!(moved > 0, moving);
    assert!(moved < updated, "others keep their date");
    let since_first = all(&bench, &account, &format!("&transaction_refresh[after]={first}")).await;
    assert_eq!(
        by_id(&since_first).len(),
        since_first.len(),
        "a row that several refreshes changed comes once"
    );
    let since_first = by_id(&since_first);
    let expected: BTreeMap<_, _> =
        mine.into_iter().filter(|(_, row)| row["transaction_refresh"] != first.as_str()).collect();
    assert_eq!(since_first, expected, "over many refreshes, each row once and in its last state");
    assert_eq!(all(&bench, &account, &format!("&transaction_refresh[after]={last}")).await, [Value::Null; 0]);
}

#[tokio::test]
async fn listing_after_a_refresh_keeps_the_order_and_the_other_filters() {
    let bench = Bench::new();
    let (account, first) = synced(&bench, 300).await;
    for _ in 0..5 {
        bench.sandbox.clock().advance(DAY);
        bench.refreshed(&account, "transactions").await;
    }
    let after = format!("&transaction_refresh[after]={first}");
    let rows = all(&bench, &account, &after).await;
    let times: Vec<i64> = rows.iter().map(|row| row["transacted_at"].as_i64().expect("a time")).collect();
    assert!(rows.len() > 4 && times.is_sorted_by(|newer, older| newer >= older));
    let pivot = times[2];
    let older = all(&bench, &account, &format!("{after}&transacted_at[lt]={pivot}")).await;
    assert_eq!(
        older,
        rows.iter().filter(|row| row["transacted_at"].as_i64() < Some(pivot)).cloned().collect::<Vec<_>>()
    );
    let last = rows[rows.len() - 1]["id"].as_str().expect("an id");
    let path = format!("{TRANSACTIONS}?account={account}&limit=2{after}&ending_before={last}");
    let page = bench.get(&path).await.ok();
    assert_eq!(page["data"].as_array().expect("an array")[..], rows[rows.len() - 3..rows.len() - 1]);
}

#[tokio::test]
async fn listing_after_an_unknown_refresh_or_one_of_another_account_is_refused() {
    let bench = Bench::new();
    let (account, _) = synced(&bench, 5).await;
    let (_, foreign) = synced(&bench, 5).await;
    for after in ["fctxnref_no", &foreign] {
        let path = format!("{TRANSACTIONS}?account={account}&transaction_refresh[after]={after}");
        let error = bench.get(&path).await.refused(400);
        assert_eq!(
            (&error["code"], &error["param"]),
            (&json!("resource_missing"), &json!("transaction_refresh[after]"))
        );
    }
    let path = format!("{TRANSACTIONS}?account={account}&transaction_refresh[x]=1");
    bench.get(&path).await.refused(400);
}

#[tokio::test]
async fn a_failed_refresh_adds_no_transaction_and_drops_none() {
    let bench = Bench::new();
    let (account, first) = synced(&bench, 300).await;
    let before = all(&bench, &account, "").await;
    bench.sandbox.clock().advance(DAY);
    bench.sandbox.plan_refresh(&account, Feature::Transactions, RefreshOutcome::Failed).expect("an account");
    let failed = bench.refreshed(&account, "transactions").await["transaction_refresh"].clone();
    assert_eq!(failed["status"], "failed");
    assert_eq!(all(&bench, &account, "").await, before);
    bench.sandbox.clock().advance(DAY);
    bench.refreshed(&account, "transactions").await;
    let failed = failed["id"].as_str().expect("an id");
    let since_failed = all(&bench, &account, &format!("&transaction_refresh[after]={failed}")).await;
    assert!(!since_failed.is_empty());
    assert_eq!(since_failed, all(&bench, &account, &format!("&transaction_refresh[after]={first}")).await);
}

#[tokio::test]
async fn a_balance_is_the_opening_balance_plus_the_posted_transactions() {
    let bench = Bench::new();
    let (account, _) = synced(&bench, 100).await;
    let read = async || {
        // The bank computes the balance on the quarter hour, and the refresh takes a second.
        let to_quarter = 900 - (bench.sandbox.clock().now() + 1).rem_euclid(900);
        bench.advance(u64::try_from(to_quarter).expect("a positive number"));
        bench.refresh(&account, "features[]=balance&features[]=transactions").await.ok();
        bench.advance(1);
        let balance = bench.account(&account).await["balance"].clone();
        let rows = all(&bench, &account, "").await;
        let sum = |status: &str| -> i64 {
            rows.iter()
                .filter(|row| row["status"] == status)
                .map(|row| row["amount"].as_i64().expect("units"))
                .sum()
        };
        let amount = |value: &Value| value["usd"].as_i64().expect("minor units");
        let (current, available) = (amount(&balance["current"]), amount(&balance["cash"]["available"]));
        assert_eq!(available - current, sum("pending"), "available is current plus pending");
        current - sum("posted")
    };
    bench.advance(3600);
    let opening = read().await;
    for _ in 0..8 {
        bench.sandbox.clock().advance(DAY);
        assert_eq!(read().await, opening, "the opening balance never changes");
    }
}

#[tokio::test]
async fn the_same_seed_and_calls_give_the_same_responses() {
    let run = async |seed: u64| {
        let bench = Bench::with(|builder| builder.seed(seed));
        let (account, _) = synced(&bench, 50).await;
        (bench.account(&account).await, all(&bench, &account, "").await)
    };
    assert_eq!(run(5).await, run(5).await);
    assert_ne!(run(5).await, run(6).await);
}

#[tokio::test]
async fn a_list_never_holds_transactions_of_another_account() {
    let bench = Bench::new();
    let (one, _) = synced(&bench, 30).await;
    let (two, _) = synced(&bench, 20).await;
    let foreign = all(&bench, &two, "").await[10]["id"].as_str().expect("an id").to_owned();
    assert_eq!(all(&bench, &one, "").await.len(), 30);
    for cursor in ["starting_after", "ending_before"] {
        let error = bench.get(&format!("{TRANSACTIONS}?account={one}&{cursor}={foreign}")).await.refused(400);
        assert_eq!((&error["code"], &error["param"]), (&"resource_missing".into(), &cursor.into()));
    }
    bench.post(&format!("{ACCOUNTS}/{two}/disconnect"), "").await.ok();
    bench.get(&format!("{TRANSACTIONS}/{foreign}")).await.refused(400);
}
