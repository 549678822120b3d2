//! Injected faults.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use fc_sandbox::{
    AccountSpec, Clock, Fault, Feature, LinkError, RateLimit, RefreshOutcome, RunningSandbox, Sandbox,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::bench::{ACCOUNTS, ALL, Bench, KEY, NOW, Response, ids, in_time, post};
use crate::receiver::Receiver;

async fn create(bench: &Bench, key: &str) -> Response {
    let request = post("/v1/customers").header("idempotency-key", key).body(Body::from("name=Jane"));
    bench.send(request.expect("a request")).await
}

async fn customers(bench: &Bench) -> usize {
    ids(&bench.get("/v1/customers").await.ok()).len()
}

#[track_caller]
fn inject(bench: &Bench, fault: Fault) {
    bench.sandbox.faults().inject(fault).expect("a valid fault");
}

#[tokio::test]
async fn a_rate_limit_has_its_reason_header_and_a_lock_timeout_has_none() {
    let bench = Bench::new();
    for (reason, word) in [
        (RateLimit::GlobalRate, "global-rate"),
        (RateLimit::EndpointRate, "endpoint-rate"),
        (RateLimit::GlobalConcurrency, "global-concurrency"),
        (RateLimit::EndpointConcurrency, "endpoint-concurrency"),
        (RateLimit::ResourceSpecific, "resource-specific"),
    ] {
        inject(&bench, Fault::rate_limited(reason));
        let response = create(&bench, "k1").await;
        assert_eq!(response.header("stripe-rate-limited-reason"), Some(word));
        assert!(response.header("request-id").is_some());
        let error = response.refused(429);
        assert_eq!((&error["type"], &error["code"]), (&json!("invalid_request_error"), &json!("rate_limit")));
    }
    inject(&bench, Fault::lock_timeout());
    let response = create(&bench, "k1").await;
    assert_eq!(response.header("stripe-rate-limited-reason"), None);
    assert_eq!(response.header("request-id"), None, "it was never processed");
    assert_eq!(response.header("stripe-should-retry"), Some("true"), "no SDK retries it otherwise");
    let error = response.refused(429);
    assert_eq!((&error["code"], &error["request_log_url"]), (&json!("lock_timeout"), &json!(null)));
    assert_eq!(customers(&bench).await, 0);
    create(&bench, "k1").await.ok();
    assert_eq!(customers(&bench).await, 1, "the key is still unused");
}

#[tokio::test]
async fn a_500_before_execution_leaves_the_key_unused_and_one_after_is_saved() {
    let bench = Bench::new();
    for (fault, status) in [(Fault::internal_error(), 500), (Fault::unavailable(), 503)] {
        inject(&bench, fault);
        assert_eq!(create(&bench, "k1").await.refused(status)["type"], "api_error");
    }
    create(&bench, "k1").await.ok();
    inject(&bench, Fault::internal_error_kept());
    create(&bench, "k2").await.refused(500);
    let again = create(&bench, "k2").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    again.refused(500);
    assert_eq!(customers(&bench).await, 1);
}

#[tokio::test]
async fn a_key_can_be_expired_or_lack_a_permission() {
    let bench = Bench::new();
    inject(&bench, Fault::api_key_expired());
    assert_eq!(bench.get("/v1/customers").await.refused(401)["code"], "api_key_expired");
    inject(&bench, Fault::permission_denied());
    assert_eq!(bench.get("/v1/customers").await.refused(403)["type"], "invalid_request_error");
}

#[tokio::test]
async fn faults_apply_to_their_operation_the_given_times_and_in_order() {
    let bench = Bench::new();
    let account = bench.checking().await;
    inject(&bench, Fault::unavailable().on("retrieve_account").times(2));
    inject(&bench, Fault::internal_error().on("retrieve_account"));
    bench.get(ACCOUNTS).await.ok();
    bench.get("/v1/nothing").await.refused(404);
    let path = format!("{ACCOUNTS}/{account}");
    for status in [503, 503, 500] {
        bench.get(&path).await.refused(status);
    }
    bench.get(&path).await.ok();
    inject(&bench, Fault::unavailable().on("retrieve_account"));
    bench.get(&format!("/v1/linked_accounts/{account}")).await.refused(503);
}

