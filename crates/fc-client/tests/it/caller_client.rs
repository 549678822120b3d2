//! A caller's own reqwest client.

use std::error::Error as _;
use std::time::Duration;

use fc_client::{ApiKey, Client, Config, ErrorKind};

use crate::support::server::{LOST, Reply, Server, answer};
use crate::support::{ACCOUNT, KEY, PAGE, account, config, http_client};

#[tokio::test]
async fn an_http_client_of_the_caller_is_used() {
    let server = Server::answering(200, &[], PAGE).await;
    let http = http_client()
        .default_headers([("x-mine".parse().unwrap(), "1".parse().unwrap())].into_iter().collect())
        .build()
        .unwrap();
    let client = Client::new(config(&server).with_http_client(http)).unwrap();
    client.list_accounts().send().await.unwrap();
    assert!(server.request().contains("\r\nx-mine: 1\r\n"));
}

/// Neither a sleep: the limit is that of the caller's own HTTP client, which holds beside ours.
#[tokio::test]
async fn a_limit_of_the_caller_s_http_client_is_a_timeout_too() {
    for (stall, message) in [
        ("", "no answer in time"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "the answer was not complete in time"),
    ] {
        let server = Server::start([Reply::Stall(stall)]).await;
        let http = http_client().timeout(Duration::from_millis(100)).build().unwrap();
        let client = Client::new(config(&server).with_http_client(http).with_max_retries(0)).unwrap();
        let error = client.disconnect_account(account()).send().await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, message));
        assert!(error.may_have_executed());
    }
}

#[tokio::test]
async fn a_request_that_the_caller_s_http_client_refuses_was_not_sent() {
    let server = Server::start([]).await;
    let http = http_client().https_only(true).build().unwrap();
    let client = Client::new(config(&server).with_http_client(http)).unwrap();
    let error = client.disconnect_account(account()).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Configuration, 1));
    assert!(!error.may_have_executed() && error.source().is_some());
}

#[tokio::test]
async fn failures_are_retried_as_with_the_built_in_client() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":";
    let ok = || answer(200, &[], ACCOUNT);
    let server = Server::start([LOST, Reply::Bytes(half.into()), ok()]).await;
    let client = Client::new(config(&server).with_http_client(http_client().build().unwrap())).unwrap();
    let response = client.disconnect_account(account()).send_response().await.unwrap();
    assert_eq!(response.attempts(), 3);
}

#[test]
fn a_proxy_is_set_in_the_client_itself() {
    let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url("http://127.0.0.1:1");
    let config = config.with_proxy("http://127.0.0.1:1").with_http_client(http_client().build().unwrap());
    let error = Client::new(config).unwrap_err();
    assert!(
        error.is_configuration() && error.to_string().contains("set the proxy in that client"),
        "{error}"
    );
}

/// This crate does not see where the caller's client looks the name up.
#[test]
fn a_live_key_does_not_go_to_localhost_by_name() {
    let client = |key: &str, url: &str| {
        let config = Config::new(ApiKey::new(key).unwrap()).with_base_url(url);
        Client::new(config.with_http_client(http_client().build().unwrap()))
    };
    let error = client("sk_live_1", "http://localhost:1").unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("write 127.0.0.1 or [::1]"), "{error}");
    client("sk_test_1", "http://localhost:1").unwrap();
    client("sk_live_1", "http://127.0.0.1:1").unwrap();
    client("sk_live_1", "https://localhost:1").unwrap();
}
