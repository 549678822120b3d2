//! Retention: what can no longer be read is forgotten, and a call that is refused leaves nothing behind.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use fc_sandbox::{AccountSpec, Feature};
use serde_json::Value;

use crate::bench::{ACCOUNTS, ALL, Bench, DAY, KEY, SESSIONS, TRANSACTIONS, ids, post};
use crate::receiver::Receiver;

/// The number of records of a kind in the first world.
fn records(bench: &Bench, kind: &str) -> usize {
    let state: Value = serde_json::from_str(&bench.sandbox.export()).expect("JSON");
    let records = state["worlds"][0]["records"][kind].as_array().expect("an array").clone();
    records.iter().filter(|record| record.is_object()).count()
}

/// How many worlds the sandbox has.
fn worlds(bench: &Bench) -> usize {
    let state: Value = serde_json::from_str(&bench.sandbox.export()).expect("JSON");
    state["worlds"].as_array().expect("an array").len()
}

#[tokio::test]
async fn events_and_their_deliveries_end_after_thirty_days() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let url = receiver.url.split_once('?').expect("a query").0.to_owned();
    bench.post("/v1/webhook_endpoints", &format!("url={url}&enabled_events[]=*")).await.ok();
    let account = bench.checking().await;
    bench.post(&format!("{ACCOUNTS}/{account}/subscribe"), "features[]=transactions").await.ok();
    for _ in 0..40 {
        bench.sandbox.clock().advance(DAY);
        bench.deliver().await;
    }
    assert_eq!(receiver.received().len(), 41, "every event was delivered");
    let kept = records(&bench, "event");
    assert!((29..=31).contains(&kept), "{kept} events");
    assert_eq!(records(&bench, "delivery"), kept);
    assert_eq!(ids(&bench.get("/v1/events?limit=100").await.ok()).len(), kept);
    // The gap at the start survives an export, with the deliveries that refer to later events.
    let again = Bench::new();
    again.sandbox.import(&bench.sandbox.export()).expect("it was just exported");
    assert_eq!(again.sandbox.deliveries(KEY), bench.sandbox.deliveries(KEY));
    assert_eq!(again.sandbox.export(), bench.sandbox.export());
}

#[tokio::test]
async fn an_event_that_was_not_delivered_yet_is_not_forgotten() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let url = receiver.url.split_once('?').expect("a query").0.to_owned();
    bench.post("/v1/webhook_endpoints", &format!("url={url}&enabled_events[]=*")).await.ok();
    bench.checking().await;
    bench.sandbox.clock().advance(100 * DAY);
    bench.deliver().await;
    assert_eq!(receiver.kinds(), ["account.created"]);
    bench.deliver().await;
    assert_eq!((records(&bench, "event"), records(&bench, "delivery")), (0, 0));
}

#[tokio::test]
async fn a_failed_refresh_ends_thirty_days_after_the_next_one_and_a_successful_one_stays() {
    let bench = Bench::new();
    let spec = AccountSpec::checking().failing(Feature::Transactions);
    let account = bench.link(ALL, [spec]).await.remove(0);
    bench.post(&format!("{ACCOUNTS}/{account}/subscribe"), "features[]=transactions").await.ok();
    bench.sandbox.clock().advance(100 * DAY);
    bench.account(&account).await;
    let kept = records(&bench, "transaction_refresh");
    assert!((30..=32).contains(&kept), "{kept} failed refreshes");

    let bench = Bench::new();
    let account = bench.checking().await;
    let first = bench.refreshed(&account, "transactions").await["transaction_refresh"]["id"].clone();
    bench.sandbox.clock().advance(100 * DAY);
    bench.refreshed(&account, "transactions").await;
    let first = first.as_str().expect("an id");
    let after = format!("{TRANSACTIONS}?account={account}&transaction_refresh[after]={first}");
    assert!(!ids(&bench.get(&after).await.ok()).is_empty());
}

