//! The accounts of a new world.

use serde_json::Value;

use crate::bench::{ACCOUNTS, Bench, TRANSACTIONS, get, ids};

async fn all(bench: &Bench, list: &str) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    loop {
        let after = items
            .last()
            .map_or(String::new(), |last| format!("&starting_after={}", last["id"].as_str().expect("an id")));
        let page = bench.get(&format!("{list}limit=100{after}")).await.ok();
        items.extend(page["data"].as_array().expect("an array").iter().cloned());
        if page["has_more"] == false {
            return items;
        }
    }
}

#[tokio::test]
async fn every_new_world_starts_with_its_accounts_and_transactions() {
    let bench = Bench::with(|builder| builder.population(7, 100));
    let accounts = all(&bench, &format!("{ACCOUNTS}?")).await;
    assert_eq!(accounts.len(), 7);
    let mut counts = Vec::new();
    for account in &accounts {
        assert_eq!(
            (&account["status"], &account["transaction_refresh"]["status"]),
            (&"active".into(), &"succeeded".into())
        );
        let id = account["id"].as_str().expect("an id");
        let transactions = all(&bench, &format!("{TRANSACTIONS}?account={id}&")).await;
        counts.push(transactions.len());
        assert_eq!(bench.events_about(id), ["created", "refreshed_transactions"]);
        let holder = account["account_holder"]["customer"].as_str().expect("a customer");
        assert_eq!(
            ids(&bench.get(&format!("{ACCOUNTS}?account_holder[customer]={holder}")).await.ok()),
            [id]
        );
    }
    counts.sort_unstable();
    assert_eq!(counts, [14, 14, 14, 14, 14, 15, 15], "a hundred between them");

    let other = get(&format!("{ACCOUNTS}?limit=1")).header("stripe-account", "acct_2");
    let other = bench.send(other.body(axum::body::Body::empty()).expect("a request")).await.ok();
    assert_eq!((other["data"].as_array().map(Vec::len), &other["has_more"]), (Some(1), &true.into()));
    assert_ne!(other["data"][0]["id"], accounts[0]["id"], "a world of its own");
}

/// Ten thousand accounts and a million transactions, of which only those that are read are computed. Computing all of them
/// would take minutes in a debug build.
#[tokio::test]
async fn a_million_transactions_are_not_computed_before_they_are_read() {
    let bench = Bench::with(|builder| builder.population(10_000, 1_000_000));
    let page = bench.get(&format!("{ACCOUNTS}?limit=2")).await.ok();
    assert_eq!(page["has_more"], true);
    for id in ids(&page) {
        assert_eq!(all(&bench, &format!("{TRANSACTIONS}?account={id}&")).await.len(), 100);
    }
}

#[tokio::test]
async fn a_population_never_exceeds_the_transactions_of_one_account() {
    let bench = Bench::with(|builder| builder.population(1, u32::MAX));
    assert_eq!(ids(&bench.get(ACCOUNTS).await.ok()).len(), 1);
    let state: Value = serde_json::from_str(&bench.sandbox.export()).expect("JSON");
    assert_eq!(state["worlds"][0]["records"]["account"][0]["transactions"], 1_000_000);
}

#[tokio::test]
async fn a_call_with_an_id_starts_no_world() {
    let (first, second) =
        (Bench::with(|builder| builder.population(1, 0)), Bench::with(|builder| builder.population(1, 0)));
    let account = ids(&first.get(ACCOUNTS).await.ok()).remove(0);
    // The population of the second sandbox would have it too.
    second.get(&format!("{ACCOUNTS}/{account}")).await.refused(404);
    assert!(second.sandbox.is_empty());
}

#[tokio::test]
async fn a_transaction_is_found_by_id_before_its_account_is_read() {
    let (first, second) =
        (Bench::with(|builder| builder.population(3, 30)), Bench::with(|builder| builder.population(3, 30)));
    let account = ids(&first.get(ACCOUNTS).await.ok()).remove(0);
    let transaction =
        first.get(&format!("{TRANSACTIONS}?account={account}&limit=1")).await.ok()["data"][0].clone();
    let path = format!("{TRANSACTIONS}/{}", transaction["id"].as_str().expect("an id"));
    second.get(ACCOUNTS).await.ok();
    assert_eq!(second.get(&path).await.ok(), transaction);
    let other = get(&path).header("stripe-account", "acct_2").body(axum::body::Body::empty());
    second.send(other.expect("a request")).await.refused(404);
}