#[tokio::test]
async fn a_fault_can_begin_with_a_later_call_and_last() {
    let bench = Bench::new();
    inject(&bench, Fault::unavailable().on("list_customers").from_nth(3));
    inject(&bench, Fault::internal_error().on("list_customers").from_nth(2).times(1));
    for status in [200, 500, 503, 503, 503] {
        bench.get(ACCOUNTS).await.ok();
        assert_eq!(bench.get("/v1/customers").await.status, status);
    }
    assert_eq!(bench.sandbox.faults().pending().len(), 1);
    bench.sandbox.faults().clear();
    bench.get("/v1/customers").await.ok();

    let account = bench.checking().await;
    inject(&bench, Fault::refresh_fails(Feature::Balance).from_nth(2).times(1));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(bench.refreshed(&account, "balance").await["balance_refresh"]["status"].clone());
        bench.advance(60);
    }
    assert_eq!(statuses, ["succeeded", "failed", "succeeded"]);
}

#[tokio::test]
async fn a_lost_webhook_is_neither_sent_nor_retried() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    bench.sandbox.webhook_endpoint(KEY, &receiver.url).expect("this machine");
    inject(&bench, Fault::webhook_lost().from_nth(2).times(1));
    let account = bench.checking().await;
    bench.post(&format!("{ACCOUNTS}/{account}/subscribe"), "features[]=transactions").await.ok();
    bench.post(&format!("{ACCOUNTS}/{account}/disconnect"), "").await.ok();
    bench.deliver().await;
    let states = |bench: &Bench| {
        let deliveries = bench.sandbox.deliveries(KEY);
        deliveries
            .iter()
            .map(|one| (one["state"].clone(), one["attempts"].as_array().map(Vec::len)))
            .collect::<Vec<_>>()
    };
    let before = states(&bench);
    assert_eq!(before[1], (json!("failed"), Some(0)), "no attempt was made: {before:?}");
    let sent = before.len() - 1;
    assert!(sent >= 1 && receiver.kinds().len() == sent, "{before:?}");
    bench.sandbox.clock().advance(Duration::from_secs(4 * 86_400));
    bench.deliver().await;
    assert_eq!(receiver.kinds().len(), sent, "no retry follows");
    assert_eq!(bench.get("/v1/events").await.ok()["data"].as_array().map(Vec::len), Some(before.len()));
}

#[tokio::test]
async fn an_invalid_fault_is_refused() {
    let bench = Bench::new();
    for (fault, remedy) in [
        (Fault::unavailable().on("refresh_acount"), "refresh_account"),
        (Fault::unavailable().times(0), "0 times"),
        (Fault::webhook_duplicated().on("refresh_account"), "only faults of calls"),
        (Fault::refresh_fails(Feature::Balance).should_retry(true), "only faults of calls"),
        (Fault::webhooks_reversed(1), "at least 2"),
        (Fault::webhooks_reversed(2).from_nth(2), "leave `from` out"),
        (Fault::unavailable().from_nth(0), "the number 1"),
    ] {
        let error = bench.sandbox.faults().inject(fault).expect_err("an invalid fault").to_string();
        assert!(error.contains(remedy), "{error}");
    }
    inject(&bench, Fault::unavailable().times(9));
    assert_eq!(bench.sandbox.faults().pending(), [Fault::unavailable().times(9)]);
    bench.sandbox.faults().clear();
    bench.get(ACCOUNTS).await.ok();
}

#[tokio::test]
async fn a_fault_can_set_the_should_retry_header() {
    let bench = Bench::new();
    for (advice, word) in [(true, "true"), (false, "false")] {
        inject(&bench, Fault::unavailable().should_retry(advice));
        assert_eq!(bench.get(ACCOUNTS).await.header("stripe-should-retry"), Some(word));
    }
    assert_eq!(bench.get(ACCOUNTS).await.header("stripe-should-retry"), None);
}

