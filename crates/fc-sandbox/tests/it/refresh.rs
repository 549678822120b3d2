//! Refreshes.

use fc_sandbox::{AccountOwner, AccountSpec, Feature, RefreshOutcome};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, NOW, ids};

#[tokio::test]
async fn a_refresh_is_pending_then_succeeds_with_data_and_one_event() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let pending = bench.refresh(&account, "features[]=balance").await.ok();
    assert_eq!(
        pending["balance_refresh"],
        json!({ "status": "pending", "last_attempted_at": NOW, "next_refresh_available_at": null })
    );
    assert_eq!(pending["balance"], Value::Null);
    assert_eq!(bench.account(&account).await, pending, "it stays pending until it is due");
    assert_eq!(bench.events_about(&account), ["created"]);

    bench.advance(1);
    let done = bench.account(&account).await;
    assert_eq!(
        done["balance_refresh"],
        json!({ "status": "succeeded", "last_attempted_at": NOW, "next_refresh_available_at": NOW + 1 + 60 })
    );
    assert_eq!(done["balance"]["type"], "cash");
    assert!(done["balance"]["as_of"].as_i64().is_some_and(|at| at <= NOW + 1));
    assert!(
        done["balance"]["current"]["usd"].is_i64() && done["balance"]["cash"]["available"]["usd"].is_i64()
    );
    assert_eq!(bench.events_about(&account), ["created", "refreshed_balance"]);
    assert_eq!(bench.sandbox.events(crate::bench::KEY)[1]["data"]["object"], done);
}

#[tokio::test]
async fn a_credit_account_shows_used_credit_as_a_negative_balance() {
    let bench = Bench::new();
    let card = bench.link(ALL, [AccountSpec::credit_card()]).await.remove(0);
    let balance = bench.refreshed(&card, "balance").await["balance"].clone();
    assert_eq!(balance["type"], "credit");
    assert_eq!(balance.get("cash"), None);
    assert!(balance["current"]["usd"].as_i64().is_some_and(|owed| owed < 0));
    assert!(balance["credit"]["used"]["usd"].as_i64().is_some_and(|used| used < 0));
}

#[tokio::test]
async fn one_call_refreshes_the_given_features_and_no_others() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let pending = bench.refresh(&account, "features[0]=transactions&features[1]=ownership").await.ok();
    assert_eq!(pending["balance_refresh"], Value::Null);
    assert_eq!(pending["ownership_refresh"]["status"], "pending");
    assert_eq!(pending["ownership_refresh"].get("id"), None);
    assert!(pending["transaction_refresh"]["id"].as_str().is_some_and(|id| id.starts_with("fctxnref_")));
    bench.advance(1);
    assert_eq!(
        bench.events_about(&account),
        ["created", "refreshed_transactions", "refreshed_ownership"],
        "in the given order"
    );
}

#[tokio::test]
async fn a_refresh_that_is_early_or_already_pending_starts_nothing() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let first = bench.refresh(&account, "features[]=transactions").await.ok();
    assert_eq!(bench.refresh(&account, "features[]=transactions").await.ok(), first, "while pending");
    bench.advance(1);
    let done = bench.account(&account).await;
    assert_eq!(done["transaction_refresh"]["next_refresh_available_at"], NOW + 1 + 3600);
    bench.advance(3599);
    assert_eq!(bench.refresh(&account, "features[]=transactions").await.ok(), done, "too early");
    bench.advance(1);
    let second = bench.refresh(&account, "features[]=transactions").await.ok();
    assert_eq!(second["transaction_refresh"]["status"], "pending");
    assert_ne!(second["transaction_refresh"]["id"], first["transaction_refresh"]["id"]);
}

#[tokio::test]
async fn a_strict_sandbox_refuses_an_early_refresh() {
    let bench = Bench::with(|builder| builder.refuse_early_refresh(true));
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance").await.ok();
    assert_eq!(bench.refresh(&account, "features[]=balance").await.refused(400)["param"], "features");
    bench.advance(61);
    bench.refresh(&account, "features[]=balance").await.ok();
}

