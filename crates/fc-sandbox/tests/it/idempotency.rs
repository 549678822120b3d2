//! The `Idempotency-Key` header.

use axum::body::Body;

use crate::bench::{Bench, DAY, Response, SESSIONS, get, ids, post};

async fn create(bench: &Bench, key: &str, path: &str, form: &str) -> Response {
    let request = post(path).header("idempotency-key", key);
    bench.send(request.body(Body::from(form.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn a_repeated_key_replays_the_first_response_without_a_second_effect() {
    let bench = Bench::new();
    let first = create(&bench, "k1", "/v1/customers", "name=Jane&email=j@example.com").await;
    assert_eq!(first.header("idempotency-key"), Some("k1"));
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = create(&bench, "k1", "/v1/customers", "email=j%40example.com&name=Jane").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));
    assert_eq!(again.body, first.body);
    assert_eq!(ids(&bench.get("/v1/customers").await.ok()).len(), 1);
    create(&bench, "k2", "/v1/customers", "name=Jane&email=j@example.com").await.ok();
    assert_eq!(ids(&bench.get("/v1/customers").await.ok()).len(), 2);
}

#[tokio::test]
async fn a_key_reused_with_other_parameters_is_refused() {
    let bench = Bench::new();
    create(&bench, "k1", "/v1/customers", "name=Jane").await.ok();
    for (path, form) in [("/v1/customers", "name=Ben"), (SESSIONS, "name=Jane")] {
        let error = create(&bench, "k1", path, form).await.refused(400);
        assert_eq!(error["type"], "idempotency_error");
        assert_eq!(error.get("code"), None);
        assert!(error["message"].as_str().is_some_and(|text| text.contains("'k1'")));
    }
}

#[tokio::test]
async fn an_error_after_execution_is_saved_and_a_validation_error_is_not() {
    let bench = Bench::new();
    let nowhere = "/v1/financial_connections/accounts/fca_no/disconnect";
    create(&bench, "k1", nowhere, "").await.refused(404);
    let again = create(&bench, "k1", nowhere, "").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    again.refused(404);

    for invalid in ["nope=1", "name[]=Jane", "expand[]=nope"] {
        create(&bench, "k2", "/v1/customers", invalid).await.refused(400);
    }
    let holder = "account_holder[type]=customer&permissions[]=balances";
    create(&bench, "k2", SESSIONS, holder).await.refused(400);
    let corrected = create(&bench, "k2", "/v1/customers", "name=Jane").await;
    assert_eq!(corrected.header("idempotent-replayed"), None);
    corrected.ok();
}

#[tokio::test]
async fn idempotency_keys_belong_to_one_world_and_expire_after_a_day() {
    let bench = Bench::new();
    let first = create(&bench, "k1", "/v1/customers", "").await.ok()["id"].clone();
    let elsewhere = post("/v1/customers").header("idempotency-key", "k1").header("stripe-account", "acct_1");
    let elsewhere = bench.send(elsewhere.body(Body::empty()).expect("a request")).await;
    assert_eq!(elsewhere.header("idempotent-replayed"), None);

    bench.sandbox.clock().advance(DAY - std::time::Duration::from_secs(1));
    assert_eq!(create(&bench, "k1", "/v1/customers", "").await.ok()["id"], first);
    bench.advance(1);
    assert_ne!(create(&bench, "k1", "/v1/customers", "").await.ok()["id"], first);
}

#[tokio::test]
async fn a_key_has_1_to_255_characters() {
    let bench = Bench::new();
    create(&bench, &"k".repeat(255), "/v1/customers", "").await.ok();
    create(&bench, &"k".repeat(256), "/v1/customers", "").await.refused(400);
    create(&bench, "", "/v1/customers", "").await.refused(400);
}

/// Replaced by the same character, the bytes of two keys would be one key.
#[tokio::test]
async fn a_key_that_is_not_utf_8_is_refused() {
    let bench = Bench::new();
    let request = post("/v1/customers").header("idempotency-key", [b'k', 0xe8].as_slice());
    bench.send(request.body(Body::empty()).expect("a request")).await.refused(400);
}

#[tokio::test]
async fn a_get_ignores_the_key() {
    let bench = Bench::new();
    let ask = || async {
        let request = get("/v1/customers").header("idempotency-key", "k1").body(Body::empty());
        bench.send(request.expect("a request")).await
    };
    assert_eq!(ids(&ask().await.ok()).len(), 0);
    bench.customer().await;
    let second = ask().await;
    assert_eq!(second.header("idempotency-key"), None);
    assert_eq!(ids(&second.ok()).len(), 1);
}
