//! The controls at `/_sandbox/…`.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value, json};

use crate::bench::{ALL, Bench, NOW, Response, ids};

async fn control(bench: &Bench, path: &str, body: Value) -> Response {
    bench
        .send(
            Request::post(format!("/_sandbox/{path}")).body(Body::from(body.to_string())).expect("a request"),
        )
        .await
}

#[tokio::test]
async fn a_user_links_accounts_over_http() {
    let bench = Bench::new();
    let session = bench.session(ALL, "").await;
    let accounts = json!([
        { "kind": "checking", "institution": "Harbor Bank", "last4": "6789", "display_name": "House", "transactions": 3,
          "owners": [{ "name": "Jane", "phone": "+1 202-555-0100" }] },
        { "kind": "savings", "payable": false },
    ]);
    let linked =
        control(&bench, "link", json!({ "session": session["client_secret"], "accounts": accounts }))
            .await
            .ok();
    let id = linked["accounts"][0].as_str().expect("an id");
    let account = bench.refreshed(id, "ownership").await;
    assert_eq!((&account["institution_name"], &account["last4"]), (&json!("Harbor Bank"), &json!("6789")));
    let owners = format!("/v1/financial_connections/accounts/{id}?expand[]=ownership");
    assert_eq!(bench.get(&owners).await.ok()["ownership"]["owners"]["data"][0]["name"], "Jane");
    bench.refreshed(id, "transactions").await;
    let transactions = format!("/v1/financial_connections/transactions?account={id}");
    assert_eq!(ids(&bench.get(&transactions).await.ok()).len(), 3);
    let savings = bench.account(linked["accounts"][1].as_str().expect("an id")).await;
    assert_eq!(savings["supported_payment_method_types"], json!([]));
}

#[tokio::test]
async fn an_account_has_at_most_a_million_transactions() {
    let bench = Bench::new();
    let link = async |transactions: u32| {
        let session = bench.session(ALL, "").await["id"].clone();
        let accounts = json!([{ "kind": "checking" }, { "kind": "savings", "transactions": transactions }]);
        control(&bench, "link", json!({ "session": session, "accounts": accounts })).await
    };
    link(1_000_000).await.ok();
    for too_many in [1_000_001, u32::MAX] {
        let refused = link(too_many).await;
        assert_eq!(refused.status, 400);
        let reason = format!("account 1 is invalid: transactions must be at most 1000000, not {too_many}");
        assert_eq!(refused.body["sandbox_error"], reason);
    }
}

#[tokio::test]
async fn the_clock_moves_over_http() {
    let bench = Bench::new();
    let moved = control(&bench, "clock", json!({ "advance": 90 })).await.ok();
    assert_eq!(moved, json!({ "now": NOW + 90, "frozen": true }));
    assert_eq!(bench.sandbox.clock().now(), NOW + 90);
    assert_eq!(control(&bench, "clock", json!({ "frozen": false })).await.ok()["frozen"], false);
}

#[tokio::test]
async fn a_refused_step_leaves_the_clock_unchanged() {
    let bench = Bench::new();
    let refused = control(&bench, "clock", json!({ "frozen": false, "advance": 34_560_001 })).await;
    assert_eq!(refused.status, 400);
    let message = refused.body["sandbox_error"].as_str().expect("a message");
    assert!(message.contains("`advance` is at most 34560000"), "{message}");
    assert!(bench.sandbox.clock().is_frozen());
    assert_eq!(bench.sandbox.clock().now(), NOW);
}

#[tokio::test]
async fn accounts_are_deactivated_and_reactivated_over_http() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let status = |status: &'static str| control(&bench, "accounts/ID/status", json!({ "status": status }));
    assert_eq!(status("inactive").await.status, 404);
    let path = format!("accounts/{account}/status");
    control(&bench, &path, json!({ "status": "inactive" })).await.ok();
    assert_eq!(bench.account(&account).await["status"], "inactive");
    assert_eq!(control(&bench, &path, json!({ "status": "inactive" })).await.status, 400);
    control(&bench, &path, json!({ "status": "active" })).await.ok();
    let plan = json!({ "feature": "balance", "outcome": "failed" });
    control(&bench, &format!("accounts/{account}/refresh_outcomes"), plan).await.ok();
    assert_eq!(bench.refreshed(&account, "balance").await["balance_refresh"]["status"], "failed");
}

