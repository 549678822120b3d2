//! Deliveries that are late, cancelled, copied or held back.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use fc_sandbox::{Clock, Fault, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::bench::{Bench, KEY, NOW, PATIENCE, get, in_time};
use crate::receiver::Receiver;

const ENDPOINTS: &str = "/v1/webhook_endpoints";
const HOUR: u64 = 3600;

/// Registers an endpoint for all events, and returns its id.
async fn register(bench: &Bench, url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(url, _)| url);
    let endpoint = bench.post(ENDPOINTS, &format!("url={url}&enabled_events[]=*")).await.ok();
    endpoint["id"].as_str().expect("an id").to_owned()
}

async fn update(bench: &Bench, endpoint: &str, form: &str) {
    bench.post(&format!("{ENDPOINTS}/{endpoint}"), form).await.ok();
}

fn states(bench: &Bench) -> Vec<Value> {
    bench.sandbox.deliveries(KEY).iter().map(|delivery| delivery["state"].clone()).collect()
}

async fn pending(bench: &Bench) -> Value {
    bench.get("/v1/events").await.ok()["data"][0]["pending_webhooks"].clone()
}

/// Accepts one request and reads it.
async fn accept(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = in_time(listener.accept()).await.expect("a connection");
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut part = [0; 4096];
        let length = in_time(stream.read(&mut part)).await.expect("a request");
        assert_ne!(length, 0, "the request ended early");
        request.extend_from_slice(&part[..length]);
    }
    stream
}

#[tokio::test]
async fn a_disabled_endpoint_gets_no_retries() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let endpoint = register(&bench, &receiver.url).await;
    receiver.respond_with([500]);
    bench.checking().await;
    bench.deliver().await;
    update(&bench, &endpoint, "disabled=true").await;
    bench.advance(HOUR);
    bench.deliver().await;
    assert_eq!((receiver.received().len(), states(&bench)), (1, vec![json!("cancelled")]));
    assert_eq!(pending(&bench).await, 0);
    // The attempt was due while the endpoint was disabled, so it does not come back.
    update(&bench, &endpoint, "disabled=false").await;
    bench.advance(10 * HOUR);
    bench.deliver().await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_enabled_again_before_a_retry_gets_it() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let endpoint = register(&bench, &receiver.url).await;
    receiver.respond_with([500]);
    bench.checking().await;
    bench.deliver().await;
    update(&bench, &endpoint, "disabled=true").await;
    bench.deliver().await;
    update(&bench, &endpoint, "disabled=false").await;
    bench.advance(HOUR);
    bench.deliver().await;
    assert_eq!((receiver.received().len(), states(&bench)), (2, vec![json!("succeeded")]));
}

#[tokio::test]
async fn a_delivery_that_is_cancelled_during_the_one_before_it_is_not_sent() {
    for form in [None, Some("disabled=true")] {
        let bench = Bench::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let endpoint = register(&bench, &url).await;
        // Two deliveries in one batch.
        bench.sandbox.faults().inject(Fault::webhooks_reversed(2)).expect("a fault");
        bench.checking().await;
        bench.checking().await;
        let receive = async {
            let mut stream = accept(&listener).await;
            match form {
                Some(form) => update(&bench, &endpoint, form).await,
                None => {
                    let delete = get(&format!("{ENDPOINTS}/{endpoint}")).method(Method::DELETE);
                    bench.send(delete.body(Body::empty()).expect("a request")).await.ok();
                }
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.expect("written");
            in_time(listener.accept()).await.expect("never");
        };
        tokio::select! {
            () = receive => panic!("the cancelled delivery was sent"),
            () = bench.deliver() => {}
        }
        assert!(states(&bench).contains(&json!("cancelled")), "{:?}", states(&bench));
    }
}

#[tokio::test]
async fn the_copies_of_a_duplicated_delivery_are_one_attempt() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url).await;
    bench.sandbox.faults().inject(Fault::webhook_duplicated()).expect("a fault");
    receiver.respond_with([500; 4]);
    bench.checking().await;
    for (wait, received) in [(0, 2), (HOUR, 3), (3 * HOUR, 4)] {
        bench.advance(wait);
        bench.deliver().await;
        assert_eq!(receiver.received().len(), received);
    }
    let log = bench.sandbox.deliveries(KEY).remove(0);
    assert_eq!((&log["state"], log["attempts"].as_array().map(Vec::len)), (&json!("failed"), Some(3)));

    // If only one copy arrives well, the event was delivered.
    for (delivery, statuses) in [(1, [500, 200]), (2, [200, 500])] {
        bench.sandbox.faults().inject(Fault::webhook_duplicated()).expect("a fault");
        receiver.respond_with(statuses);
        bench.checking().await;
        bench.deliver().await;
        assert_eq!(bench.sandbox.deliveries(KEY)[delivery]["state"], "succeeded", "{statuses:?}");
    }
}

