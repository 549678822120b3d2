//! The list of events.

use axum::body::Body;
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, Bench, DAY, KEY, NOW, ids, post};

#[tokio::test]
async fn an_event_holds_the_object_as_it_was_at_that_time() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let created = bench.account(&account).await;
    bench.refreshed(&account, "balance").await;
    let list = bench.get("/v1/events").await.ok();
    let event = &list["data"][1];
    assert_eq!(
        *event,
        json!({
            "id": event["id"],
            "object": "event",
            "api_version": "2026-09-30.endive",
            "created": NOW,
            "data": { "object": created },
            "livemode": false,
            "pending_webhooks": 0,
            "request": { "id": null, "idempotency_key": null },
            "type": "financial_connections.account.created",
        })
    );
    let id = event["id"].as_str().expect("an id");
    assert!(id.starts_with("evt_"));
    assert_eq!(bench.get(&format!("/v1/events/{id}")).await.ok(), *event);
    assert_eq!(list["data"][0], bench.sandbox.events(KEY)[1]);
}

#[tokio::test]
async fn an_event_names_the_call_that_caused_it() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let request = post(&format!("{ACCOUNTS}/{account}/disconnect")).header("idempotency-key", "k1");
    let response = bench.send(request.body(Body::empty()).expect("a request")).await;
    let event = bench.get("/v1/events").await.ok()["data"][0].clone();
    assert_eq!(event["type"], "financial_connections.account.disconnected");
    assert_eq!(event["request"], json!({ "id": response.header("request-id"), "idempotency_key": "k1" }));
    assert_eq!(event["data"]["object"], response.body);
}

#[tokio::test]
async fn events_are_filtered_by_type_and_time() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench.refreshed(&account, "balance").await;
    bench.refreshed(&account, "ownership").await;
    let count = async |query: &str| ids(&bench.get(&format!("/v1/events?{query}")).await.ok()).len();
    assert_eq!(count("").await, 3);
    assert_eq!(count("type=financial_connections.account.created").await, 1);
    assert_eq!(
        count("types[]=financial_connections.account.created&types[]=financial_connections.account.refreshed_balance").await,
        2
    );
    assert_eq!(count("type=financial_connections.account.refreshed_*").await, 2);
    assert_eq!((count("type=*").await, count("type=customer.*").await), (3, 0));
    assert_eq!(count(&format!("created[gt]={NOW}")).await, 2);
    assert_eq!(bench.get("/v1/events?type=a&types[]=b").await.refused(400)["code"], "parameters_exclusive");
}

#[tokio::test]
async fn an_event_can_be_read_for_thirty_days() {
    let bench = Bench::new();
    bench.checking().await;
    let event = bench.sandbox.events(KEY)[0]["id"].as_str().expect("an id").to_owned();
    bench.sandbox.clock().advance(30 * DAY - std::time::Duration::from_secs(1));
    bench.get(&format!("/v1/events/{event}")).await.ok();
    bench.advance(1);
    bench.get(&format!("/v1/events/{event}")).await.refused(404);
    assert_eq!(ids(&bench.get("/v1/events").await.ok()), [""; 0]);
}

#[tokio::test]
async fn an_event_of_a_connected_account_names_the_account() {
    let bench = Bench::new();
    let form = "account_holder[type]=account&account_holder[account]=acct_9&permissions[]=balances";
    let create = post("/v1/financial_connections/sessions").header("stripe-account", "acct_1");
    let session = bench.send(create.body(Body::from(form)).expect("a request")).await.ok();
    bench
        .sandbox
        .link(session["id"].as_str().expect("an id"), [fc_sandbox::AccountSpec::checking()])
        .expect("linked");
    let list = crate::bench::get("/v1/events").header("stripe-account", "acct_1").body(Body::empty());
    let event = bench.send(list.expect("a request")).await.ok()["data"][0].clone();
    assert_eq!(event["account"], "acct_1");
    assert_eq!(bench.sandbox.events(KEY), [Value::Null; 0]);
}