#[tokio::test]
async fn a_bad_gateway_is_a_502_with_an_html_page() {
    let bench = Bench::new();
    inject(&bench, Fault::bad_gateway());
    let request = post("/v1/customers").body(Body::from("name=Jane")).expect("a request");
    let response = bench.respond(request).await;
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].as_bytes()),
        (502, &b"text/html"[..])
    );
    assert!(!response.headers().contains_key("request-id"));
    let body = to_bytes(response.into_body(), 1000).await.expect("a body");
    assert!(serde_json::from_slice::<Value>(&body).is_err());
    assert_eq!(customers(&bench).await, 0);
}

#[tokio::test]
async fn a_truncated_body_is_valid_http_with_half_of_its_json() {
    let bench = Bench::new();
    inject(&bench, Fault::truncated_json());
    let request = post("/v1/customers").body(Body::from("name=Jane")).expect("a request");
    let response = bench.respond(request).await;
    assert_eq!(response.status(), 200);
    let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
    assert!(body.starts_with(b"{") && serde_json::from_slice::<Value>(&body).is_err());
    assert_eq!(customers(&bench).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_response_is_delayed_by_the_given_time() {
    let bench = Bench::new();
    for fault in [Fault::slow_head(Duration::from_secs(5)), Fault::slow_body(Duration::from_secs(5))] {
        inject(&bench, fault);
        let before = Instant::now();
        bench.get(ACCOUNTS).await.ok();
        assert_eq!(before.elapsed().as_secs(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idempotency_key_is_in_use_until_its_response_is_sent() {
    let bench = Bench::new();
    inject(&bench, Fault::slow_head(Duration::from_secs(5)));
    let later = async {
        tokio::task::yield_now().await;
        let during = create(&bench, "k1").await;
        let other = create(&bench, "k2").await;
        (during.refused(409), other.ok())
    };
    let (first, (error, _)) = tokio::join!(create(&bench, "k1"), later);
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!("idempotency_error"), &json!("idempotency_key_in_use"))
    );
    let first = first.ok();
    let again = create(&bench, "k1").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.ok(), first);
    assert_eq!(customers(&bench).await, 2);
}

#[tokio::test(start_paused = true)]
async fn an_idempotency_key_is_in_use_until_its_replay_is_sent() {
    let bench = Bench::new();
    let first = create(&bench, "k1").await.ok();
    inject(&bench, Fault::slow_head(Duration::from_secs(5)));
    let later = async {
        tokio::task::yield_now().await;
        create(&bench, "k1").await.refused(409)
    };
    let (replay, error) = tokio::join!(create(&bench, "k1"), later);
    assert_eq!(error["code"], "idempotency_key_in_use");
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
    assert_eq!(replay.ok(), first);
}

/// The response to a POST over a real connection, byte by byte.
async fn raw(sandbox: &RunningSandbox) -> Vec<u8> {
    let address = sandbox.base_url().strip_prefix("http://").expect("a plain address");
    let mut stream = in_time(TcpStream::connect(address)).await.expect("a connection");
    let request = format!(
        "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 9\r\n\
         Connection: close\r\n\r\nname=Jane"
    );
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut response = Vec::new();
    // A reset connection is an error, and the bytes before it count.
    let _ = in_time(stream.read_to_end(&mut response)).await;
    response
}

#[tokio::test]
async fn a_connection_closes_before_after_and_during_a_response() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
    let bench = Bench::of(&sandbox);
    inject(&bench, Fault::connection_closed());
    assert_eq!(raw(&sandbox).await, b"");
    assert_eq!(customers(&bench).await, 0, "the call was not carried out");
    inject(&bench, Fault::reply_lost());
    assert_eq!(raw(&sandbox).await, b"");
    assert_eq!(customers(&bench).await, 1, "the call was carried out");
    inject(&bench, Fault::broken_body());
    let response = String::from_utf8(raw(&sandbox).await).expect("text");
    let (head, body) = response.split_once("\r\n\r\n").expect("a head");
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    assert!(body.len() < promised.parse().expect("a number"), "{body}");
    assert_eq!(customers(&bench).await, 2);
    assert!(raw(&sandbox).await.starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_lost_response_is_replayed_by_its_idempotency_key() {
    let bench = Bench::new();
    inject(&bench, Fault::reply_lost());
    let request = post("/v1/customers").header("idempotency-key", "k1").body(Body::from("name=Jane"));
    let lost = bench.respond(request.expect("a request")).await;
    assert!(to_bytes(lost.into_body(), 1000).await.is_err(), "without a server, the body is an error");
    assert_eq!(create(&bench, "k1").await.header("idempotent-replayed"), Some("true"));
    assert_eq!(customers(&bench).await, 1);
}

#[tokio::test]
async fn a_refresh_fault_fails_the_next_refresh_of_its_feature() {
    let bench = Bench::new();
    let account = bench.checking().await;
    inject(&bench, Fault::refresh_fails(Feature::Balance));
    assert_eq!(bench.refreshed(&account, "ownership").await["ownership_refresh"]["status"], "succeeded");
    assert_eq!(bench.refreshed(&account, "balance").await["balance_refresh"]["status"], "failed");
    bench.advance(60);
    assert_eq!(bench.refreshed(&account, "balance").await["balance_refresh"]["status"], "succeeded");
    inject(&bench, Fault::refresh_ends(Feature::Transactions, RefreshOutcome::FailedAndInactive));
    assert_eq!(bench.refreshed(&account, "transactions").await["status"], "inactive");
}

#[tokio::test]
async fn an_institution_that_is_down_refuses_log_ins_and_fails_refreshes() {
    let bench = Bench::new();
    let spec = || AccountSpec::checking().institution("Harbor Bank");
    let account = bench.link(ALL, [spec()]).await.remove(0);
    inject(&bench, Fault::institution_down("Harbor Bank"));
    let session = bench.session(ALL, "").await["id"].as_str().expect("an id").to_owned();
    let refused = bench.sandbox.link(&session, [AccountSpec::savings(), spec()]);
    let institution = "Harbor Bank".to_owned();
    assert_eq!(refused, Err(LinkError::InstitutionDown { index: 1, institution }));
    for _ in 0..2 {
        assert_eq!(bench.refreshed(&account, "balance").await["balance_refresh"]["status"], "failed");
        bench.advance(60);
    }
    let other = bench.checking().await;
    assert_eq!(bench.refreshed(&other, "balance").await["balance_refresh"]["status"], "succeeded");
    bench.sandbox.faults().clear();
    assert_eq!(bench.refreshed(&account, "balance").await["balance_refresh"]["status"], "succeeded");
    bench.sandbox.link(&session, [spec()]).expect("the institution is up again");

    inject(&bench, Fault::institution_down("Test (Non-OAuth)").times(1));
    bench.advance(60);
    let status = async || bench.refreshed(&other, "balance").await["balance_refresh"]["status"].clone();
    assert_eq!(status().await, "failed", "its older name is Test Institution");
    bench.advance(60);
    assert_eq!(status().await, "succeeded");
}

#[tokio::test]
async fn a_delivery_is_delayed_by_one_fault_at_most() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let form = format!("url={}&enabled_events[]=*", receiver.url);
    bench.post("/v1/webhook_endpoints", &form).await.ok();
    let fault = Fault::webhook_delayed(Duration::ZERO);
    inject(&bench, fault.clone().times(3));
    bench.checking().await;
    bench.deliver().await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(bench.sandbox.faults().pending(), [fault.times(2)]);
}

#[tokio::test]
async fn every_fault_can_be_injected_over_http() {
    let bench = Bench::new();
    let control = async |body: Value| {
        let request = axum::http::Request::post("/_sandbox/faults").body(Body::from(body.to_string()));
        bench.send(request.expect("a request")).await
    };
    let expected = [
        (
            json!({ "fault": "rate_limited", "reason": "endpoint-rate", "on": "refresh_account", "times": 2 }),
            Fault::rate_limited(RateLimit::EndpointRate).on("refresh_account").times(2),
        ),
        (json!({ "fault": "lock_timeout" }), Fault::lock_timeout()),
        (json!({ "fault": "api_key_expired" }), Fault::api_key_expired()),
        (json!({ "fault": "permission_denied" }), Fault::permission_denied()),
        (
            json!({ "fault": "internal_error", "should_retry": false }),
            Fault::internal_error().should_retry(false),
        ),
        (json!({ "fault": "internal_error_kept" }), Fault::internal_error_kept()),
        (json!({ "fault": "unavailable" }), Fault::unavailable()),
        (json!({ "fault": "bad_gateway" }), Fault::bad_gateway()),
        (json!({ "fault": "connection_closed" }), Fault::connection_closed()),
        (json!({ "fault": "reply_lost" }), Fault::reply_lost()),
        (json!({ "fault": "slow_head", "milliseconds": 20 }), Fault::slow_head(Duration::from_millis(20))),
        (json!({ "fault": "slow_body", "milliseconds": 20 }), Fault::slow_body(Duration::from_millis(20))),
        (json!({ "fault": "truncated_json" }), Fault::truncated_json()),
        (json!({ "fault": "broken_body" }), Fault::broken_body()),
        (json!({ "fault": "refresh_fails", "feature": "balance" }), Fault::refresh_fails(Feature::Balance)),
        (
            json!({ "fault": "refresh_fails", "feature": "balance", "outcome": "failed_and_inactive" }),
            Fault::refresh_ends(Feature::Balance, RefreshOutcome::FailedAndInactive),
        ),
        (
            json!({ "fault": "institution_down", "institution": "Harbor Bank" }),
            Fault::institution_down("Harbor Bank"),
        ),
        (json!({ "fault": "webhook_duplicated" }), Fault::webhook_duplicated()),
        (json!({ "fault": "webhook_delayed", "seconds": 5 }), Fault::webhook_delayed(Duration::from_secs(5))),
        (json!({ "fault": "webhooks_reversed", "count": 2 }), Fault::webhooks_reversed(2)),
        (
            json!({ "fault": "webhook_lost", "from": 3, "times": 2 }),
            Fault::webhook_lost().from_nth(3).times(2),
        ),
    ];
    for (body, _) in &expected {
        control(body.clone()).await.ok();
    }
    assert_eq!(bench.sandbox.faults().pending(), expected.map(|(_, fault)| fault));
    for (body, remedy) in [
        (json!({ "fault": "earthquake" }), "earthquake"),
        (json!({ "fault": "rate_limited" }), "global-rate"),
        (json!({ "fault": "slow_head" }), "milliseconds"),
        (json!({ "fault": 5 }), "no fault is called 5"),
        (json!({ "times": 5 }), "missing field `fault`"),
        (
            json!({ "fault": "rate_limited", "reason": "mood" }),
            "unknown variant `mood`, expected one of `global-rate`",
        ),
        (json!({ "fault": "refresh_fails" }), "missing field `feature`"),
        (json!({ "fault": "unavailable", "milliseconds": 5 }), "takes no `milliseconds`"),
        (
            json!({ "fault": "slow_head", "milliseconds": 5, "seconds": 5 }),
            "`slow_head {milliseconds}` takes no `seconds`",
        ),
        (json!({ "fault": "unavailable", "on": "nothing" }), "nothing"),
        (json!({ "fault": "unavailable", "often": true }), "often"),
    ] {
        let refusal = control(body).await;
        assert_eq!(refusal.status, 400);
        assert!(
            refusal.body["sandbox_error"].as_str().is_some_and(|text| text.contains(remedy)),
            "{:?}",
            refusal.body
        );
    }
    let clear = axum::http::Request::delete("/_sandbox/faults").body(Body::empty()).expect("a request");
    assert_eq!(bench.send(clear).await.ok(), json!({ "faults": [] }));
}
