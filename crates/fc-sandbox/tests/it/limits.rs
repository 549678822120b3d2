//! Limits on clients that do not finish their requests, do not read their responses, or are too many.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use fc_sandbox::{Clock, RunningSandbox, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::bench::{Bench, KEY, NOW, in_time};

async fn sandbox() -> RunningSandbox {
    Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port")
}

async fn connect(sandbox: &RunningSandbox) -> TcpStream {
    let address = sandbox.base_url().strip_prefix("http://").expect("an address");
    TcpStream::connect(address).await.expect("a connection")
}

fn head(method: &str, path: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n{more}\r\n")
}

/// Reads until the server closes the connection: what came, and after how many seconds.
async fn until_closed(stream: &mut TcpStream) -> (String, u64) {
    let began = Instant::now();
    let mut text = Vec::new();
    // A reset is a close too.
    let _ = stream.read_to_end(&mut text).await;
    (String::from_utf8_lossy(&text).into_owned(), began.elapsed().as_secs())
}

/// The tests with a paused clock take no real time: the clock jumps when everything waits for it.
#[tokio::test(start_paused = true)]
async fn a_silent_client_and_an_unfinished_head_have_30_seconds() {
    let sandbox = sandbox().await;
    for sent in ["", "GET /v1/cust", "GET /v1/customers HTTP/1.1\r\nX-Slow: a"] {
        let mut stream = connect(&sandbox).await;
        stream.write_all(sent.as_bytes()).await.expect("written");
        assert_eq!(until_closed(&mut stream).await.1, 30, "{sent}");
    }
    // The same after a response.
    let mut stream = connect(&sandbox).await;
    stream.write_all(head("GET", "/v1/customers", "").as_bytes()).await.expect("written");
    let (response, seconds) = until_closed(&mut stream).await;
    assert!(response.starts_with("HTTP/1.1 200") && seconds == 30, "{seconds} s: {response}");
}

#[tokio::test(start_paused = true)]
async fn each_next_part_of_a_body_has_10_seconds_and_the_whole_a_minute() {
    let sandbox = sandbox().await;
    for more in ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut stream = connect(&sandbox).await;
        stream.write_all(head("POST", "/v1/customers", more).as_bytes()).await.expect("written");
        let (response, seconds) = until_closed(&mut stream).await;
        assert!(response.starts_with("HTTP/1.1 400") && response.contains("did not arrive"), "{response}");
        assert_eq!(seconds, 10);
    }
    let stream = connect(&sandbox).await;
    let (mut reader, mut writer) = stream.into_split();
    writer
        .write_all(head("POST", "/v1/customers", "Content-Length: 100\r\n").as_bytes())
        .await
        .expect("written");
    let drips = tokio::spawn(async move {
        while writer.write_all(b"a").await.is_ok() {
            sleep(Duration::from_secs(9)).await;
        }
    });
    let (mut response, began) = (Vec::new(), Instant::now());
    let _ = reader.read_to_end(&mut response).await;
    assert!(response.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&response));
    assert_eq!(began.elapsed().as_secs(), 60);
    drips.abort();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_response_has_30_seconds() {
    let sandbox =
        Sandbox::builder().clock(Clock::frozen(NOW)).population(2_000, 0).start().await.expect("a port");
    Bench::of(&sandbox).get("/v1/customers").await.ok();
    let length = sandbox.export().len();
    let mut stream = connect(&sandbox).await;
    let request = "GET /_sandbox/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("written");
    sleep(Duration::from_secs(29)).await;
    sleep(Duration::from_secs(2)).await;
    let (response, _) = until_closed(&mut stream).await;
    assert!(response.starts_with("HTTP/1.1 200"), "the response began");
    assert!(response.len() < length, "and was given up: {} of {length} bytes came", response.len());
}

/// The response to a head whose body never comes.
async fn before_the_body(sandbox: &RunningSandbox, head: &str) -> String {
    let mut stream = connect(sandbox).await;
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut response = String::new();
    in_time(stream.read_to_string(&mut response)).await.expect("read");
    response
}

/// Without the rule the response comes when the body is late, with another status.
#[tokio::test]
async fn a_request_that_its_head_decides_is_answered_before_its_body() {
    let sandbox = sandbox().await;
    for body in [
        "Content-Length: 1000000\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 9\r\nExpect: 100-continue\r\n",
    ] {
        for (path, key, status) in [
            ("/v1/customers", "", "401"),
            ("/v1/customers", "Authorization: Bearer nothing\r\n", "401"),
            ("/v1/customers", "Authorization: Bearer pk_test_1\r\n", "403"),
            ("/v1/nothing", "Authorization: Bearer sk_test_1\r\n", "404"),
            ("/_sandbox/link/complete", "", "401"),
            ("/_sandbox/link/log_in", "Authorization: Bearer fcsess_client_secret_no\r\n", "401"),
            ("/_sandbox/clock", "Origin: http://localhost\r\n", "403"),
        ] {
            let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{key}{body}\r\n");
            let response = before_the_body(&sandbox, &head).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{path} {key}: {response}");
        }
        let rebound = format!("POST /v1/customers HTTP/1.1\r\nHost: rebound.example\r\n{body}\r\n");
        assert!(before_the_body(&sandbox, &rebound).await.starts_with("HTTP/1.1 403"));
    }
    let large = head("POST", "/v1/customers", "Content-Length: 1048577\r\n");
    assert!(before_the_body(&sandbox, &large).await.starts_with("HTTP/1.1 400"));
}

/// Some clients send the body after the head in a packet of its own, and read the response only then.
#[tokio::test]
async fn a_small_body_of_a_refused_request_is_read_so_the_connection_stays() {
    let sandbox = sandbox().await;
    let mut stream = connect(&sandbox).await;
    let refused = "POST /v1/customers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n";
    stream.write_all(refused.as_bytes()).await.expect("written");
    tokio::task::yield_now().await;
    let next = format!("name=Jane{}", head("GET", "/v1/customers", "Connection: close\r\n"));
    stream.write_all(next.as_bytes()).await.expect("written");
    let mut response = String::new();
    in_time(stream.read_to_string(&mut response)).await.expect("read");
    assert!(response.starts_with("HTTP/1.1 401") && response.contains("HTTP/1.1 200"), "{response}");
}

#[tokio::test]
async fn a_head_of_more_than_64_kilobytes_is_refused() {
    let sandbox = sandbox().await;
    let request = head("GET", "/v1/customers", &format!("X-Long: {}\r\n", "a".repeat(70_000)));
    let mut stream = connect(&sandbox).await;
    let _ = in_time(stream.write_all(request.as_bytes())).await;
    let (response, _) = in_time(until_closed(&mut stream)).await;
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 431"), "{response}");
}

#[tokio::test]
async fn a_request_has_at_most_1000_parameters() {
    let bench = Bench::new();
    let form =
        |count: usize| (0..count).map(|number| format!("expand[{number}]=discount&")).collect::<String>();
    bench.post("/v1/customers", &form(1000)).await.ok();
    let error = bench.post("/v1/customers", &form(1001)).await.refused(400);
    assert!(error["message"].as_str().is_some_and(|text| text.contains("1000 parameters")), "{error}");
}

#[tokio::test]
async fn every_response_says_that_its_type_is_not_to_be_guessed() {
    let bench = Bench::new();
    for path in [
        "/v1/customers",
        "/v1/nothing",
        "/_sandbox/clock",
        "/_sandbox/nothing",
        "/_sandbox/link",
        "/_sandbox/state",
    ] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = bench.respond(request).await;
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}
