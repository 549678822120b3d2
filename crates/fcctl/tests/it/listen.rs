//! Forwarding of events: each at least once, none lost, in order.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use fc_ext::webhook::{Secret, Verifier};
use fc_sandbox::Clock;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::bank::{Bank, NOW};
use crate::program::{Home, Running, run};
use crate::sandbox::start;

const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
const PATIENCE: Duration = Duration::from_secs(60);

/// An endpoint that records what it gets.
pub(crate) struct Endpoint {
    port: u16,
    status: Arc<AtomicU16>,
    received: Arc<Mutex<Vec<(String, Bytes)>>>,
    server: Option<Runtime>,
}

impl Endpoint {
    pub(crate) fn start() -> Self {
        let mut endpoint =
            Self { port: 0, status: Arc::new(AtomicU16::new(200)), received: Arc::default(), server: None };
        endpoint.up();
        endpoint
    }

    /// Serves, on the port of the first time.
    fn up(&mut self) {
        let runtime = Runtime::new().expect("a runtime");
        let (status, received) = (Arc::clone(&self.status), Arc::clone(&self.received));
        let app = Router::new().route(
            "/webhooks",
            post(async move |headers: HeaderMap, body: Bytes| {
                let signature = headers["stripe-signature"].to_str().expect("text").to_owned();
                received.lock().expect("no panic").push((signature, body));
                StatusCode::from_u16(status.load(Ordering::SeqCst)).expect("a status")
            }),
        );
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", self.port))).expect("a port");
        self.port = listener.local_addr().expect("an address").port();
        runtime.spawn(async move { axum::serve(listener, app).await });
        self.server = Some(runtime);
    }

    fn down(&mut self) {
        self.server.take().expect("it is up").shutdown_background();
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/webhooks", self.port)
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Ids of the events that came, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        let received = self.received.lock().expect("no panic");
        let id = |body: &Bytes| -> String {
            let json: serde_json::Value = serde_json::from_slice(body).expect("JSON");
            json["id"].as_str().expect("an id").to_owned()
        };
        received.iter().map(|(_, body)| id(body)).collect()
    }

    /// Checks every signature.
    pub(crate) fn verify(&self, secret: &str) {
        let verifier = Verifier::new(Secret::new(secret).expect("a secret"));
        for (signature, body) in self.received.lock().expect("no panic").iter() {
            let now = std::time::SystemTime::now().into();
            verifier.verify(body, signature, now).expect("a valid signature");
        }
    }

    #[track_caller]
    fn wait_for(&self, wanted: impl Fn(&[String]) -> bool) {
        let start = Instant::now();
        while !wanted(&self.ids()) {
            assert!(start.elapsed() < PATIENCE, "got {:?}", self.ids());
            std::thread::yield_now();
        }
    }
}

/// Ids without the repetitions.
fn once(ids: &[String]) -> Vec<String> {
    let mut seen = Vec::new();
    for id in ids {
        if !seen.contains(id) {
            seen.push(id.clone());
        }
    }
    seen
}

fn listen(home: &Home, server: &str, endpoint: &Endpoint, more: &[&str]) -> Running {
    let url = endpoint.url();
    let arguments =
        [&["listen", "--forward-to", &url, "--interval", "10ms", "--position", "place", "--jsonl"][..], more]
            .concat();
    Running::start(home.at(server, &arguments).env("STRIPE_WEBHOOK_SECRET", SECRET))
}

/// All events of the bank, the oldest first, with their accounts.
fn events(bank: &Bank) -> Vec<String> {
    let key = crate::program::KEY;
    bank.sandbox.events(key).iter().map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn events_are_forwarded_in_order_with_valid_signatures() {
    let bank = Bank::new();
    let endpoint = Endpoint::start();
    bank.seed(&["checking", "savings"]);
    let running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &["--from-start"]);
    let happened = events(&bank);
    endpoint.wait_for(|ids| ids.len() >= happened.len());
    assert_eq!(endpoint.ids(), happened);
    endpoint.verify(SECRET);
    let ran = running.end("-INT");
    assert_eq!(ran.code, 130);
    assert!(ran.err.contains("connected to"), "it says its state: {}", ran.err);
    // The signal may come before the row of the last event is printed.
    assert!(ran.out.lines().count() + 1 >= happened.len(), "{}", ran.out);
}

#[test]
fn a_first_run_begins_with_what_happens_from_then_on() {
    let bank = Bank::new();
    let endpoint = Endpoint::start();
    bank.seed(&["checking"]);
    let old = events(&bank);
    let _running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &[]);
    let start = Instant::now();
    while !bank.home.path().join("place").exists() {
        assert!(start.elapsed() < PATIENCE, "it does not begin");
        std::thread::yield_now();
    }
    bank.seed(&["savings"]);
    let new = &events(&bank)[old.len()..];
    endpoint.wait_for(|ids| ids.len() >= new.len());
    assert_eq!(endpoint.ids(), new);
}

#[test]
fn the_next_run_goes_on_after_the_last_event() {
    let bank = Bank::new();
    let endpoint = Endpoint::start();
    bank.seed(&["checking"]);
    for _ in 0..3 {
        let running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &["--from-start"]);
        let happened = events(&bank);
        endpoint.wait_for(|ids| ids.len() >= happened.len());
        running.signal("-KILL");
        drop(running);
        // While the listener is down. All events have the time of the frozen clock, so times tell none apart.
        bank.seed(&["savings"]);
    }
    let happened = events(&bank);
    let _running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &[]);
    endpoint.wait_for(|ids| once(ids).len() >= happened.len());
    assert_eq!(once(&endpoint.ids()), happened);
}

