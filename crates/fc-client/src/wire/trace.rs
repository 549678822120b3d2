//! What calls tell `tracing`, caught with everything that reqwest and hyper tell it.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::fmt::format::FmtSpan;

use super::clock::TestClock;
use super::server::{LOST, Server, answer};
use super::{DisconnectAccount, KEY, account, config};
use crate::Client;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Catches what this thread tells, down to the last detail, until the guard is dropped.
    fn catch() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        (log, set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of this crate at `level`.
    fn lines(&self, level: &str) -> Vec<String> {
        let own = |line: &&str| line.trim_start().starts_with(level) && line.contains(" fc_client::");
        self.text().lines().filter(own).map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    let (log, _guard) = Log::catch();
    let server = Server::start([
        answer(503, &["Request-Id: req_1", "Retry-After: 7"], "{}"),
        answer(200, &["Request-Id: req_2"], super::ACCOUNT),
    ])
    .await;
    let client = Client::new(config(&server)).unwrap();
    DisconnectAccount::new(&client, account()).send().await.unwrap();

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
    let (log, _guard) = Log::catch();
    let server = Server::start([answer(200, &["Request-Id: req_1"], "{}")]).await;
    let client = Client::new(config(&server)).unwrap();
    DisconnectAccount::new(&client, account()).send().await.unwrap_err();
    let [span] = <[String; 1]>::try_from(log.lines("INFO")).unwrap();
    assert_in_order(&span, &["attempts=1", "status=200", "error=unreadable answer: missing field `id`"]);
}

#[tokio::test]
async fn a_notice_of_stripe_s_is_a_warning() {
    let (log, _guard) = Log::catch();
    let server = Server::answering(200, &["Stripe-Notice: this version ends soon"], super::ACCOUNT).await;
    let client = Client::new(config(&server)).unwrap();
    DisconnectAccount::new(&client, account()).send().await.unwrap();
    let [notice] = <[String; 1]>::try_from(log.lines("WARN")).unwrap();
    assert_in_order(&notice, &["operation=\"disconnect_account\"", "notice=\"this version ends soon\""]);
}

/// Key, idempotency key, context, query, ids and bodies, at every level and from every crate below.
#[tokio::test]
async fn nothing_that_is_told_holds_a_secret() {
    let (log, _guard) = Log::catch();
    let secret = r#"{"id":"fca_SECRET","livemode":false,"client_secret":"SECRET"}"#;
    let server = Server::start([LOST, answer(400, &[], secret), answer(200, &[], secret)]).await;
    let config = config(&server).with_clock(TestClock::new()).with_timeout(Duration::from_secs(9));
    let client = Client::new(config).unwrap();
    for _ in 0..2 {
        let request = DisconnectAccount::new(&client, fc_types::AccountId::unchecked("fca_SECRET"));
        let _ = request.idempotency_key("SECRET").stripe_context("SECRET").send().await;
    }
    let text = log.text();
    assert_eq!(log.lines("INFO").len(), 2, "{text}");
    assert!(text.contains("hyper"), "the crates below are heard as well");
    assert!(!text.contains("SECRET") && !text.contains(KEY), "{text}");
}
