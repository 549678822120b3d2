//! Delivery of events to webhook endpoints, over real sockets.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::Method;
use fc_sandbox::{AccountSpec, Clock, Fault, Sandbox};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::bench::{ACCOUNTS, ALL, Bench, DAY, KEY, NOW, PATIENCE, get, ids, post};
use crate::receiver::Receiver;

const ENDPOINTS: &str = "/v1/webhook_endpoints";
const HOUR: u64 = 3600;

/// Registers an endpoint for these events.
async fn register(bench: &Bench, url: &str, events: &[&str]) -> Value {
    let events: String = events.iter().map(|event| format!("&enabled_events[]={event}")).collect();
    bench.post(ENDPOINTS, &format!("url={}{events}", url.replace('?', "%3F").replace('=', "%3D"))).await.ok()
}

async fn pending(bench: &Bench) -> Vec<i64> {
    let events = bench.get("/v1/events").await.ok();
    let pending = |event: &Value| event["pending_webhooks"].as_i64().expect("a count");
    events["data"].as_array().expect("an array").iter().rev().map(pending).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn hmac(secret: &str, message: &str) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    hmac.update(message.as_bytes());
    hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The values of one scheme in a `Stripe-Signature`.
fn signatures<'a>(header: &'a str, scheme: &str) -> Vec<&'a str> {
    let pairs = header.split(',').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == scheme).map(|(_, value)| value).collect()
}

#[tokio::test]
async fn an_endpoint_shows_its_secret_once_and_is_listed_updated_and_deleted() {
    let bench = Bench::new();
    let form = "url=http://localhost:1/a&enabled_events[]=*&description=mine&metadata[a]=b&api_version=2026-10-28.endive";
    let mut created = bench.post(ENDPOINTS, form).await.ok();
    let secret = created["secret"].take();
    assert_eq!(text(&secret).strip_prefix("whsec_").map(str::len), Some(32));
    let id = text(&created["id"]).to_owned();
    assert!(id.starts_with("we_"));
    let mut shown = json!({
        "id": id,
        "object": "webhook_endpoint",
        "api_version": "2026-10-28.endive",
        "application": null,
        "created": NOW,
        "description": "mine",
        "enabled_events": ["*"],
        "livemode": false,
        "metadata": { "a": "b" },
        "status": "enabled",
        "url": "http://localhost:1/a",
    });
    assert_eq!(bench.get(&format!("{ENDPOINTS}/{id}")).await.ok(), shown);
    assert_eq!(bench.get(ENDPOINTS).await.ok()["data"], json!([shown]));
    let form = "disabled=true&url=http://localhost:2/&enabled_events[]=financial_connections.account.created&metadata[c]=d";
    let changed = bench.post(&format!("{ENDPOINTS}/{id}"), form).await.ok();
    shown["status"] = "disabled".into();
    shown["url"] = "http://localhost:2/".into();
    shown["enabled_events"] = json!(["financial_connections.account.created"]);
    shown["metadata"] = json!({ "a": "b", "c": "d" });
    assert_eq!(changed, shown);
    let taken_away =
        bench.post(&format!("{ENDPOINTS}/{id}"), "description=&metadata[a]=&metadata[none]=").await.ok();
    assert_eq!((&taken_away["description"], &taken_away["metadata"]), (&Value::Null, &json!({ "c": "d" })));
    let emptied = bench.post(&format!("{ENDPOINTS}/{id}"), "metadata=").await.ok();
    assert_eq!(emptied["metadata"], json!({}));
    let delete = get(&format!("{ENDPOINTS}/{id}")).method(Method::DELETE).body(Body::empty());
    let deleted = bench.send(delete.expect("a request")).await.ok();
    assert_eq!(deleted, json!({ "id": id, "object": "webhook_endpoint", "deleted": true }));
    bench.get(&format!("{ENDPOINTS}/{id}")).await.refused(404);
    assert_eq!(ids(&bench.get(ENDPOINTS).await.ok()), [""; 0]);
}

