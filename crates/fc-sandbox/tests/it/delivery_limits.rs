//! Limits on webhook endpoints and on deliveries to them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use fc_sandbox::{AccountSpec, Clock, Sandbox};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::bench::{Bench, KEY, NOW, SESSIONS, get, in_time};

const ENDPOINTS: &str = "/v1/webhook_endpoints";

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

async fn create(bench: &Bench, url: &str) -> Value {
    bench.post(ENDPOINTS, &format!("url={url}&enabled_events[]=*")).await.ok()
}

/// A receiver that accepts connections and says nothing. The counter has the connections that are open, and their maximum.
async fn silent_receiver() -> (String, Arc<Mutex<(usize, usize)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let open = Arc::new(Mutex::new((0, 0)));
    let counter = Arc::clone(&open);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counter = Arc::clone(&counter);
            {
                let mut open = counter.lock().expect("no panic");
                open.0 += 1;
                open.1 = open.1.max(open.0);
            }
            tokio::spawn(async move {
                let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                counter.lock().expect("no panic").0 -= 1;
            });
        }
    });
    (url, open)
}

#[tokio::test]
async fn an_account_has_at_most_16_endpoints() {
    let bench = Bench::new();
    let mut ids = Vec::new();
    for number in 0..16 {
        let created = create(&bench, &format!("http://localhost:1/{number}")).await;
        ids.push(text(&created["id"]).to_owned());
    }
    let form = "url=http://localhost:1/16&enabled_events[]=*";
    let error = bench.post(ENDPOINTS, form).await.refused(400);
    assert!(text(&error["message"]).contains("maximum of 16"), "{error}");
    assert!(bench.sandbox.webhook_endpoint(KEY, "http://localhost:1/16").is_err());
    // Each key has its own, and a deleted one makes room.
    bench.sandbox.webhook_endpoint("sk_test_other", "http://localhost:1/16").expect("another key");
    let request = get(&format!("{ENDPOINTS}/{}", ids[3])).method(Method::DELETE).body(Body::empty());
    bench.send(request.expect("a request")).await.ok();
    bench.post(ENDPOINTS, form).await.ok();
    bench.post(ENDPOINTS, form).await.refused(400);
}

#[tokio::test]
async fn at_most_32_deliveries_are_sent_at_one_time() {
    let bench = Bench::with(|builder| builder.webhook_timeout(Duration::from_millis(300)));
    let (url, open) = silent_receiver().await;
    for key in ["sk_test_a", "sk_test_b", "sk_test_c"] {
        for number in 0..16 {
            bench.sandbox.webhook_endpoint(key, &format!("{url}{number}")).expect("room for 16");
        }
        let account = link_as(&bench, key).await;
        assert!(account.starts_with("fca_"));
    }
    bench.deliver().await;
    let most = open.lock().expect("no panic").1;
    assert!((2..=32).contains(&most), "{most} at one time");
    for key in ["sk_test_a", "sk_test_b", "sk_test_c"] {
        let deliveries = bench.sandbox.deliveries(key);
        assert!(
            deliveries.len() >= 16 && deliveries.iter().all(|one| one["attempts"][0]["error"].is_string())
        );
    }
}

/// Links an account in a world of `key`.
async fn link_as(bench: &Bench, key: &str) -> String {
    let customer = bench.sandbox.customer(key).expect("a key");
    let form =
        format!("account_holder[type]=customer&account_holder[customer]={customer}&permissions[]=balances");
    let request = Request::post(SESSIONS).header("authorization", format!("Bearer {key}"));
    let session = bench.send(request.body(Body::from(form)).expect("a request")).await.ok();
    let linked =
        bench.sandbox.link(text(&session["id"]), [AccountSpec::checking()]).expect("an open session");
    linked[0].as_str().to_owned()
}

/// Each informational response asks the client to wait for another one.
#[tokio::test]
async fn a_response_without_end_fails_its_attempt_after_64_kilobytes() {
    for (start, endless) in [
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\n", "X-Long: a\r\n"),
        ("HTTP/1.1 200 OK\r\nX-Long: ", "aaaaaaaaaa"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let bench = Bench::new();
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        bench.sandbox.webhook_endpoint(KEY, &url).expect("this machine");
        bench.checking().await;
        let sent = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a delivery");
            let block = endless.repeat(1000);
            let mut sent = start.len();
            stream.write_all(start.as_bytes()).await.expect("written");
            while stream.write_all(block.as_bytes()).await.is_ok() {
                sent += block.len();
            }
            sent
        });
        bench.deliver().await;
        let deliveries = bench.sandbox.deliveries(KEY);
        let error = text(&deliveries[0]["attempts"][0]["error"]);
        assert!(!error.contains("no response within"), "it failed before the timeout: {error}");
        // What the kernel buffers is sent and never read.
        let sent = in_time(sent).await.expect("it ends");
        assert!(sent < 16_000_000, "{sent} bytes");
    }
}

#[tokio::test]
async fn a_number_that_is_no_port_is_refused() {
    let bench = Bench::new();
    let endpoint = text(&create(&bench, "http://localhost:1/").await["id"]).to_owned();
    for port in ["0", "65536", "99999", "-1", "4294967376", ""] {
        for path in [ENDPOINTS.to_owned(), format!("{ENDPOINTS}/{endpoint}")] {
            let form = format!("url=http://127.0.0.1:{port}/hook&enabled_events[]=*");
            let error = bench.post(&path, &form).await.refused(400);
            assert_eq!((&error["param"], &error["code"]), (&json!("url"), &json!("url_invalid")), "{port}");
        }
    }
}

#[tokio::test]
async fn the_sandbox_sends_no_event_to_itself() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).start().await.expect("a port");
    let port = sandbox.base_url().rsplit(':').next().expect("a port").to_owned();
    let bench = Bench::of(&sandbox);
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let form = format!("url=http://{host}:{port}/_sandbox/clock&enabled_events[]=*");
        let error = bench.post(ENDPOINTS, &form).await.refused(400);
        assert!(text(&error["message"]).contains("the sandbox itself"), "{host}: {error}");
    }
    // An endpoint of an imported state, as it was made when the sandbox had another port.
    let before = Bench::new();
    let made = before.sandbox.webhook_endpoint(KEY, &format!("http://localhost:{port}/_sandbox/clock"));
    made.expect("it does not listen there");
    before.checking().await;
    sandbox.import(&before.sandbox.export()).expect("its own export");
    bench.deliver().await;
    let attempts = &sandbox.deliveries(KEY)[0]["attempts"];
    assert!(text(&attempts[0]["error"]).contains("the sandbox itself"), "{attempts}");
}
