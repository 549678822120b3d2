//! API keys, connected accounts and API versions.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::AUTHORIZATION;

use crate::bench::{ACCOUNTS, Bench, KEY, TRANSACTIONS, get, ids, post};

fn with_authorization(value: &str) -> Request<Body> {
    Request::get("/v1/customers").header(AUTHORIZATION, value).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn a_request_without_a_key_gets_401_and_the_way_to_send_one() {
    let bench = Bench::new();
    let response = bench.send(Request::get("/v1/customers").body(Body::empty()).expect("a request")).await;
    assert_eq!(response.header("www-authenticate"), Some("Bearer realm=\"Stripe\""));
    let error = response.refused(401);
    assert_eq!(error["type"], "invalid_request_error");
    assert_eq!(error.get("code"), None);
    assert!(error["message"].as_str().is_some_and(|text| text.contains("Bearer")));
}

#[tokio::test]
async fn a_key_is_accepted_as_bearer_token_or_basic_user_name() {
    let bench = Bench::new();
    bench.send(with_authorization("Bearer sk_test_1")).await.ok();
    bench.send(with_authorization("bearer rk_live_1")).await.ok();
    // `sk_test_1:` in base64.
    bench.send(with_authorization("Basic c2tfdGVzdF8xOg==")).await.ok();
}

#[tokio::test]
async fn a_malformed_key_is_refused_with_its_middle_hidden() {
    let bench = Bench::new();
    for malformed in ["Bearer sk_test_", "Bearer whatever", "Token x", "Basic !", "Bearer", "Basic Og=="] {
        let error = bench.send(with_authorization(malformed)).await.refused(401);
        assert_eq!(error["type"], "invalid_request_error", "{malformed}");
    }
    let error = bench.send(with_authorization("Bearer sk_test_secretsecretsecret!wxyz")).await.refused(401);
    assert_eq!(error["message"], "Invalid API Key provided: sk_test_****wxyz");
}

#[tokio::test]
async fn a_publishable_key_is_refused_with_its_own_code() {
    let error = Bench::new().send(with_authorization("Bearer pk_test_1")).await.refused(403);
    assert_eq!(error["code"], "secret_key_required");
    assert_eq!(error["doc_url"], "https://stripe.com/docs/error-codes/secret-key-required");
}

#[tokio::test]
async fn the_key_is_checked_before_the_path() {
    let bench = Bench::new();
    bench.send(Request::get("/v1/nothing").body(Body::empty()).expect("a request")).await.refused(401);
}

#[tokio::test]
async fn each_key_has_its_own_world_and_its_own_livemode() {
    let bench = Bench::new();
    let customer = bench.customer().await;
    let path = format!("/v1/customers/{customer}");
    assert_eq!(bench.get(&path).await.ok()["livemode"], false);
    for other in ["sk_test_other", "sk_live_bench"] {
        let request = Request::get(&path).header(AUTHORIZATION, format!("Bearer {other}"));
        bench.send(request.body(Body::empty()).expect("a request")).await.refused(404);
    }
    let live = Request::post("/v1/customers").header(AUTHORIZATION, "Bearer sk_live_bench");
    assert_eq!(bench.send(live.body(Body::empty()).expect("a request")).await.ok()["livemode"], true);
}

#[tokio::test]
async fn a_connected_account_has_its_own_world() {
    let bench = Bench::new();
    let list = |headers: &[(&str, &str)]| {
        let request =
            headers.iter().fold(get("/v1/customers"), |request, (name, value)| request.header(*name, *value));
        bench.send(request.body(Body::empty()).expect("a request"))
    };
    let create = post("/v1/customers").header("stripe-account", "acct_1");
    let theirs = bench.send(create.body(Body::empty()).expect("a request")).await.ok()["id"].clone();
    let platform = bench.customer().await;

    assert_eq!(ids(&list(&[]).await.ok()), [platform]);
    assert_eq!(ids(&list(&[("stripe-account", "acct_1")]).await.ok()), [theirs.as_str().expect("an id")]);
    assert_eq!(ids(&list(&[("stripe-context", "acct_1")]).await.ok()), [theirs.as_str().expect("an id")]);
    assert_eq!(ids(&list(&[("stripe-account", "acct_2")]).await.ok()), [""; 0]);
    assert_eq!(list(&[("stripe-account", "cus_1")]).await.refused(403)["code"], "account_invalid");
    list(&[("stripe-account", "acct_1"), ("stripe-context", "acct_2")]).await.refused(400);
}

#[tokio::test]
async fn a_version_is_echoed_if_it_is_honoured_and_refused_if_not() {
    let bench = Bench::new();
    let ask = |version: &str| {
        bench.send(
            get("/v1/customers").header("stripe-version", version).body(Body::empty()).expect("a request"),
        )
    };
    for version in ["2026-10-28.endive", "2023-08-16", "2025-11-17.clover", "2026-10-28.endive; some_beta=v1"]
    {
        let response = ask(version).await;
        assert_eq!(response.header("stripe-version"), Some(version));
        response.ok();
    }
    for version in [
        "",
        "latest",
        "; some_beta=v1",
        "2026-13-01",
        "2026-10-28.",
        "2026-10-28.Endive",
        "20261028",
        "2026-10-28endive",
        "2024-06-20.preview",
        "2027-03-31.fig",
        "2026-10-28",
    ] {
        assert_eq!(ask(version).await.refused(400)["type"], "invalid_request_error", "{version}");
    }
    assert_eq!(bench.get("/v1/customers").await.header("stripe-version"), Some("2026-09-30.endive"));
}

#[tokio::test]
async fn every_response_has_its_own_request_id() {
    let bench = Bench::new();
    let mut seen = std::collections::HashSet::new();
    for path in ["/v1/customers", "/v1/customers/cus_no", "/v1/nothing", "/v1/customers?limit=x"] {
        let response = bench.get(path).await;
        let id = response.header("request-id").expect("an id").to_owned();
        assert!(id.starts_with("req_"));
        if response.status != 200 {
            let log = response.body["error"]["request_log_url"].as_str().expect("the address of the log");
            assert!(log.ends_with(&id) && log.contains("/test/logs/"));
        }
        assert!(seen.insert(id));
    }
}

#[tokio::test]
async fn the_debug_output_of_the_handle_shows_no_secret() {
    let bench = Bench::new();
    let session = bench.session(&["balances"], "").await;
    let endpoint = bench.post("/v1/webhook_endpoints", "url=http://localhost/&enabled_events[]=*").await.ok();
    let shown = format!("{:?}", bench.sandbox);
    for secret in [&session["client_secret"], &endpoint["secret"], &KEY.into()] {
        assert!(!shown.contains(secret.as_str().expect("a text")), "{shown}");
    }
}

#[tokio::test]
async fn the_error_for_an_id_of_the_other_mode_says_so() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench.refreshed(&account, "transactions").await;
    let transactions = bench.get(&format!("{TRANSACTIONS}?account={account}&limit=1")).await.ok();
    let transaction = ids(&transactions).remove(0);
    let hint = "a similar object exists in test mode, but a live mode key was used";
    for path in [
        format!("{ACCOUNTS}/{account}"),
        format!("{TRANSACTIONS}/{transaction}"),
        format!("{TRANSACTIONS}?account={account}"),
    ] {
        let ask = async |key: &str| {
            let request = Request::get(&path).header(AUTHORIZATION, format!("Bearer {key}"));
            let error =
                bench.send(request.body(Body::empty()).expect("a request")).await.body["error"].clone();
            assert_eq!(error["code"], "resource_missing", "{path}");
            error["message"].as_str().expect("a message").contains(hint)
        };
        assert!(ask("sk_live_bench").await, "{path}");
        assert!(!ask("sk_live_other").await, "the hint does not look into worlds of other keys: {path}");
        assert!(!ask("sk_test_other").await, "{path}");
    }
}