#[tokio::test]
async fn a_refresh_while_one_is_pending_is_refused_if_so_set() {
    let bench = Bench::with(|builder| builder.refuse_pending_refresh(true));
    let account = bench.checking().await;
    let pending = bench.refresh(&account, "features[]=balance").await.ok();
    let refusal = bench.refresh(&account, "features[]=balance&features[]=ownership").await.refused(400);
    assert_eq!((&refusal["param"], refusal.get("code")), (&json!("features"), None));
    assert_eq!(bench.account(&account).await, pending, "the ownership was not refreshed either");
    bench.refresh(&account, "features[]=ownership").await.ok();
    bench.advance(2);
    let done = bench.account(&account).await;
    assert_eq!(done["balance_refresh"]["status"], "succeeded");
    assert_eq!(bench.refresh(&account, "features[]=balance").await.ok(), done, "too early is not refused");
}

#[tokio::test]
async fn the_date_of_a_response_is_the_time_of_the_sandbox() {
    let bench = Bench::new();
    let date = |response: crate::bench::Response| response.headers["date"].to_str().expect("text").to_owned();
    assert_eq!(date(bench.get(ACCOUNTS).await), "Mon, 21 Sep 2026 14:13:20 GMT");
    bench.advance(3600);
    assert_eq!(date(bench.get(ACCOUNTS).await), "Mon, 21 Sep 2026 15:13:20 GMT");
    assert_eq!(date(bench.get("/v1/unknown").await), "Mon, 21 Sep 2026 15:13:20 GMT");
}

#[tokio::test]
async fn the_refresh_delay_and_intervals_can_be_set() {
    use std::time::Duration;
    let bench = Bench::with(|builder| {
        builder
            .refresh_delay(Duration::from_millis(2500))
            .refresh_interval(Feature::Ownership, Duration::from_secs(7))
    });
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=ownership").await.ok();
    bench.advance(2);
    assert_eq!(bench.account(&account).await["ownership_refresh"]["status"], "pending");
    bench.sandbox.clock().advance(Duration::from_millis(500));
    let done = bench.account(&account).await["ownership_refresh"].clone();
    assert_eq!(
        (&done["status"], &done["next_refresh_available_at"]),
        (&json!("succeeded"), &json!(NOW + 2 + 7))
    );
}

#[tokio::test]
async fn a_refresh_requires_the_permission_of_each_feature() {
    let bench = Bench::new();
    let account = bench.link(&["payment_method"], [AccountSpec::checking()]).await.remove(0);
    for feature in ["balance", "ownership", "transactions"] {
        let error = bench.refresh(&account, &format!("features[]={feature}")).await.refused(400);
        assert_eq!((&error["type"], &error["param"]), (&json!("invalid_request_error"), &json!("features")));
        assert_eq!(error.get("code"), None);
    }
    let some = bench.link(&["balances"], [AccountSpec::checking()]).await.remove(0);
    bench.refresh(&some, "features[]=balance&features[]=ownership").await.refused(400);
    assert_eq!(bench.account(&some).await["balance_refresh"], Value::Null, "all or nothing");
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_old_data_and_sends_its_event() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let before = bench.refreshed(&account, "balance").await;
    bench.advance(60);
    bench.sandbox.plan_refresh(&account, Feature::Balance, RefreshOutcome::Failed).expect("an account");
    let after = bench.refreshed(&account, "balance").await;
    assert_eq!(after["balance_refresh"]["status"], "failed");
    assert_eq!(after["balance_refresh"]["next_refresh_available_at"], NOW + 62 + 60);
    assert_eq!(after["balance"], before["balance"]);
    assert_eq!(bench.events_about(&account), ["created", "refreshed_balance", "refreshed_balance"]);
    bench.advance(60);
    assert_eq!(
        bench.refreshed(&account, "balance").await["balance_refresh"]["status"],
        "succeeded",
        "the plan applies to one refresh"
    );
}