#[tokio::test]
async fn an_endpoint_requires_an_allowed_url_and_known_event_types() {
    let bench = Bench::new();
    for (form, code, param) in [
        ("enabled_events[]=*", json!("parameter_missing"), "url"),
        ("url=http://localhost/", json!("parameter_missing"), "enabled_events"),
        (
            "url=http://localhost/&enabled_events[]=financial_connections.account.nope",
            Value::Null,
            "enabled_events[0]",
        ),
        ("url=http://localhost/&enabled_events[]=*&enabled_events[]=x", Value::Null, "enabled_events[1]"),
        ("url=https://localhost/&enabled_events[]=*", json!("url_invalid"), "url"),
        ("url=http://192.0.2.1/&enabled_events[]=*", json!("url_invalid"), "url"),
        ("url=nowhere&enabled_events[]=*", json!("url_invalid"), "url"),
        ("url=http://localhost/&enabled_events[]=*&connect=true", Value::Null, "connect"),
        ("url=http://localhost/&enabled_events[]=*&api_version=latest", Value::Null, "api_version"),
    ] {
        let error = bench.post(ENDPOINTS, form).await.refused(400);
        assert_eq!((&error["code"], &error["param"]), (&code, &json!(param)), "{form}");
    }
    // An endpoint may enable events of other Stripe products too.
    bench.post(ENDPOINTS, "url=http://localhost/&enabled_events[]=payment_intent.succeeded").await.ok();
    let open = Bench::with(|builder| builder.remote_webhooks(true));
    open.post(ENDPOINTS, "url=http://192.0.2.1/&enabled_events[]=*").await.ok();
}

#[tokio::test]
async fn an_event_is_delivered_to_every_endpoint_that_enables_it() {
    let bench = Bench::new();
    let (all, some, none) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    register(&bench, &all.url, &["*"]).await;
    register(&bench, &some.url, &["financial_connections.account.refreshed_balance"]).await;
    let disabled = register(&bench, &none.url, &["*"]).await;
    bench.post(&format!("{ENDPOINTS}/{}", text(&disabled["id"])), "disabled=true").await.ok();
    let account = bench.checking().await;
    bench.refreshed(&account, "balance").await;
    assert_eq!(pending(&bench).await, [1, 2]);
    bench.deliver().await;
    assert_eq!(all.kinds(), ["account.created", "account.refreshed_balance"]);
    assert_eq!(some.kinds(), ["account.refreshed_balance"]);
    assert_eq!(none.kinds(), [""; 0]);
    assert_eq!(pending(&bench).await, [0, 0]);
    bench.deliver().await;
    assert_eq!(all.received().len(), 2, "an acknowledged event is not delivered again");
}

#[tokio::test]
async fn the_delivered_body_is_the_event_and_its_signature_is_valid() {
    let bench = Bench::with(|builder| builder.sign_webhooks_in_sandbox_time(true));
    let receiver = Receiver::start().await;
    let endpoint = register(&bench, &receiver.url, &["*"]).await;
    bench.checking().await;
    let mut expected = bench.get("/v1/events").await.ok()["data"][0].clone();
    bench.deliver().await;
    let received = receiver.received().remove(0);
    assert_eq!(received.event(), expected, "the delivered event counts itself as pending");
    expected["pending_webhooks"] = 0.into();
    assert_eq!(bench.get("/v1/events").await.ok()["data"][0], expected);
    assert_eq!(received.header("content-type"), "application/json; charset=utf-8");

    let header = received.header("stripe-signature");
    assert_eq!(signatures(header, "t"), [NOW.to_string()]);
    let body = std::str::from_utf8(&received.body).expect("text");
    let expected = hmac(text(&endpoint["secret"]), &format!("{NOW}.{body}"));
    assert_eq!(signatures(header, "v1"), [expected.as_str()]);
    let decoys = signatures(header, "v0");
    assert!(decoys.len() == 1 && decoys[0] != expected);
}

#[tokio::test]
async fn a_signature_carries_the_time_of_the_machine_and_not_the_sandbox_clock() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url, &["*"]).await;
    bench.checking().await;
    let machine = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let before = machine();
    bench.deliver().await;
    let received = receiver.received().remove(0);
    let time: u64 = signatures(received.header("stripe-signature"), "t")[0].parse().expect("seconds");
    assert!((before..=machine()).contains(&time));
}

#[tokio::test]
async fn events_carry_the_api_version_of_the_endpoint() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let form = format!(
        "url={}&enabled_events[]=*&api_version=2026-10-28.endive",
        receiver.url.split_once('?').expect("a query").0
    );
    bench.post(ENDPOINTS, &form).await.ok();
    bench.checking().await;
    bench.deliver().await;
    assert_eq!(receiver.received()[0].event()["api_version"], "2026-10-28.endive");
}