#[tokio::test]
async fn keys_and_ids_of_accounts_have_a_longest_length() {
    let bench = Bench::new();
    let with_key = |length: usize| {
        let key = format!("sk_test_{}", "a".repeat(length - "sk_test_".len()));
        Request::get("/v1/customers").header(AUTHORIZATION, format!("Bearer {key}")).body(Body::empty())
    };
    bench.send(with_key(255).expect("a request")).await.ok();
    bench.send(with_key(256).expect("a request")).await.refused(401);
    let as_account = |length: usize| {
        let account = format!("acct_{}", "a".repeat(length - "acct_".len()));
        crate::bench::get("/v1/customers").header("stripe-account", account).body(Body::empty())
    };
    bench.send(as_account(255).expect("a request")).await.ok();
    bench.send(as_account(256).expect("a request")).await.refused(403);
}

#[tokio::test]
async fn every_response_has_a_request_id() {
    let bench = Bench::new();
    for (method, path) in [
        ("GET", "/v1/customers"),
        ("GET", "/v1/nothing"),
        ("PATCH", "/v1/customers"),
        ("GET", "/v1/customers/%ff"),
        ("GET", "/_sandbox/clock"),
        ("PATCH", "/_sandbox/clock"),
        ("GET", "/_sandbox/nothing"),
        ("GET", "/_sandbox/link"),
        ("GET", "/_sandbox/link/session"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        let response = bench.respond(request).await;
        let ids: Vec<_> = response.headers().get_all("request-id").iter().collect();
        let is_id = |id: &&axum::http::HeaderValue| id.to_str().is_ok_and(|id| id.starts_with("req_"));
        assert!(ids.len() == 1 && ids.iter().all(is_id), "{method} {path}: {ids:?}");
    }
}
