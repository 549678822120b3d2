//! Stripe's rate limits.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use fc_sandbox::{Fault, Limits};
use serde_json::json;

use crate::bench::Bench;

#[tokio::test]
async fn calls_beyond_the_limit_are_refused_until_time_passes() {
    let bench = Bench::with(|builder| builder.limits(Limits::Live));
    let customers = || bench.get("/v1/customers");
    for _ in 0..25 {
        customers().await.ok();
    }
    // A refused call takes no fault.
    bench.sandbox.faults().inject(Fault::internal_error()).expect("a valid fault");
    let refused = customers().await;
    assert_eq!(refused.header("stripe-rate-limited-reason"), Some("endpoint-rate"));
    assert!(refused.header("request-id").is_some());
    let error = refused.refused(429);
    assert_eq!((&error["type"], &error["code"]), (&json!("invalid_request_error"), &json!("rate_limit")));
    assert_eq!(bench.sandbox.faults().pending().len(), 1);
    bench.sandbox.faults().clear();
    // All ids are one operation, and another operation has its own limit.
    for number in 0..25 {
        bench.get(&format!("/v1/customers/cus_{number}")).await.refused(404);
    }
    let refused = bench.get("/v1/customers/cus_other").await;
    assert_eq!(refused.header("stripe-rate-limited-reason"), Some("endpoint-rate"));
    bench.sandbox.clock().advance(Duration::from_millis(40));
    customers().await.ok();
    assert_eq!(customers().await.header("stripe-rate-limited-reason"), Some("endpoint-rate"));
    assert_eq!(bench.get("/_sandbox/clock").await.header("stripe-rate-limited-reason"), None);
}

#[tokio::test]
async fn each_key_has_its_own_limits_and_a_wrong_key_has_none() {
    let bench = Bench::with(|builder| builder.limits(Limits::Sandbox));
    let call = async |key: &str, path: &str| {
        let request = Request::get(path).header("authorization", format!("Bearer {key}"));
        bench.send(request.body(Body::empty()).expect("a request")).await
    };
    for number in 0..25 {
        call("sk_test_a", ["/v1/customers", "/v1/events"][number % 2]).await.ok();
    }
    let refused = call("sk_test_a", "/v1/webhook_endpoints").await;
    assert_eq!(refused.header("stripe-rate-limited-reason"), Some("global-rate"));
    call("sk_test_b", "/v1/customers").await.ok();
    for _ in 0..30 {
        let refused = call("no key", "/v1/customers").await;
        assert_eq!(refused.header("stripe-rate-limited-reason"), None);
        refused.refused(401);
    }
}

#[tokio::test]
async fn without_the_setting_there_is_no_limit() {
    let bench = Bench::new();
    for _ in 0..200 {
        bench.get("/v1/customers").await.ok();
    }
}