#[tokio::test]
async fn a_refresh_can_fail_and_deactivate_the_account() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench
        .sandbox
        .plan_refresh(&account, Feature::Ownership, RefreshOutcome::FailedAndInactive)
        .expect("an account");
    let after = bench.refreshed(&account, "ownership").await;
    assert_eq!(
        (&after["status"], &after["ownership_refresh"]["status"]),
        (&json!("inactive"), &json!("failed"))
    );
    assert_eq!(bench.events_about(&account), ["created", "refreshed_ownership", "deactivated"]);
}

#[tokio::test]
async fn each_ownership_refresh_creates_a_snapshot_and_keeps_the_old_one() {
    let bench = Bench::new();
    let owners = [AccountOwner::new("Jane Diaz").email("jane@example.com"), AccountOwner::new("Ben Diaz")];
    let account = bench.link(ALL, [AccountSpec::checking().owners(owners)]).await.remove(0);
    let first = bench.refreshed(&account, "ownership").await["ownership"].as_str().expect("an id").to_owned();
    bench.advance(24 * 60 * 60);
    let second =
        bench.refreshed(&account, "ownership").await["ownership"].as_str().expect("an id").to_owned();
    assert_ne!(first, second);

    let list = async |ownership: &str| {
        bench.get(&format!("{ACCOUNTS}/{account}/owners?ownership={ownership}")).await.ok()
    };
    let (old, new) = (list(&first).await, list(&second).await);
    assert_eq!(
        old["data"][1],
        json!({
            "id": ids(&old)[1],
            "object": "financial_connections.account_owner",
            "email": "jane@example.com",
            "name": "Jane Diaz",
            "ownership": first,
            "phone": null,
            "raw_address": null,
            "refreshed_at": NOW + 1,
        })
    );
    assert_eq!(old["url"], format!("{ACCOUNTS}/{account}/owners"));
    assert!(ids(&old).iter().all(|id| id.starts_with("fcaown_") && !ids(&new).contains(id)));
}

#[tokio::test]
async fn listing_owners_requires_a_snapshot_of_the_account_and_the_permission() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let other = bench.checking().await;
    let ownership =
        bench.refreshed(&other, "ownership").await["ownership"].as_str().expect("an id").to_owned();
    let owners =
        async |account: &str, query: String| bench.get(&format!("{ACCOUNTS}/{account}/owners{query}")).await;
    assert_eq!(owners(&account, String::new()).await.refused(400)["code"], "parameter_missing");
    let error = owners(&account, format!("?ownership={ownership}")).await.refused(400);
    assert_eq!((&error["code"], &error["param"]), (&json!("resource_missing"), &json!("ownership")));
    let blind = bench.link(&["balances"], [AccountSpec::checking()]).await.remove(0);
    let error = owners(&blind, format!("?ownership={ownership}")).await.refused(400);
    assert_eq!((error.get("code"), &error["param"]), (None, &json!("account")));
}

#[tokio::test]
async fn a_task_due_within_a_clock_step_runs_at_its_due_time() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance").await.ok();
    bench.advance(1000);
    let done = bench.account(&account).await;
    assert_eq!(done["balance_refresh"]["next_refresh_available_at"], NOW + 1 + 60);
    assert!(done["balance"]["as_of"].as_i64().is_some_and(|at| at <= NOW + 1));
    assert_eq!(bench.sandbox.events(crate::bench::KEY)[1]["created"], NOW + 1);
}

#[tokio::test]
async fn a_cursor_of_another_ownership_is_refused() {
    let bench = Bench::new();
    let mut lists = Vec::new();
    for _ in 0..2 {
        let account = bench.checking().await;
        let ownership = bench.refreshed(&account, "ownership").await["ownership"].clone();
        let ownership = ownership.as_str().expect("an id");
        lists.push(format!("{ACCOUNTS}/{account}/owners?ownership={ownership}"));
    }
    let owner = ids(&bench.get(&lists[0]).await.ok()).remove(0);
    bench.get(&format!("{}&starting_after={owner}", lists[0])).await.ok();
    bench.get(&format!("{}&starting_after={owner}", lists[1])).await.refused(400);
}
