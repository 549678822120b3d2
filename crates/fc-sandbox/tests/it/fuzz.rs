//! Hostile input: the kept corpus, and generated forms and requests. `PROPTEST_CASES` sets how many are generated.
//!
//! An input that once failed belongs into `tests/corpus`. Whatever the input is, a form is read or refused, and a request is
//! answered or its connection is closed.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request};
use fc_sandbox::{Clock, Sandbox, form};
use proptest::prelude::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::bench::{Bench, KEY, NOW, in_time};

/// The files of one folder of the corpus, with their names.
fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let entries = std::fs::read_dir(path).expect("the corpus is there");
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.expect("readable").path();
            (path.display().to_string(), std::fs::read(&path).expect("readable"))
        })
        .collect();
    files.sort();
    assert!(files.len() > 10, "the corpus of {folder} is there");
    files
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::String(_) => 0,
        other => panic!("{other} is neither text nor object nor array"),
    }
}

/// What holds for every form.
fn check_form(text: &str) {
    match form::parse(text) {
        Ok(tree) => assert!(tree.is_object() && depth(&tree) <= 17, "{tree}"),
        Err(error) => assert!(error.to_string().chars().count() <= 200, "{error}"),
    }
}

#[test]
fn every_form_of_the_corpus_is_read_or_refused() {
    for (_, form) in corpus("form") {
        check_form(&String::from_utf8_lossy(&form));
    }
}

/// A tree as a form can express it: no array or object is empty, and no object has indices for names.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = "\\PC{0,8}".prop_map(Value::String);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-z_é]{1,6}", inner, 1..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Writes a tree as pairs, arrays with indices.
fn pairs(name: &str, value: &Value, form: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(member, value)| pairs(&format!("{name}[{member}]"), value, form));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| pairs(&format!("{name}[{at}]"), item, form));
        }
        text => form.push(format!("{}={}", escaped(name), escaped(text.as_str().expect("a leaf is text")))),
    }
}

/// A piece of a form, hostile or not.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c\\[\\]=&%+0-9]{0,12}",
        "\\PC{0,6}",
        any::<String>(),
        Just("metadata".to_owned()),
        Just("[".repeat(40)),
        Just("[b]".repeat(20)),
        Just("%ff".to_owned()),
    ]
}

/// One request of the fuzzed surface, without a socket.
#[derive(Clone, Debug)]
struct Fuzzed {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(vec![
        Method::GET,
        Method::POST,
        Method::DELETE,
        Method::PUT,
        Method::PATCH,
        Method::HEAD,
    ])
}

