//! Retries: which failures are retried, after which backoff, and until when.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use fc_client::types::Account;
use fc_client::{ApiKey, Client, Config, Error, ErrorKind, Response, RetryBudget};

use crate::support::clock::{Exhausted, Middle, TestClock};
use crate::support::server::{LOST, Reply, Server, answer, keep_alive};
use crate::support::{ACCOUNT, KEY, PAGE, account, config};

const LOCK: &str = r#"{"error":{"type":"invalid_request_error","code":"lock_timeout"}}"#;

fn ok() -> Reply {
    answer(200, &[], ACCOUNT)
}

fn page() -> Reply {
    answer(200, &[], PAGE)
}

fn fault() -> Reply {
    answer(500, &[], "{}")
}

/// A call against a script, with the default settings and a clock and random numbers of the test.
struct Run {
    server: Server,
    clock: TestClock,
    config: Config,
}

impl Run {
    async fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::on(Server::start(replies).await, TestClock::new())
    }

    fn on(server: Server, clock: TestClock) -> Self {
        let config = Config::new(ApiKey::new(KEY).unwrap())
            .with_base_url(server.url())
            .with_clock(clock.clone())
            .with_random(Middle);
        Self { server, clock, config }
    }

    fn with(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.config = change(self.config);
        self
    }

    fn client(&self) -> Client {
        Client::new(self.config.clone()).unwrap()
    }

    async fn post(&self) -> Result<Response<Account>, Error> {
        self.client().disconnect_account(account()).send_response().await
    }

    fn requests(&self) -> usize {
        self.server.requests().len()
    }
}

#[tokio::test]
async fn a_call_is_retried_unchanged_after_a_backoff_that_grows() {
    let run = Run::new([fault(), fault(), ok()]).await;
    let response = run.post().await.unwrap();
    assert_eq!(response.attempts(), 3);
    // 0.5 · 2^(n−1), of which jitter leaves three quarters, but never less than 0.5.
    assert_eq!(run.clock.sleeps(), [0.5, 0.75]);
    let requests = run.server.requests();
    assert_eq!(requests[0], requests[1]);
    assert_eq!(requests[0], requests[2]);
    assert_eq!(requests[0].matches("idempotency-key: ").count(), 1);
}

#[tokio::test]
async fn there_are_two_retries_by_default_and_the_last_error_counts() {
    let last = answer(503, &["Request-Id: req_3"], "{}");
    let run = Run::new([fault(), fault(), last, ok()]).await;
    let error = run.post().await.unwrap_err();
    assert_eq!((error.attempts(), run.requests()), (3, 3));
    assert_eq!(
        error.to_string(),
        "api fault: the answer is not in Stripe's error format (status 503, request req_3, attempts 3)"
    );
}

#[tokio::test]
async fn the_number_of_retries_is_a_setting() {
    let run = Run::new([fault(), fault(), fault(), fault(), fault(), ok()]).await;
    let run = run.with(|config| config.with_max_retries(5));
    assert_eq!(run.post().await.unwrap().attempts(), 6);
    assert_eq!(run.clock.sleeps(), [0.5, 0.75, 1.5, 3.0, 3.75]);

    let run = Run::new([fault(), ok()]).await.with(|config| config.with_max_retries(0));
    assert_eq!(run.post().await.unwrap_err().attempts(), 1);
}

#[tokio::test]
async fn a_get_is_retried_like_a_post() {
    let run = Run::new([fault(), LOST, page()]).await;
    let response = run.client().list_accounts().send_response().await.unwrap();
    assert_eq!(response.attempts(), 3);
}

#[tokio::test]
async fn the_caller_s_idempotency_key_is_sent_with_each_attempt() {
    let run = Run::new([LOST, fault(), ok()]).await;
    run.client().disconnect_account(account()).idempotency_key("mine").send().await.unwrap();
    for request in run.server.requests() {
        assert!(request.contains("\r\nidempotency-key: mine\r\n"), "{request}");
    }
}