#[test]
fn an_endpoint_that_is_down_loses_nothing() {
    let bank = Bank::new();
    let mut endpoint = Endpoint::start();
    let _running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &["--from-start"]);
    bank.seed(&["checking"]);
    let first = events(&bank);
    endpoint.wait_for(|ids| ids.len() >= first.len());
    endpoint.down();
    bank.seed(&["savings"]);
    bank.run(&["sandbox", "clock", "advance", "1m"]).ok();
    endpoint.up();
    let happened = events(&bank);
    endpoint.wait_for(|ids| once(ids).len() >= happened.len());
    assert_eq!(once(&endpoint.ids()), happened);
}

#[test]
fn an_event_that_the_endpoint_refuses_does_not_stop_the_others() {
    let bank = Bank::new();
    let endpoint = Endpoint::start();
    endpoint.answer(500);
    bank.seed(&["checking"]);
    let happened = events(&bank);
    let running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &["--from-start"]);
    endpoint.wait_for(|ids| ids.len() >= 3);
    endpoint.answer(200);
    endpoint.wait_for(|ids| once(ids).len() >= happened.len());
    let ids = endpoint.ids();
    assert_eq!(once(&ids), happened);
    assert_eq!(ids[..3], [happened[0].clone(), happened[0].clone(), happened[0].clone()], "three attempts");
    let ran = running.end("-INT");
    assert!(ran.err.contains(&format!("fcctl resend {}", happened[0])), "{}", ran.err);
}

#[test]
fn a_sandbox_that_restarts_loses_nothing_and_the_listener_says_so() {
    let home = Home::new();
    let endpoint = Endpoint::start();
    let more = ["--data", "bank.db", "--refresh-delay", "0s"];
    let seed = |url: &str| run(&mut home.at(url, &["sandbox", "seed"])).ok();
    let happened = |url: &str| {
        let text = run(&mut home.at(url, &["events", "--csv", "--fields", "id"])).ok();
        let mut ids: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        ids.reverse();
        ids
    };
    let (server, url) = start(&home, "0", &more);
    seed(&url);
    let listener = listen(&home, &url, &endpoint, &["--from-start"]);
    let before = happened(&url);
    endpoint.wait_for(|ids| once(ids).len() >= before.len());
    assert_eq!(server.end("-TERM").code, 0);
    // The listener meets a server that is not there, and goes on.
    let port = url.rsplit(':').next().expect("a port");
    let (_server, url) = start(&home, port, &more);
    seed(&url);
    let happened = happened(&url);
    endpoint.wait_for(|ids| once(ids).len() >= happened.len());
    assert_eq!(once(&endpoint.ids()), happened);
    assert_eq!(listener.end("-INT").code, 130);
}

#[test]
fn a_server_with_an_earlier_history_is_followed_from_its_beginning() {
    let endpoint = Endpoint::start();
    let first = Bank::with(|builder| builder.clock(Clock::frozen(NOW + 90 * 86_400)));
    first.seed(&["checking"]);
    let running = listen(&first.home, first.sandbox.base_url(), &endpoint, &["--from-start"]);
    let before = events(&first).len();
    endpoint.wait_for(|ids| ids.len() >= before);
    drop(running);
    // The same place, and a sandbox that began anew. It draws the same ids.
    let second = Bank::new();
    second.seed(&["checking"]);
    let running = listen(&first.home, second.sandbox.base_url(), &endpoint, &[]);
    let happened = events(&second);
    endpoint.wait_for(|ids| ids.len() >= before + happened.len());
    assert_eq!(endpoint.ids()[before..], happened);
    assert_eq!(endpoint.ids()[..before], happened, "the ids repeat");
    assert!(running.end("-INT").err.contains("another history"));
}

#[test]
fn a_machine_that_slept_loses_nothing() {
    let bank = Bank::new();
    let endpoint = Endpoint::start();
    bank.seed(&["checking"]);
    let running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &["--from-start"]);
    let before = events(&bank);
    endpoint.wait_for(|ids| ids.len() >= before.len());
    running.signal("-STOP");
    bank.run(&["sandbox", "clock", "advance", "8h"]).ok();
    bank.seed(&["savings"]);
    running.signal("-CONT");
    let happened = events(&bank);
    endpoint.wait_for(|ids| once(ids).len() >= happened.len());
    assert_eq!(once(&endpoint.ids()), happened);
}

#[test]
fn a_step_of_the_clock_over_weeks_loses_nothing_that_the_api_still_has() {
    let bank = Bank::new();
    let endpoint = Endpoint::start();
    bank.seed(&["checking"]);
    let _running = listen(&bank.home, bank.sandbox.base_url(), &endpoint, &["--from-start"]);
    let happened = events(&bank);
    endpoint.wait_for(|ids| ids.len() >= happened.len());
    bank.run(&["sandbox", "clock", "advance", "20d"]).ok();
    bank.seed(&["savings"]);
    let happened = events(&bank);
    endpoint.wait_for(|ids| once(ids).len() >= happened.len());
    assert_eq!(once(&endpoint.ids()), happened);
}

#[test]
fn without_a_secret_one_is_drawn_and_shown() {
    let bank = Bank::new();
    let endpoint = Endpoint::start();
    bank.seed(&["checking"]);
    let url = endpoint.url();
    let arguments = ["listen", "--forward-to", &url, "--interval", "10ms", "--from-start"];
    let running = Running::start(&mut bank.home.at(bank.sandbox.base_url(), &arguments));
    endpoint.wait_for(|ids| ids.len() >= 4);
    let ran = running.end("-INT");
    let secret = ran.err.split_whitespace().find(|word| word.starts_with("whsec_")).expect("a secret");
    endpoint.verify(secret);
    let state = bank.home.path().join(".local/state/fcctl");
    assert_eq!(std::fs::read_dir(state).expect("the XDG folder").count(), 1);
}
