//! Spans and events of calls, caught with those of reqwest and hyper.
//!
//! A program of its own: `tracing` decides once for the process which places in the code have a subscriber. Other tests
//! could pass there before this one has set up its subscriber.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use fc_client::types::AccountId;
use fc_client::{ApiKey, Client, Clock, Config};
use tracing_subscriber::fmt::format::FmtSpan;

#[path = "../it/support/server.rs"]
#[allow(dead_code, reason = "not every reply is needed here")]
mod server;
#[path = "../it/support/watchdog.rs"]
mod watchdog;

use server::{LOST, Server, answer};

const KEY: &str = "sk_test_SECRET0123456789SECRET";

const ACCOUNT: &str = r#"{"id":"fca_1","object":"financial_connections.account","category":"cash","created":1681412208,
    "institution_name":"StripeBank","livemode":false,"status":"active","subcategory":"checking",
    "supported_payment_method_types":[]}"#;

thread_local! {
    /// What the test of this thread has caught; its server and its calls run on the same thread.
    static CAUGHT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the log of the thread.
struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAUGHT.with_borrow_mut(|caught| caught.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Catches everything, down to the last detail.
    fn catch() -> Self {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(FmtSpan::CLOSE)
                .with_ansi(false)
                .without_time()
                .with_writer(|| Log)
                .init();
        });
        Self
    }

    fn text(&self) -> String {
        CAUGHT.with_borrow(|caught| String::from_utf8(caught.clone()).unwrap())
    }

    /// The lines of this crate at `level`.
    fn lines(&self, level: &str) -> Vec<String> {
        let own = |line: &&str| line.trim_start().starts_with(level) && line.contains(" fc_client::");
        self.text().lines().filter(own).map(str::to_owned).collect()
    }
}

/// A clock on which a sleep is over at once.
struct Leaping(Mutex<Instant>);

impl Clock for Leaping {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        *self.0.lock().unwrap() += duration;
        Box::pin(async {})
    }
}

fn client(server: &Server) -> Client {
    let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url(server.url());
    Client::new(config.with_clock(Leaping(Mutex::new(Instant::now())))).unwrap()
}

fn assert_in_order(line: &str, parts: &[&str]) {
    let mut rest = line;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { panic!("no {part:?} in {line:?}") };
        rest = after;
    }
}

#[tokio::test]
async fn a_call_is_a_span_and_each_attempt_an_event() {
    let log = Log::catch();
    let server = Server::start([
        answer(503, &["Request-Id: req_1", "Retry-After: 7"], "{}"),
        answer(200, &["Request-Id: req_2"], ACCOUNT),
    ])
    .await;
    let client = client(&server);
    client.disconnect_account(AccountId::unchecked("fca_1")).send().await.unwrap();

    let attempts = log.lines("DEBUG");
    assert_eq!(attempts.len(), 2, "{attempts:?}");
    let failed =
        ["operation=\"disconnect_account\"", "failed", "attempt=1", "status=503", "request_id=\"req_1\""];
    assert_in_order(&attempts[0], &failed);
    assert_in_order(&attempts[0], &["duration_ms=0", "error=api fault: "]);
    let answered = [
        "disconnect_account",
        "answered",
        "attempt=2",
        "status=200",
        "request_id=\"req_2\"",
        "duration_ms=0",
    ];
    assert_in_order(&attempts[1], &answered);

    let [span] = <[String; 1]>::try_from(log.lines("INFO")).unwrap();
    let fields = [
        "operation=\"disconnect_account\"",
        "attempts=2",
        "status=200",
        "request_id=\"req_2\"",
        "duration_ms=7000",
    ];
    assert_in_order(&span, &fields);
    assert!(!span.contains("error="), "{span}");
}

#[tokio::test]
async fn the_span_of_a_failed_call_has_its_error() {
    let log = Log::catch();
    let server = Server::start([answer(200, &["Request-Id: req_1"], "{}")]).await;
    let client = client(&server);
    client.disconnect_account(AccountId::unchecked("fca_1")).send().await.unwrap_err();
    let [span] = <[String; 1]>::try_from(log.lines("INFO")).unwrap();
    assert_in_order(&span, &["attempts=1", "status=200", "error=unreadable answer: missing field `id`"]);
}

#[tokio::test]
async fn a_notice_of_stripe_s_is_a_warning() {
    let log = Log::catch();
    let server = Server::answering(200, &["Stripe-Notice: this version ends soon"], ACCOUNT).await;
    let client = client(&server);
    client.disconnect_account(AccountId::unchecked("fca_1")).send().await.unwrap();
    let [notice] = <[String; 1]>::try_from(log.lines("WARN")).unwrap();
    assert_in_order(&notice, &["operation=\"disconnect_account\"", "notice=\"this version ends soon\""]);
}

/// A header of a server in full would be one line of a log.
#[tokio::test]
async fn a_long_header_is_cut_in_each_line() {
    let log = Log::catch();
    let long = "n".repeat(20_000);
    let headers = [format!("Stripe-Notice: {long}"), format!("Request-Id: {long}")];
    let headers = headers.each_ref().map(String::as_str);
    let server = Server::start([answer(200, &headers, ACCOUNT), answer(400, &headers, "{}")]).await;
    let client = client(&server);
    for _ in 0..2 {
        let _ = client.disconnect_account(AccountId::unchecked("fca_1")).send().await;
    }
    for level in ["INFO", "WARN", "DEBUG"] {
        let lines: Vec<String> = log.lines(level).into_iter().filter(|line| line.contains("nnnn")).collect();
        assert_eq!(lines.len(), 2, "{level}");
        assert!(lines.iter().all(|line| line.len() < 3_000), "{level}");
    }
}

/// Key, idempotency key, context, query, ids and bodies, at every level and from every crate below.
#[tokio::test]
async fn no_span_or_event_holds_a_secret() {
    let log = Log::catch();
    let secret = r#"{"id":"fca_SECRET","livemode":false,"client_secret":"SECRET"}"#;
    let server = Server::start([LOST, answer(400, &[], secret), answer(200, &[], secret)]).await;
    let client = client(&server);
    for _ in 0..2 {
        let request = client.disconnect_account(AccountId::unchecked("fca_SECRET"));
        let _ = request.idempotency_key("SECRET").stripe_context("SECRET").send().await;
    }
    let text = log.text();
    assert_eq!(log.lines("INFO").len(), 2, "{text}");
    assert!(text.contains("hyper"), "the crates below are heard as well");
    assert!(!text.contains("SECRET") && !text.contains(KEY), "{text}");
}