#[tokio::test]
async fn a_control_error_names_the_remedy_and_differs_from_stripes_errors() {
    let bench = Bench::new();
    let session = bench.session(ALL, "").await["id"].clone();
    for (path, body, remedy) in [
        ("link", json!({ "session": session, "accounts": [{ "kind": "current" }] }), "current"),
        ("link", json!({ "session": "fcsess_no", "accounts": [] }), "create one"),
        ("link", json!({ "session": session, "acounts": [] }), "acounts"),
        ("clock", json!({ "advance": "1h" }), "advance"),
    ] {
        let response = control(&bench, path, body).await;
        assert_eq!(response.status, 400, "{:?}", response.body);
        assert_eq!(response.body.get("error"), None);
        let message = response.body["sandbox_error"].as_str().expect("a message");
        assert!(message.contains(remedy) || message.contains("string"), "{message}");
    }
    let unknown = control(&bench, "nothing", json!({})).await;
    assert_eq!((unknown.status.as_u16(), unknown.body["sandbox_error"].is_string()), (404, true));
    let list = bench.send(Request::get("/_sandbox").body(Body::empty()).expect("a request")).await.ok();
    for control in list.as_object().expect("an object").keys() {
        let (method, path) = control.split_once(' ').expect("a method and a path");
        let request = Request::builder().method(method).uri(path.replace("{id}", "fca_no"));
        let request = request.body(Body::from("{}")).expect("a request");
        let response = bench.respond(request).await;
        // A stream has no end, and it is no error.
        if response.headers()["content-type"] == "text/event-stream" {
            continue;
        }
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        assert!(
            !String::from_utf8_lossy(&body).contains("GET /_sandbox lists"),
            "{control} is listed but does not exist"
        );
    }
}

#[tokio::test]
async fn every_error_below_sandbox_has_the_same_shape() {
    let bench = Bench::new();
    let large = " ".repeat(3_000_000);
    for (request, status, reason) in [
        ("POST /_sandbox/accounts/%FF/status", 400, "UTF-8"),
        ("POST /_sandbox/link", 413, "2 MB"),
        ("PUT /_sandbox/clock", 405, "GET /_sandbox lists"),
        ("PUT /_sandbox/link", 405, "GET /_sandbox lists"),
        ("PUT /_sandbox/link/session", 405, "GET /_sandbox lists"),
        ("DELETE /_sandbox/link/complete", 405, "GET /_sandbox lists"),
        ("DELETE /_sandbox/fc.js", 405, "GET /_sandbox lists"),
        ("PUT /_sandbox/example", 405, "GET /_sandbox lists"),
        ("POST /_sandbox", 405, "GET /_sandbox lists"),
        ("POST /_sandbox/", 405, "GET /_sandbox lists"),
        ("GET /_sandbox/link/", 404, "GET /_sandbox lists"),
    ] {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let body = if status == 413 { large.clone() } else { "{}".to_owned() };
        let sent = Request::builder().method(method).uri(path).body(Body::from(body));
        let response = bench.send(sent.expect("a request")).await;
        assert_eq!(
            (response.status.as_u16(), response.header("content-type")),
            (status, Some("application/json"))
        );
        let message = response.body["sandbox_error"].as_str().expect("a message");
        assert!(message.contains(reason), "{request}: {message}");
        assert_eq!(response.header("allow").is_some(), status == 405, "{request}");
    }
}

#[tokio::test]
async fn the_list_of_controls_answers_with_and_without_a_trailing_slash_to_this_machine_only() {
    let bench = Bench::new();
    let list = async |path: &str, host: &str| {
        bench.send(Request::get(path).header("host", host).body(Body::empty()).expect("a request")).await
    };
    assert_eq!(list("/_sandbox/", "localhost").await.ok(), list("/_sandbox", "localhost").await.ok());
    for path in ["/_sandbox", "/_sandbox/"] {
        assert_eq!(list(path, "evil.example").await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn other_machines_and_web_pages_are_refused() {
    let bench = Bench::new();
    let from = |peer: &str| {
        let peer: SocketAddr = peer.parse().expect("an address");
        let request = Request::get("/_sandbox/clock").extension(ConnectInfo(peer)).body(Body::empty());
        bench.send(request.expect("a request"))
    };
    for local in ["127.0.0.1:5", "[::1]:5", "[::ffff:127.0.0.1]:5"] {
        from(local).await.ok();
    }
    for foreign in ["192.0.2.1:5", "[2001:db8::1]:5", "[::ffff:192.0.2.1]:5"] {
        assert_eq!(from(foreign).await.status, 403, "{foreign}");
    }
    let page =
        Request::post("/_sandbox/clock").header("origin", "https://example.com").body(Body::from("{}"));
    assert_eq!(bench.send(page.expect("a request")).await.status, 403);
}

#[tokio::test]
async fn a_rebound_dns_name_is_refused() {
    let bench = Bench::new();
    let at = |host: &'static str| {
        let request = Request::get("/_sandbox/state").header("host", host).body(Body::empty());
        bench.send(request.expect("a request"))
    };
    let local =
        ["127.0.0.1", "127.0.0.1:12111", "127.9.9.9:1", "[::1]", "[::1]:12111", "[::ffff:127.0.0.1]:1"];
    for host in local.into_iter().chain(["localhost", "LocalHost:12111", "bank.localhost:12111"]) {
        assert_eq!(at(host).await.status, 200, "{host}");
    }
    let foreign =
        ["evil.example", "evil.example:12111", "localhost.evil.example", "evillocalhost", "192.0.2.1"];
    for host in foreign.into_iter().chain(["[2001:db8::1]:12111", "127.0.0.1.evil.example", "", "a b"]) {
        let refused = at(host).await;
        assert_eq!(refused.status, 403, "{host}");
        let message = refused.body["sandbox_error"].as_str().expect("a message");
        assert!(message.contains("ask 127.0.0.1"), "{message}");
    }
}
