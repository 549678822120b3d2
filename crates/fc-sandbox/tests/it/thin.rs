//! Thin events: an event destination gets them, and a webhook endpoint does not.

use axum::body::Body;
use axum::http::Request;
use fc_sandbox::{Feature, RefreshOutcome, SetupError};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, Bench, KEY};
use crate::receiver::Receiver;

const PREFIX: &str = "v1.financial_connections.account.";

fn kinds(receiver: &Receiver) -> Vec<String> {
    let received = receiver.received();
    let kind = |event: Value| event["type"].as_str().expect("a type").replace(PREFIX, "");
    received.iter().map(|received| kind(received.event())).collect()
}

#[tokio::test]
async fn a_destination_gets_thin_events_that_name_the_account() {
    let bench = Bench::new();
    let (thin, snapshot) = (Receiver::start().await, Receiver::start().await);
    let secret = bench.sandbox.event_destination(KEY, &thin.url, ["*"]).expect("a destination");
    assert!(secret.starts_with("whsec_"));
    bench.sandbox.webhook_endpoint(KEY, &snapshot.url).expect("an endpoint");
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance").await.ok();
    bench.advance(1);
    bench.deliver().await;
    assert_eq!(snapshot.kinds(), ["account.created", "account.refreshed_balance"]);
    assert_eq!(kinds(&thin), ["created", "refreshed_balance", "balance_refresh_succeeded"]);

    let sent = snapshot.received();
    let event = thin.received()[1].event();
    let mut expected = json!({
        "id": event["id"],
        "object": "v2.core.event",
        "type": "v1.financial_connections.account.refreshed_balance",
        "created": "2026-09-21T14:13:21.000Z",
        "livemode": false,
        "related_object": {
            "id": account,
            "type": "financial_connections.account",
            "url": format!("{ACCOUNTS}/{account}"),
        },
        "snapshot_event": sent[1].event()["id"],
        "reason": { "type": "request", "request": sent[1].event()["request"] },
    });
    assert_eq!(event, expected);
    expected["type"] = "v1.financial_connections.account.balance_refresh_succeeded".into();
    let outcome = thin.received()[2].event();
    expected["id"] = outcome["id"].clone();
    expected.as_object_mut().expect("an object").remove("snapshot_event");
    assert_eq!(outcome, expected, "no snapshot event says the same");
    assert!(thin.received()[0].header("stripe-signature").contains("v1="));
}

#[tokio::test]
async fn a_destination_gets_the_types_that_it_asks_for() {
    let bench = Bench::new();
    let thin = Receiver::start().await;
    let types = ["transactions_refresh_failed", "ownership_refresh_succeeded", "reactivated"];
    let types = types.map(|name| format!("{PREFIX}{name}"));
    bench.sandbox.event_destination(KEY, &thin.url, types).expect("a destination");
    let account = bench.checking().await;
    bench.sandbox.plan_refresh(&account, Feature::Transactions, RefreshOutcome::Failed).expect("an account");
    bench.refresh(&account, "features[]=transactions&features[]=ownership&features[]=balance").await.ok();
    bench.advance(1);
    bench.sandbox.deactivate(&account).expect("it is active");
    bench.sandbox.reactivate(&account).expect("it is inactive");
    bench.deliver().await;
    let mut seen = kinds(&thin);
    seen.sort();
    assert_eq!(seen, ["ownership_refresh_succeeded", "reactivated", "transactions_refresh_failed"]);
}

#[tokio::test]
async fn a_destination_is_no_webhook_endpoint_and_its_events_are_not_listed() {
    let bench = Bench::new();
    let thin = Receiver::start().await;
    bench.sandbox.event_destination(KEY, &thin.url, ["*"]).expect("a destination");
    let account = bench.checking().await;
    bench.deliver().await;
    assert_eq!(bench.get("/v1/webhook_endpoints").await.ok()["data"], json!([]));
    let deliveries = bench.sandbox.deliveries(KEY);
    let [delivery] = &deliveries[..] else { panic!("one was due: {deliveries:?}") };
    assert_eq!(delivery["type"], "v1.financial_connections.account.created");
    let id = delivery["event"].as_str().expect("an id");
    for response in
        [bench.get(&format!("/v1/events/{id}")).await, bench.preview(&format!("/v1/events/{id}")).await]
    {
        response.refused(404);
    }
    let destination = delivery["webhook_endpoint"].as_str().expect("an id");
    assert!(destination.starts_with("ed_"));
    bench.get(&format!("/v1/webhook_endpoints/{destination}")).await.refused(404);
    assert_eq!(bench.events_about(&account), ["created"]);
    for list in [bench.get("/v1/events").await, bench.preview("/v1/events").await] {
        assert!(!list.ok().to_string().contains("v1.financial"), "thin events are not listed");
    }
}

#[tokio::test]
async fn a_destination_for_an_unknown_type_is_refused() {
    let bench = Bench::new();
    let destination = |types: &[&str]| {
        bench.sandbox.event_destination(
            KEY,
            "http://127.0.0.1:1/",
            types.iter().map(|name| (*name).to_owned()),
        )
    };
    for types in
        [&[][..], &["financial_connections.account.created"], &["v1.billing.meter.error_report_triggered"]]
    {
        assert_eq!(destination(types), Err(SetupError::EventType), "{types:?}");
    }
    assert!(matches!(
        bench.sandbox.event_destination(KEY, "https://example.com/", ["*"]),
        Err(SetupError::Url(_))
    ));
    destination(&["v1.financial_connections.account.risk_intelligence_refresh_failed"])
        .expect("a known type");

    let form = "url=http://127.0.0.1:1/&enabled_events[]=v1.financial_connections.account.created";
    let endpoint = bench.post("/v1/webhook_endpoints", form).await.ok();
    assert_eq!(endpoint["status"], "enabled", "a type of another product, which it never gets");
    let body = json!({ "key": KEY, "url": "http://127.0.0.1:1/", "enabled_events": ["*"] }).to_string();
    let request = Request::post("/_sandbox/event_destinations").body(Body::from(body)).expect("a request");
    assert!(bench.send(request).await.ok()["secret"].as_str().expect("a text").starts_with("whsec_"));
}
