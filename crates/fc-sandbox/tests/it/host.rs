//! The check of `Host` on every route, and who may call the controls.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, HOST};
use fc_sandbox::Sandbox;

use crate::bench::{Bench, KEY, in_time};

/// One path of each kind: Stripe's, unknown, controls, pages, and what the pages call.
const PATHS: [&str; 9] = [
    "/v1/customers",
    "/v1/nothing",
    "/",
    "/_sandbox",
    "/_sandbox/clock",
    "/_sandbox/link",
    "/_sandbox/fc.js",
    "/_sandbox/example",
    "/_sandbox/link/session",
];

async fn status(bench: &Bench, path: &str, host: &str) -> u16 {
    let request = Request::get(path).header(HOST, host).header(AUTHORIZATION, format!("Bearer {KEY}"));
    bench.respond(request.body(Body::empty()).expect("a request")).await.status().as_u16()
}

#[tokio::test]
async fn a_name_of_a_web_site_is_refused_on_every_route() {
    let bench = Bench::new();
    for path in PATHS {
        for host in ["rebound.example", "rebound.example:12111", "localhost.rebound.example", "a b", ""] {
            assert_eq!(status(&bench, path, host).await, 403, "{path} {host:?}");
        }
        for host in ["127.0.0.1", "localhost:12111", "localhost.", "bank.localhost", "[::1]:12111"] {
            assert_ne!(status(&bench, path, host).await, 403, "{path} {host}");
        }
    }
    let request = Request::get("/v1/customers").header(HOST, "localhost").header(HOST, "rebound.example");
    assert_eq!(bench.respond(request.body(Body::empty()).expect("a request")).await.status(), 403);
    // A page at an address was loaded from that address.
    assert_eq!(status(&bench, "/v1/customers", "192.0.2.1:12111").await, 200);
}

#[tokio::test]
async fn the_refusal_has_the_shape_of_its_surface_and_names_the_remedy() {
    let bench = Bench::new();
    for (path, place) in [("/v1/customers", "/error/message"), ("/_sandbox/clock", "/sandbox_error")] {
        let request = Request::get(path).header(HOST, "rebound.example").body(Body::empty());
        let response = bench.send(request.expect("a request")).await;
        let message = response.body.pointer(place).and_then(|text| text.as_str()).expect("a message");
        assert!(message.contains("127.0.0.1") && message.contains("--allow-host"), "{message}");
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert!(response.header("request-id").is_some_and(|id| id.starts_with("req_")));
    }
}

#[tokio::test]
async fn an_allowed_name_is_served_in_any_case_and_with_any_port() {
    let bench = Bench::with(|builder| builder.allow_host("Sandbox").allow_host("bank.test:12111"));
    for host in ["sandbox", "SANDBOX:12111", "bank.test", "bank.test:1"] {
        for path in ["/v1/customers", "/_sandbox/clock"] {
            assert_eq!(status(&bench, path, host).await, 200, "{path} {host}");
        }
    }
    assert_eq!(status(&bench, "/v1/customers", "sandbox.example").await, 403);
}

/// The status of a control for a caller at `peer`.
async fn control(bench: &Bench, peer: &str, headers: &[(&str, &str)]) -> u16 {
    let peer: SocketAddr = peer.parse().expect("an address");
    let mut request = Request::get("/_sandbox/clock").extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    bench.respond(request.body(Body::empty()).expect("a request")).await.status().as_u16()
}

#[tokio::test]
async fn another_machine_calls_the_controls_with_the_token_only() {
    const TOKEN: &str = "a-token-that-is-hard-to-guess";
    let bench = Bench::with(|builder| builder.control_token(TOKEN).allow_host("sandbox"));
    let sent = format!("Bearer {TOKEN}");
    let remote = "192.0.2.1:5";
    let named = ("host", "sandbox:12111");
    assert_eq!(control(&bench, remote, &[named, ("authorization", &sent)]).await, 200);
    assert_eq!(control(&bench, remote, &[("host", "192.0.2.9"), ("authorization", &sent)]).await, 200);
    let wrong = ["Bearer a-token", "Bearer ", "Bearer sk_test_a", TOKEN, "Basic YTpi", ""];
    for wrong in wrong {
        assert_eq!(control(&bench, remote, &[named, ("authorization", wrong)]).await, 403, "{wrong}");
    }
    assert_eq!(control(&bench, remote, &[named]).await, 403);
    // A page on another machine may know the token from a script, and still is a page.
    let page = [named, ("authorization", sent.as_str()), ("origin", "http://sandbox:12111")];
    assert_eq!(control(&bench, remote, &page).await, 403);
    assert_eq!(
        control(&bench, "127.0.0.1:5", &[("host", "127.0.0.1")]).await,
        200,
        "this machine needs none"
    );
    assert!(!format!("{:?}", Sandbox::builder().control_token(TOKEN)).contains(TOKEN));

    let without = Bench::new();
    assert_eq!(control(&without, remote, &[("host", "192.0.2.9"), ("authorization", &sent)]).await, 403);
}

#[tokio::test]
async fn the_controls_refuse_webhook_deliveries() {
    let bench = Bench::new();
    assert_eq!(control(&bench, "127.0.0.1:5", &[("stripe-signature", "t=1,v1=00")]).await, 403);
}

#[tokio::test]
async fn a_listening_sandbox_checks_the_name_too() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let sandbox = Sandbox::start().await.expect("a port");
    let address = sandbox.base_url().strip_prefix("http://").expect("an address");
    for (host, status) in [("rebound.example", "403"), ("localhost", "200")] {
        let mut stream = in_time(tokio::net::TcpStream::connect(address)).await.expect("a connection");
        let request = format!(
            "GET /v1/customers HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"
        );
        in_time(stream.write_all(request.as_bytes())).await.expect("written");
        let mut response = String::new();
        in_time(stream.read_to_string(&mut response)).await.expect("read");
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {response}");
    }
}