/// The outcome of each failure, as in the official SDKs: a second attempt or none.
#[tokio::test]
async fn a_failure_decides_whether_there_is_a_second_attempt() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":";
    let limited = ["Stripe-Rate-Limited-Reason: global-rate"];
    for (name, reply, attempts) in [
        ("lost reply", LOST, 2),
        ("reset before the answer", Reply::Reset(""), 2),
        ("reset in the head", Reply::Reset("HTTP/1.1 200 O"), 2),
        ("reset in the body", Reply::Reset(half), 2),
        ("end in the body", Reply::Bytes(half.into()), 2),
        ("not HTTP", Reply::Bytes("gibberish\r\n\r\n".into()), 2),
        ("server fault", fault(), 2),
        ("HTML", answer(502, &["Content-Type: text/html"], "<html>"), 2),
        ("conflict", answer(409, &[], "{}"), 2),
        ("lock", answer(429, &[], LOCK), 2),
        ("rate limit", answer(429, &limited, "{}"), 1),
        ("rate limit, retry advised", answer(429, &["Stripe-Should-Retry: true"], "{}"), 2),
        ("lock, retry forbidden", answer(429, &["Stripe-Should-Retry: false"], LOCK), 1),
        ("server fault, retry forbidden", answer(500, &["Stripe-Should-Retry: false"], "{}"), 1),
        ("refusal", answer(400, &[], "{}"), 1),
        ("refusal, retry advised", answer(400, &["Stripe-Should-Retry: true"], "{}"), 2),
        ("not found", answer(404, &[], "{}"), 1),
        ("redirect", answer(307, &["Location: http://127.0.0.1:1/"], ""), 1),
        ("HTML as a success", answer(200, &[], "<html>"), 1),
        ("truncated JSON as a success", answer(200, &[], "{\"id\":\"fca_1\""), 2),
        ("no body as a success", answer(200, &[], ""), 2),
        ("JSON of another type as a success", answer(200, &[], "{}"), 1),
    ] {
        let run = Run::new([reply, ok()]).await;
        let outcome = run.post().await;
        let seen = outcome.as_ref().map_or_else(Error::attempts, Response::attempts);
        assert_eq!((seen, run.requests()), (attempts, attempts as usize), "{name}");
        assert_eq!(outcome.is_ok(), attempts == 2, "{name}");
        assert_eq!(run.clock.sleeps().len(), attempts as usize - 1, "{name}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_tried_again() {
    let run = Run::new([]).await;
    // The listener is gone as soon as its task has run.
    tokio::task::yield_now().await;
    let error = run.post().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3));
    assert!(!error.may_have_executed());
}

#[tokio::test]
async fn retry_after_makes_a_wait_longer_and_never_shorter() {
    let busy = |seconds: &str| answer(503, &[&format!("Retry-After: {seconds}")], "{}");
    let run = Run::new([busy("7"), busy("0"), ok()]).await;
    run.post().await.unwrap();
    assert_eq!(run.clock.sleeps(), [7.0, 0.75]);
}

#[tokio::test]
async fn without_random_numbers_there_is_no_jitter() {
    let run = Run::new([fault(), fault(), page()]).await.with(|config| config.with_random(Exhausted));
    let client = run.client();
    client.list_accounts().send().await.unwrap();
    assert_eq!(run.clock.sleeps(), [0.5, 1.0]);
    let error = client.disconnect_account(account()).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Configuration, 0));
    assert!(error.message().contains("no random numbers for an idempotency key"));
}

#[tokio::test]
async fn a_backoff_beyond_the_deadline_is_not_begun() {
    let busy = || answer(503, &["Retry-After: 50"], "{}");
    let run = Run::new([busy(), busy(), ok()]).await;
    let error = run.post().await.unwrap_err();
    // 50 of 80 seconds are over; another 50 would not fit.
    assert_eq!((run.clock.sleeps(), run.clock.elapsed().as_secs()), (vec![50.0], 50));
    assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (503, 2));

    let run = Run::new([fault(), ok()]).await.with(|config| config.with_timeout(Duration::from_millis(500)));
    assert_eq!(run.post().await.unwrap_err().attempts(), 1);
    assert!(run.clock.sleeps().is_empty());
}