#[tokio::test]
async fn a_failed_delivery_is_retried_and_given_up_after_the_third_attempt() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url, &["*"]).await;
    receiver.respond_with([500, 302, 404]);
    bench.checking().await;
    for (wait, so_far) in [(0, 1), (HOUR - 1, 1), (1, 2), (3 * HOUR - 1, 2), (1, 3), (20 * 24 * HOUR, 3)] {
        bench.advance(wait);
        bench.deliver().await;
        assert_eq!(receiver.received().len(), so_far);
    }
    let log = bench.sandbox.deliveries(KEY).remove(0);
    assert_eq!(log["state"], "failed");
    assert_eq!(log["next_attempt_at"], Value::Null);
    let hour = 3600;
    assert_eq!(
        log["attempts"],
        json!([
            { "at": NOW, "status": 500 },
            { "at": NOW + hour, "status": 302 },
            { "at": NOW + 4 * hour, "status": 404 },
        ])
    );
    let event = &bench.sandbox.events(KEY)[0];
    assert_eq!(event["pending_webhooks"], 1, "it was not delivered");
    let received = receiver.received();
    assert_eq!(received[0].body, received[2].body, "the same event each time");
}

#[tokio::test]
async fn a_successful_retry_ends_the_delivery() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url, &["*"]).await;
    receiver.respond_with([500]);
    bench.checking().await;
    bench.deliver().await;
    let log = bench.sandbox.deliveries(KEY).remove(0);
    assert_eq!((&log["state"], &log["next_attempt_at"]), (&json!("pending"), &json!(NOW + 3600)));
    let events = async |success: bool| {
        ids(&bench.get(&format!("/v1/events?delivery_success={success}")).await.ok()).len()
    };
    assert_eq!((events(true).await, events(false).await), (0, 1));
    // Two attempts fall into one step of the clock, and each has its own time.
    bench.sandbox.clock().advance(DAY);
    bench.deliver().await;
    let log = bench.sandbox.deliveries(KEY).remove(0);
    assert_eq!(log["state"], "succeeded");
    assert_eq!(log["attempts"][1], json!({ "at": NOW + 3600, "status": 200 }));
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(pending(&bench).await, [0]);
    assert_eq!((events(true).await, events(false).await), (1, 0));
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}/", listener.local_addr().expect("an address"))
}

/// The error of the first attempt of the only delivery.
fn first_error(bench: &Bench) -> String {
    text(&bench.sandbox.deliveries(KEY)[0]["attempts"][0]["error"]).to_owned()
}

#[tokio::test]
async fn a_timeout_is_logged_as_a_failed_attempt() {
    let bench = Bench::with(|builder| builder.webhook_timeout(Duration::from_millis(20)));
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    register(&bench, &address(&silent), &["*"]).await;
    bench.checking().await;
    bench.deliver().await;
    assert!(first_error(&bench).contains("within 20ms"), "{}", first_error(&bench));
}

#[tokio::test]
async fn a_refused_connection_is_logged_as_a_failed_attempt() {
    let bench = Bench::new();
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    register(&bench, &address(&closed), &["*"]).await;
    drop(closed);
    bench.checking().await;
    bench.deliver().await;
    assert!(first_error(&bench).contains("no connection to 127.0.0.1"), "{}", first_error(&bench));
}

#[tokio::test]
async fn a_silent_endpoint_does_not_delay_the_others() {
    let bench = Bench::with(|builder| builder.webhook_timeout(10 * PATIENCE));
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let receiver = Receiver::start().await;
    for url in [address(&silent), receiver.url.clone()] {
        register(&bench, &url, &["*"]).await;
    }
    bench.checking().await;
    tokio::select! {
        () = receiver.until(1) => {}
        () = bench.deliver() => panic!("the delivery to the silent endpoint ended"),
    }
}

#[tokio::test]
async fn the_old_secret_signs_beside_the_new_one_during_the_overlap() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let endpoint = register(&bench, &receiver.url, &["*"]).await;
    let (id, old) = (text(&endpoint["id"]).to_owned(), text(&endpoint["secret"]).to_owned());
    let new = bench.sandbox.roll_webhook_secret(&id, 10 * DAY).expect("an endpoint");
    assert!(new.starts_with("whsec_") && new != old);
    let signed_by = async |received: usize| {
        bench.checking().await;
        bench.deliver().await;
        let received = receiver.received().remove(received);
        let header = received.header("stripe-signature").to_owned();
        let message =
            format!("{}.{}", signatures(&header, "t")[0], std::str::from_utf8(&received.body).expect("text"));
        let (by_new, by_old) = (hmac(&new, &message), hmac(&old, &message));
        let v1 = signatures(&header, "v1");
        (v1.len(), v1.contains(&by_new.as_str()), v1.contains(&by_old.as_str()))
    };
    assert_eq!(signed_by(0).await, (2, true, true));
    bench.sandbox.clock().advance(DAY - Duration::from_secs(1));
    assert_eq!(signed_by(1).await, (2, true, true));
    bench.advance(1);
    assert_eq!(signed_by(2).await, (1, true, false), "the overlap is at most a day");
    assert_eq!(bench.sandbox.roll_webhook_secret("we_no", DAY), None);
    let at_once = bench.sandbox.roll_webhook_secret(&id, Duration::ZERO).expect("an endpoint");
    assert_ne!(at_once, new);
    assert_eq!(signed_by(3).await, (1, false, false));
}