#[tokio::test]
async fn clearing_the_faults_sends_what_they_held_back() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
    let bench = Bench::of(&sandbox);
    let receiver = Receiver::start().await;
    register(&bench, &receiver.url).await;
    sandbox.faults().inject(Fault::webhooks_reversed(5)).expect("a fault");
    bench.checking().await;
    // The dispatcher is idle after this.
    bench.deliver().await;
    tokio::task::yield_now().await;
    sandbox.faults().clear();
    receiver.until(1).await;
}

#[tokio::test]
async fn a_fault_that_has_happened_holds_back_no_other_endpoint() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
    let bench = Bench::of(&sandbox);
    let (held, full) = (Receiver::start().await, Receiver::start().await);
    register(&bench, &held.url).await;
    let as_connected = |form: String, path: &str| {
        crate::bench::post(path).header("stripe-account", "acct_1").body(Body::from(form)).expect("a request")
    };
    let url = full.url.split_once('?').expect("a query").0;
    bench.send(as_connected(format!("url={url}&enabled_events[]=*"), ENDPOINTS)).await.ok();
    let form = "account_holder[type]=account&account_holder[account]=acct_9&permissions[]=balances";
    let session = bench.send(as_connected(form.to_owned(), crate::bench::SESSIONS)).await.ok();
    // Both deliveries to this endpoint are due again in an hour.
    full.respond_with([500, 500]);
    let specs = [fc_sandbox::AccountSpec::checking(), fc_sandbox::AccountSpec::savings()];
    sandbox.link(session["id"].as_str().expect("an id"), specs).expect("linked");
    full.until(2).await;
    sandbox.faults().inject(Fault::webhooks_reversed(2)).expect("a fault");
    bench.checking().await;
    bench.deliver().await;
    // The dispatcher is idle after this, so that only the step of the clock wakes it, once.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(held.received().len(), 0, "one delivery has no order to reverse");
    bench.advance(HOUR);
    full.until(4).await;
    held.until(1).await;
}

#[test]
fn an_endpoint_is_free_again_after_the_runtime_of_its_worker_ended() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = runtime();
    let (bench, endpoint) = first.block_on(async {
        let bench = Bench::with(|builder| builder.webhook_timeout(10 * PATIENCE));
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint =
            register(&bench, &format!("http://{}/", silent.local_addr().expect("an address"))).await;
        bench.checking().await;
        tokio::select! {
            _ = accept(&silent) => {}
            () = bench.deliver() => panic!("the delivery to the silent endpoint ended"),
        }
        (bench, endpoint)
    });
    drop(first);
    runtime().block_on(async {
        let receiver = Receiver::start().await;
        let url = receiver.url.split_once('?').expect("a query").0.to_owned();
        update(&bench, &endpoint, &format!("url={url}")).await;
        bench.deliver().await;
        assert_eq!(receiver.received().len(), 1);
    });
}

/// Closing a connection with bytes unread resets it, and the receiver logs an error for an event that it has accepted.
#[tokio::test]
async fn the_response_of_a_receiver_is_read_to_its_end() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    register(&bench, &format!("http://{}/", listener.local_addr().expect("an address"))).await;
    bench.checking().await;
    let receive = async {
        let mut stream = accept(&listener).await;
        let body = "x".repeat(60_000);
        let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        in_time(stream.write_all(response.as_bytes())).await.expect("the response is read");
        stream
    };
    let (mut stream, ()) = tokio::join!(receive, bench.deliver());
    assert_eq!(states(&bench), [json!("succeeded")]);
    // The connection is closed now. A reset may come after the end of the stream, so the end alone proves nothing.
    assert_eq!(in_time(stream.read(&mut [0; 1])).await.expect("the connection is not reset"), 0);
    assert!(stream.take_error().expect("a socket").is_none(), "the connection is not reset");
}

#[tokio::test]
async fn a_body_that_does_not_end_does_not_undo_the_status() {
    let bench = Bench::with(|builder| builder.webhook_timeout(Duration::from_secs(5)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    register(&bench, &format!("http://{}/", listener.local_addr().expect("an address"))).await;
    bench.checking().await;
    let receive = async {
        let mut stream = accept(&listener).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx").await.expect("written");
        // Dropping the stream breaks the body off.
    };
    tokio::join!(receive, bench.deliver());
    assert_eq!(states(&bench), [json!("succeeded")]);
}
