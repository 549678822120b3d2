//! Shortcuts for tests of applications.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fc_sandbox::{Clock, Sandbox, SetupError, eventually};
use serde_json::json;

use crate::bench::{Bench, KEY, NOW, in_time};
use crate::receiver::Receiver;

#[tokio::test]
async fn a_customer_and_an_endpoint_are_as_the_api_would_make_them() {
    let bench = Bench::new();
    let customer = bench.sandbox.customer(KEY).expect("a key");
    let read = bench.get(&format!("/v1/customers/{customer}")).await.ok();
    assert_eq!((&read["id"], &read["created"]), (&json!(customer.as_str()), &json!(NOW)));

    let receiver = Receiver::start().await;
    let secret = bench.sandbox.webhook_endpoint(KEY, &receiver.url).expect("this machine");
    assert!(secret.starts_with("whsec_"));
    let listed = bench.get("/v1/webhook_endpoints").await.ok();
    assert_eq!(listed["data"][0]["enabled_events"], json!(["*"]));
    bench.checking().await;
    bench.deliver().await;
    assert_eq!(receiver.kinds(), ["account.created"]);
}

#[tokio::test]
async fn a_wrong_key_or_url_is_an_error_with_the_remedy() {
    let bench = Bench::new();
    for key in ["pk_test_1", "sk_test_", "", "hunter2"] {
        let error = bench.sandbox.customer(key).expect_err(key);
        assert!(error == SetupError::Key && error.to_string().contains("sk_test_123"), "{error}");
        assert_eq!(bench.sandbox.webhook_endpoint(key, "http://localhost:1/"), Err(SetupError::Key));
    }
    let error = bench.sandbox.webhook_endpoint(KEY, "https://localhost:1/").expect_err("no TLS");
    assert!(error.to_string().contains("use http://"), "{error}");
    assert!(bench.sandbox.is_empty(), "a refused call keeps nothing");
}

#[tokio::test]
async fn a_world_that_begins_with_a_customer_has_its_population() {
    let bench = Bench::with(|builder| builder.population(3, 0));
    bench.sandbox.customer(KEY).expect("a key");
    let accounts = bench.get(crate::bench::ACCOUNTS).await.ok();
    assert_eq!(crate::bench::ids(&accounts).len(), 3);
}

#[tokio::test]
async fn eventually_returns_what_the_check_found() {
    let count = AtomicU32::new(0);
    let check = async || (count.fetch_add(1, Ordering::Relaxed) == 3).then_some("found");
    assert_eq!(in_time(eventually(Duration::from_secs(30), check)).await, Ok("found"));
    assert_eq!(count.into_inner(), 4);
}

#[tokio::test(start_paused = true)]
async fn eventually_gives_up_in_time_also_while_a_check_hangs() {
    let began = tokio::time::Instant::now();
    for hangs in [false, true] {
        let check = async || {
            if hangs {
                std::future::pending::<()>().await;
            }
            None::<()>
        };
        let error = eventually(Duration::from_secs(2), check).await.expect_err("it never happens");
        assert_eq!(error.to_string(), "it did not happen within 2s");
    }
    assert_eq!(began.elapsed(), Duration::from_secs(4));
}

#[tokio::test]
async fn the_sandboxs_clock_serves_a_client_that_sleeps() {
    let sandbox = Sandbox::builder().clock(Clock::frozen(NOW)).build();
    let bench = Bench::of(&sandbox);
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance").await.ok();
    let clock = sandbox.clock().for_client();
    let began = clock.now();
    while bench.account(&account).await["balance_refresh"]["status"] == "pending" {
        clock.sleep(Duration::from_millis(250)).await;
        assert!(clock.now() - began < Duration::from_secs(60), "the refresh does not end");
    }
    assert_eq!(clock.now() - began, Duration::from_secs(1));
}