#[tokio::test]
async fn a_second_roll_does_not_extend_the_overlap_of_an_older_secret() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let endpoint = register(&bench, &receiver.url, &["*"]).await;
    let roll =
        |overlap| bench.sandbox.roll_webhook_secret(text(&endpoint["id"]), overlap).expect("an endpoint");
    roll(Duration::from_secs(HOUR));
    roll(DAY);
    for (wait, secrets) in [(0, 3), (HOUR, 2), (23 * HOUR, 1)] {
        bench.advance(wait);
        bench.checking().await;
        bench.deliver().await;
        let received = receiver.received().pop().expect("it was sent");
        assert_eq!(signatures(received.header("stripe-signature"), "v1").len(), secrets);
    }
}

#[tokio::test]
async fn deleting_an_endpoint_cancels_its_deliveries() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let endpoint = register(&bench, &receiver.url, &["*"]).await;
    bench.checking().await;
    let delete =
        get(&format!("{ENDPOINTS}/{}", text(&endpoint["id"]))).method(Method::DELETE).body(Body::empty());
    bench.send(delete.expect("a request")).await.ok();
    bench.checking().await;
    bench.deliver().await;
    assert_eq!(receiver.received().len(), 0);
    let log = bench.sandbox.deliveries(KEY);
    assert_eq!((log.len(), &log[0]["state"]), (1, &json!("cancelled")));
    assert_eq!(pending(&bench).await, [0, 0]);
}

#[tokio::test]
async fn a_delivery_can_be_duplicated_delayed_and_reversed() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url, &["*"]).await;
    let faults = bench.sandbox.faults();
    faults.inject(Fault::webhook_duplicated()).expect("a fault");
    let account = bench.checking().await;
    bench.deliver().await;
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].event()["id"], received[1].event()["id"]);
    assert_eq!(pending(&bench).await, [0]);

    faults.inject(Fault::webhook_delayed(Duration::from_secs(300))).expect("a fault");
    bench.refreshed(&account, "balance").await;
    bench.refreshed(&account, "ownership").await;
    bench.deliver().await;
    assert_eq!(receiver.kinds()[2..], ["account.refreshed_ownership"], "it arrives before the delayed one");
    bench.advance(300);
    bench.deliver().await;
    assert_eq!(receiver.kinds()[3..], ["account.refreshed_balance"]);

    faults.inject(Fault::webhooks_reversed(3)).expect("a fault");
    bench.sandbox.deactivate(&account).expect("an active account");
    bench.sandbox.reactivate(&account).expect("an inactive account");
    bench.deliver().await;
    assert_eq!(receiver.received().len(), 4, "held back until there are three");
    bench.sandbox.deactivate(&account).expect("an active account");
    bench.sandbox.reactivate(&account).expect("an inactive account");
    bench.deliver().await;
    let kinds = ["account.deactivated", "account.reactivated", "account.deactivated", "account.reactivated"];
    assert_eq!(receiver.kinds()[4..], kinds);
    let created: Vec<usize> = {
        let events = bench.sandbox.events(KEY);
        let place =
            |id: &Value| events.iter().position(|event| event["id"] == *id).expect("the event exists");
        receiver.received()[4..].iter().map(|received| place(&received.event()["id"])).collect()
    };
    assert_eq!(created, [5, 4, 3, 6], "three with the newest first, and then in order again");
    assert_eq!(faults.pending(), []);
}