#[tokio::test]
async fn a_disconnected_account_keeps_no_owners_and_only_its_latest_refresh() {
    let bench = Bench::new();
    let account = bench.checking().await;
    for _ in 0..3 {
        bench.refreshed(&account, "transactions").await;
        bench.refreshed(&account, "ownership").await;
        bench.sandbox.clock().advance(DAY);
    }
    let kinds = ["ownership", "owner", "transaction_refresh"];
    assert_eq!(kinds.map(|kind| records(&bench, kind)), [3, 3, 3]);
    bench.post(&format!("{ACCOUNTS}/{account}/disconnect"), "").await.ok();
    assert_eq!(kinds.map(|kind| records(&bench, kind)), [0, 0, 1]);
    let shown = bench.account(&account).await;
    let again = Bench::new();
    again.sandbox.import(&bench.sandbox.export()).expect("it was just exported");
    assert_eq!(again.account(&account).await, shown);
}

#[tokio::test]
async fn saved_responses_end_after_a_day_without_another_keyed_call() {
    let bench = Bench::new();
    let request = post("/v1/customers").header("idempotency-key", "k1").body(Body::empty());
    bench.send(request.expect("a request")).await.ok();
    assert_eq!(records(&bench, "idempotent_answer"), 1);
    bench.sandbox.clock().advance(DAY);
    bench.get("/v1/customers").await.ok();
    assert_eq!(records(&bench, "idempotent_answer"), 0);
}

#[tokio::test]
async fn a_saved_response_holds_no_parameters() {
    let bench = Bench::new();
    let form = format!("name=Jane{}", "&expand[]=test_clock".repeat(900));
    let request = post("/v1/customers").header("idempotency-key", "k1").body(Body::from(form));
    bench.send(request.expect("a request")).await.ok();
    let size = bench.sandbox.export().len();
    assert!(size < 5_000, "the export has {size} bytes");
}

/// Sends a request with a key that has no world yet.
async fn with_new_key(bench: &Bench, method: &str, path: &str, form: &'static str) -> u16 {
    let request = Request::builder().method(method).uri(path).header(AUTHORIZATION, "Bearer sk_test_typo");
    bench.send(request.body(Body::from(form)).expect("a request")).await.status.as_u16()
}

#[tokio::test]
async fn a_read_or_a_refused_call_makes_no_world() {
    for population in [0, 20] {
        let bench = Bench::with(|builder| builder.population(population, 0));
        assert_eq!(bench.sandbox.events("sk_test_typo"), [Value::Null; 0]);
        assert_eq!(bench.sandbox.deliveries("sk_test_typo"), [Value::Null; 0]);
        let refused = [
            ("GET", "/v1/customers/cus_no", "", 404),
            ("GET", "/v1/customers?starting_after=cus_no", "", 400),
            ("POST", "/v1/customers", "nope=1", 400),
            (
                "POST",
                SESSIONS,
                "account_holder[type]=customer&account_holder[customer]=cus_no&permissions[]=balances",
                400,
            ),
            ("POST", "/v1/financial_connections/accounts/fca_no/refresh", "features[]=balance", 404),
        ];
        for (method, path, form, status) in refused {
            assert_eq!(with_new_key(&bench, method, path, form).await, status, "{method} {path}");
            assert!(bench.sandbox.is_empty(), "{method} {path} made a world");
        }
        assert_eq!(with_new_key(&bench, "GET", "/v1/customers", "").await, 200);
        assert_eq!(worlds(&bench), usize::from(population > 0), "an empty list is no reason for a world");
        assert_eq!(with_new_key(&bench, "POST", "/v1/customers", "name=Jane").await, 200);
        assert_eq!(worlds(&bench), 1);
    }
}

#[tokio::test]
async fn a_saved_refusal_does_not_keep_the_population_away() {
    let bench = Bench::with(|builder| builder.population(3, 0));
    let request = || {
        let request = post(&format!("{ACCOUNTS}/fca_no/disconnect")).header("idempotency-key", "k1");
        request.body(Body::empty()).expect("a request")
    };
    bench.send(request()).await.refused(404);
    assert_eq!(ids(&bench.get(ACCOUNTS).await.ok()).len(), 3);
    assert_eq!(bench.send(request()).await.header("idempotent-replayed"), Some("true"));
}