fn path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/v1/customers",
        "/v1/customers/search",
        "/v1/customers/cus_1",
        "/v1/events",
        "/v1/webhook_endpoints",
        "/v1/financial_connections/sessions",
        "/v1/financial_connections/accounts",
        "/v1/financial_connections/accounts/fca_1/refresh",
        "/v1/financial_connections/transactions",
        "/v1/linked_accounts",
        "/_sandbox",
        "/_sandbox/link",
        "/_sandbox/link/session",
        "/_sandbox/link/log_in",
        "/_sandbox/link/complete",
        "/_sandbox/clock",
        "/_sandbox/state",
        "/_sandbox/faults",
        "/_sandbox/accounts/fca_1/status",
    ]);
    let query =
        prop_oneof![Just(String::new()), "[a-z\\[\\]=&%0-9:'~-]{0,30}".prop_map(|query| format!("?{query}"))];
    (known, prop_oneof![4 => Just(String::new()), 1 => "[/a-zA-Z0-9_%.]{0,12}"], query)
        .prop_map(|(path, more, query)| format!("{path}{more}{query}"))
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let header = prop_oneof![
        4 => Just(("authorization", format!("Bearer {KEY}"))),
        1 => "[ -~]{0,20}".prop_map(|value| ("authorization", value)),
        1 => "[ -~]{0,40}".prop_map(|value| ("idempotency-key", value)),
        1 => "[0-9a-z.;= -]{0,24}".prop_map(|value| ("stripe-version", value)),
        1 => "[a-z_A-Z0-9]{0,24}".prop_map(|value| ("stripe-account", value)),
        1 => prop::sample::select(vec!["localhost", "127.0.0.1:1", "rebound.example", ""])
            .prop_map(|value| ("host", value.to_owned())),
        1 => "[ -~]{0,24}".prop_map(|value| ("content-type", value)),
    ];
    prop::collection::vec(header, 0..4)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.join("&").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..40),
        prop::sample::select(vec![
            r#"{"session":"x","accounts":[{"kind":"checking","transactions":4294967295}]}"#,
            r#"{"advance":18446744073709551615}"#,
            r#"{"advance":-1}"#,
            r#"{"fault":"rate_limited"}"#,
            r#"{"status":"inactive"}"#,
            r#"{"format":3,"seed":0,"clock":{"now":0,"frozen":true},"worlds":[]}"#,
            "[[[[[[[[[[",
            "null",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

fn fuzzed() -> impl Strategy<Value = Fuzzed> {
    (method(), path(), headers(), body()).prop_map(|(method, path, headers, body)| Fuzzed {
        method,
        path,
        headers,
        body,
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Sends a request and checks what holds for every response.
async fn check_request(bench: &Bench, fuzzed: &Fuzzed) {
    let Fuzzed { method, path, headers, body } = fuzzed;
    let mut request = Request::builder().method(method.clone()).uri(path);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    // Some texts are no path or no header.
    let Ok(request) = request.body(Body::from(body.clone())) else { return };
    let response = bench.respond(request).await;
    let status = response.status();
    assert!(!status.is_server_error(), "{fuzzed:?} was answered {status}");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().expect("text").to_owned());
    let body = in_time(axum::body::to_bytes(response.into_body(), usize::MAX)).await.expect("a body");
    if kind.as_deref() == Some("application/json") && *method != Method::HEAD {
        let json: Result<Value, _> = serde_json::from_slice(&body);
        assert!(json.is_ok(), "{fuzzed:?} was answered with {}", String::from_utf8_lossy(&body));
    }
}

/// Sends bytes to a listening sandbox, and returns what it sent until it closed the connection.
async fn raw(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The sandbox may close the connection in the middle.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut response = Vec::new();
    let _ = in_time(stream.read_to_end(&mut response)).await;
    response
}

/// Sends bytes, checks the response, and that the next caller is served.
async fn check_raw(sandbox: &fc_sandbox::RunningSandbox, name: &str, bytes: &[u8]) {
    let address = sandbox.base_url().strip_prefix("http://").expect("an address");
    let response = raw(address, bytes).await;
    let text = String::from_utf8_lossy(&response);
    assert!(text.is_empty() || text.starts_with("HTTP/1."), "{name}: {text}");
    assert!(!text.contains("HTTP/1.1 5"), "{name}: {text}");
    // A fault that the bytes injected must not meet the next caller.
    sandbox.faults().clear();
    let next = format!(
        "GET /v1/customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = in_time(TcpStream::connect(address)).await.expect("a connection");
    in_time(stream.write_all(next.as_bytes())).await.expect("written");
    let mut served = Vec::new();
    in_time(stream.read_to_end(&mut served)).await.expect("read");
    assert!(served.starts_with(b"HTTP/1.1 200"), "{name}: {}", String::from_utf8_lossy(&served));
}

#[tokio::test]
async fn every_request_of_the_corpus_is_answered_or_closed() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
    for (name, bytes) in corpus("http") {
        check_raw(&sandbox, &name, &bytes).await;
    }
    // Nothing was smuggled: no response to a hidden request has the state in it.
    for name in ["both_lengths.http", "two_lengths.http"] {
        let (_, bytes) = corpus("http").into_iter().find(|(path, _)| path.ends_with(name)).expect(name);
        let address = sandbox.base_url().strip_prefix("http://").expect("an address");
        let response = raw(address, &bytes).await;
        assert!(!String::from_utf8_lossy(&response).contains("\"worlds\""), "{name}");
    }
}

proptest! {
    #[test]
    fn a_form_is_read_or_refused(pieces in prop::collection::vec(piece(), 0..12)) {
        check_form(&pieces.join("&"));
        check_form(&pieces.join("="));
        check_form(&pieces.concat());
    }

    #[test]
    fn a_form_is_read_as_it_was_written(members in prop::collection::btree_map("[a-z]{1,8}", tree(), 0..5)) {
        let tree = Value::Object(members.into_iter().filter(|(name, _)| name != "metadata").collect());
        let mut form = Vec::new();
        for (name, value) in tree.as_object().expect("an object") {
            pairs(name, value, &mut form);
        }
        prop_assert_eq!(form::parse(&form.join("&")).expect("a form"), tree);
    }

    #[test]
    fn a_request_is_answered_without_a_server_error(requests in prop::collection::vec(fuzzed(), 1..12)) {
        runtime().block_on(async {
            let bench = Bench::new();
            for request in &requests {
                check_request(&bench, request).await;
            }
            // The state is sound whatever was sent.
            let copy = Sandbox::builder().build();
            copy.import(&bench.sandbox.export()).expect("an export can be imported");
        });
    }

    #[test]
    fn bytes_are_answered_or_the_connection_is_closed(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let files = corpus("http");
        let (name, mut bytes) = files[file.index(files.len())].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        runtime().block_on(async {
            let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
            check_raw(&sandbox, &name, &bytes).await;
        });
    }
}