/// The settings of a call override those of the client, for that call alone.
#[tokio::test]
async fn a_call_may_have_limits_of_its_own() {
    let run =
        Run::new([fault(), fault(), fault(), fault(), ok()]).await.with(|config| config.with_max_retries(1));
    let client = run.client();
    let call = || client.disconnect_account(account());
    assert_eq!(call().max_retries(0).send().await.unwrap_err().attempts(), 1);
    // The wait before the second attempt would be half a second.
    assert_eq!(call().timeout(Duration::from_millis(500)).send().await.unwrap_err().attempts(), 1);
    assert_eq!(call().max_retries(2).send_response().await.unwrap().attempts(), 3);

    let error = call().timeout(Duration::ZERO).send().await.unwrap_err();
    assert_eq!(error.message(), "the timeout is zero, so that the call would fail");
}

/// Adding the longest limit to the present must not overflow.
#[tokio::test]
async fn the_longest_limit_is_no_limit() {
    let run = Run::new([ok(), ok()]).await.with(|config| config.with_timeout(Duration::MAX));
    assert_eq!(run.post().await.unwrap().attempts(), 1);
    let run = run.with(|config| config.with_attempt_timeout(Duration::MAX));
    assert_eq!(run.post().await.unwrap().attempts(), 1);
}

/// The machine is suspended during a wait: nothing is sent when the call should long have been over.
#[tokio::test]
async fn a_clock_that_jumps_over_the_deadline_ends_the_call_with_the_last_error() {
    let run = Run::on(Server::start([fault(), ok()]).await, TestClock::jumping(Duration::from_secs(3_600)));
    let client = run.client();
    let error = client.disconnect_account(account()).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.attempts(), run.requests()), (500, 1, 1));
    assert_eq!(client.retry_budget().retries_left(), Some(RetryBudget::DEFAULT), "the retry was not sent");

    let run = Run::on(Server::start([fault(), ok()]).await, TestClock::jumping(Duration::from_secs(79)));
    assert_eq!(run.post().await.unwrap().attempts(), 2, "half a second is left");
}

/// The reply to the first attempt was lost, so the second one's refusal does not prove that nothing happened.
#[tokio::test]
async fn an_attempt_that_may_have_been_executed_is_not_forgotten() {
    for last in [answer(429, &[], "{}"), answer(400, &[], "{}")] {
        let run = Run::new([LOST, last.clone()]).await;
        let error = run.post().await.unwrap_err();
        assert!(error.may_have_executed() && error.attempts() == 2, "{error}");
        let run = Run::new([answer(429, &[], LOCK), last]).await;
        assert!(!run.post().await.unwrap_err().may_have_executed());
    }
    let run = Run::new([LOST]).await;
    let error = run.post().await.unwrap_err();
    assert!(error.may_have_executed());
    assert_eq!(error.to_string(), "connection failed: no connection could be made (attempts 3)");
}