#[tokio::test]
async fn an_event_names_the_call_that_started_it_and_only_that_one() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let refresh = post(&format!("{ACCOUNTS}/{account}/refresh")).header("idempotency-key", "k1");
    let refresh = bench.send(refresh.body(Body::from("features[]=balance")).expect("a request")).await;
    let subscribe = bench.post(&format!("{ACCOUNTS}/{account}/subscribe"), "features[]=transactions").await;
    bench.sandbox.clock().advance(DAY);
    bench.advance(1);
    let requests: Vec<Value> =
        bench.sandbox.events(KEY).iter().map(|event| event["request"].clone()).collect();
    let no_call = json!({ "id": null, "idempotency_key": null });
    assert_eq!(
        requests,
        [
            no_call.clone(),
            json!({ "id": refresh.header("request-id"), "idempotency_key": "k1" }),
            json!({ "id": subscribe.header("request-id"), "idempotency_key": null }),
            no_call,
        ],
        "linking, the refresh, the first of the subscription, the daily one"
    );
}

#[tokio::test]
async fn connected_accounts_have_their_own_endpoints() {
    let bench = Bench::new();
    let (platform, connected) = (Receiver::start().await, Receiver::start().await);
    register(&bench, &platform.url, &["*"]).await;
    let as_connected = async |path: &str, form: String| {
        let request = post(path).header("stripe-account", "acct_1").body(Body::from(form));
        bench.send(request.expect("a request")).await.ok()
    };
    let url = connected.url.split_once('?').expect("a query").0;
    as_connected(ENDPOINTS, format!("url={url}&enabled_events[]=*")).await;
    let form = "account_holder[type]=account&account_holder[account]=acct_9&permissions[]=balances";
    let session = as_connected("/v1/financial_connections/sessions", form.to_owned()).await;
    bench.sandbox.link(text(&session["id"]), [AccountSpec::checking()]).expect("linked");
    bench.deliver().await;
    assert_eq!((platform.received().len(), connected.received().len()), (0, 1));
    assert_eq!(connected.received()[0].event()["account"], "acct_1");
}

#[tokio::test]
async fn a_running_sandbox_delivers_when_its_clock_is_advanced() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
    let bench = Bench::of(&sandbox);
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url, &["*"]).await;
    let account = bench.checking().await;
    receiver.until(1).await;
    bench.refresh(&account, "features[]=balance").await.ok();
    sandbox.clock().advance(Duration::from_secs(1));
    receiver.until(2).await;
    // Once the dispatcher is idle, the next event is sent only if something wakes it.
    bench.deliver().await;
    receiver.respond_with([500]);
    sandbox.deactivate(&account).expect("an active account");
    receiver.until(3).await;
    bench.deliver().await;
    sandbox.clock().advance(Duration::from_secs(HOUR));
    receiver.until(4).await;
    let kinds =
        ["account.created", "account.refreshed_balance", "account.deactivated", "account.deactivated"];
    assert_eq!(receiver.kinds(), kinds);
}

#[tokio::test]
async fn a_running_sandbox_delivers_when_its_running_clock_reaches_the_due_time() {
    let sandbox = Sandbox::builder().refresh_delay(Duration::from_millis(5)).start().await.expect("a port");
    let bench = Bench::of(&sandbox);
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url, &["*"]).await;
    let account = bench.link(ALL, [AccountSpec::checking()]).await.remove(0);
    receiver.until(1).await;
    bench.deliver().await;
    bench.refresh(&account, "features[]=balance").await.ok();
    // No further call comes in, so only the dispatcher can notice that the refresh is done.
    receiver.until(2).await;
}

#[tokio::test]
async fn pending_deliveries_survive_export_and_import() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let endpoint = register(&bench, &receiver.url, &["*"]).await;
    receiver.respond_with([500]);
    let account = bench.checking().await;
    bench.sandbox.expect_deactivation(&account, Some(NOW + 86_400)).expect("an active account");
    bench.deliver().await;
    let again = Bench::new();
    again.sandbox.import(&bench.sandbox.export()).expect("an export can be imported");
    assert_eq!(again.sandbox.deliveries(KEY), bench.sandbox.deliveries(KEY));
    again.sandbox.clock().advance(DAY);
    again.deliver().await;
    let log = again.sandbox.deliveries(KEY);
    assert_eq!(
        log[0]["attempts"],
        json!([{ "at": NOW, "status": 500 }, { "at": NOW + 3600, "status": 200 }])
    );
    assert_eq!(
        log.last().map(|last| &last["type"]),
        Some(&json!("financial_connections.account.deactivated"))
    );
    let last = receiver.received().pop().expect("it was sent");
    let header = last.header("stripe-signature");
    let message =
        format!("{}.{}", signatures(header, "t")[0], std::str::from_utf8(&last.body).expect("text"));
    assert_eq!(signatures(header, "v1"), [hmac(text(&endpoint["secret"]), &message)], "with the same secret");
}