/// The limit uses real time, because the socket does. The server answers only the third attempt.
#[tokio::test]
async fn an_attempt_that_hangs_ends_and_is_retried() {
    let run =
        Run::new([Reply::Stall(""), Reply::Stall("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), fault()])
            .await;
    let run = run.with(|config| config.with_attempt_timeout(Duration::from_millis(300)));
    let error = run.post().await.unwrap_err();
    assert_eq!((error.attempts(), run.clock.sleeps().len()), (3, 2));
    assert!(error.may_have_executed());
}

#[tokio::test]
async fn a_pooled_connection_that_was_closed_is_replaced() {
    for first in [
        // Closed when the second request arrives, and closed as soon as the first is answered.
        vec![keep_alive(200, ACCOUNT), LOST],
        vec![keep_alive(200, ACCOUNT), Reply::Reset("")],
        vec![keep_alive(200, ACCOUNT)],
    ] {
        let run = Run::on(Server::with_connections([first, vec![ok()]]).await, TestClock::new());
        let client = run.client();
        for _ in 0..2 {
            client.disconnect_account(account()).send().await.unwrap();
        }
    }
}

/// A retry that was forbidden is not made under another name, on a fresh connection or on a pooled one.
#[tokio::test]
async fn without_retries_nothing_is_sent_twice() {
    for first in [LOST, Reply::Reset(""), Reply::Reset("HTTP/1.1 200 O")] {
        let run = Run::new([first.clone(), ok()]).await.with(|config| config.with_max_retries(0));
        let error = run.post().await.unwrap_err();
        assert_eq!((error.attempts(), run.requests()), (1, 1));
        assert!(error.may_have_executed() && error.is_retryable());

        let server = Server::with_connections([vec![keep_alive(200, ACCOUNT), first], vec![ok()]]).await;
        let run = Run::on(server, TestClock::new()).with(|config| config.with_max_retries(0));
        let client = run.client();
        client.disconnect_account(account()).send().await.unwrap();
        let error = client.disconnect_account(account()).send().await.unwrap_err();
        assert_eq!((error.attempts(), run.requests()), (1, 2));
    }
}

#[tokio::test]
async fn one_connection_serves_many_calls() {
    let replies = vec![keep_alive(200, PAGE); 5];
    let run = Run::on(Server::with_connections([replies]).await, TestClock::new());
    let client = run.client();
    for _ in 0..5 {
        assert_eq!(client.list_accounts().send_response().await.unwrap().attempts(), 1);
    }
}

#[tokio::test]
async fn retries_of_failing_calls_end_for_all_calls_when_the_budget_is_used_up() {
    let run = Run::new([fault(), fault(), fault(), fault(), fault(), ok()]).await;
    let run = run.with(|config| config.with_retry_budget(RetryBudget::new(2)));
    let (first, clone) = (run.client(), run.client());
    let attempts =
        async |client: &Client| client.disconnect_account(account()).send().await.unwrap_err().attempts();
    assert_eq!(attempts(&first).await, 3);
    assert_eq!(attempts(&clone).await, 1, "settings that are cloned share the budget");
    assert_eq!(attempts(&first).await, 1);
    assert_eq!(run.clock.sleeps().len(), 2);
}

#[tokio::test]
async fn retries_of_calls_that_succeed_do_not_use_up_the_budget() {
    let run = Run::new([fault(), fault(), ok(), fault(), fault(), ok()]).await;
    let run = run.with(|config| config.with_retry_budget(RetryBudget::new(2)));
    for _ in 0..2 {
        assert_eq!(run.post().await.unwrap().attempts(), 3);
    }
}

/// Lets `call` progress until `reached`; it must not end before.
async fn until<T>(mut call: Pin<&mut impl Future<Output = T>>, reached: impl Fn() -> bool) {
    while !reached() {
        let ended = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await;
        assert!(!ended, "the call ended early");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_dropped_during_its_backoff_releases_its_retry() {
    let run = Run::on(Server::start([fault()]).await, TestClock::stopped());
    let client = run.client();
    let budget = client.retry_budget();
    {
        let mut call = pin!(client.disconnect_account(account()).send());
        until(call.as_mut(), || !run.clock.sleeps().is_empty()).await;
        assert_eq!(budget.retries_left(), Some(RetryBudget::DEFAULT - 1), "set aside");
    }
    assert_eq!(budget.retries_left(), Some(RetryBudget::DEFAULT));
}

#[tokio::test]
async fn a_call_dropped_during_a_retry_has_paid_for_it() {
    let run = Run::new([fault(), Reply::Stall("")]).await;
    let client = run.client();
    let budget = client.retry_budget();
    {
        let mut call = pin!(client.disconnect_account(account()).send());
        until(call.as_mut(), || run.requests() == 2).await;
    }
    assert_eq!(budget.retries_left(), Some(RetryBudget::DEFAULT - 1));
}

/// A client whose calls were dropped works as ever.
#[tokio::test]
async fn a_dropped_call_leaves_the_client_usable() {
    let server = Server::start([Reply::Stall(""), page()]).await;
    let client = Client::new(config(&server)).unwrap();
    {
        let mut call = pin!(client.list_accounts().send());
        until(call.as_mut(), || server.requests().len() == 1).await;
    }
    assert_eq!(client.list_accounts().send_response().await.unwrap().attempts(), 1);
}
