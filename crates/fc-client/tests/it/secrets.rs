//! No secret is ever shown.

use std::error::Error as _;
use std::fmt::Debug;

use fc_client::types::SessionId;
use fc_client::{ApiKey, Client, Config, ErrorKind};

use crate::support::server::{Reply, Server, answer};
use crate::support::{KEY, account, client, config, http_client};

fn assert_hidden(value: &impl Debug) {
    let shown = format!("{value:?} {value:#?}");
    assert!(!shown.contains("SECRET0123456789"), "{shown}");
    assert!(!shown.contains("Bearer"), "{shown}");
}

/// Every public type of this crate that holds a key, a client secret or what may hold one.
#[tokio::test]
async fn debug_of_what_holds_a_secret_does_not_show_it() {
    let session = r#"{"id":"fcsess_1","livemode":false,"client_secret":"fcsess_client_secret_SECRET0123456789",
        "object":"financial_connections.session","account_holder":null,"permissions":[],"prefetch":null,
        "accounts":{"object":"list","data":[],"has_more":false,"url":"/v1/financial_connections/accounts"}}"#;
    let cut_short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
    let cookie = ["Set-Cookie: SECRET0123456789", "Request-Id: req_1"];
    let server = Server::start([
        answer(200, &cookie, session),
        answer(400, &cookie, "{}"),
        answer(200, &cookie, &session.replace("false", "\"SECRET0123456789\"")),
        Reply::Bytes(cut_short.into()),
        Reply::Bytes("gibberish SECRET0123456789".into()),
    ])
    .await;
    let key = ApiKey::new(KEY).unwrap();
    assert_hidden(&key);
    let config = config(&server)
        .with_max_retries(0)
        .with_proxy("http://user:SECRET0123456789@localhost:1")
        .with_http_client(http_client().build().unwrap());
    assert_hidden(&config);
    let client = client(&server);
    assert_hidden(&client);
    assert_hidden(client.retry_budget());

    let request = client.retrieve_session(SessionId::unchecked("fcsess_1"));
    assert_hidden(&request);
    assert_hidden(&client.refresh_account(account(), ["balance"]));
    let response = request.clone().send_response().await.unwrap();
    assert!(response.body().ends_with(b"accounts\"}}"));
    assert_hidden(&response);
    assert_hidden(&response.map(|session| session.client_secret));
    for kind in [ErrorKind::InvalidRequest, ErrorKind::Decode, ErrorKind::Connection, ErrorKind::Connection] {
        let error = request.clone().send().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_hidden(&error);
        assert!(!error.to_string().contains("SECRET"), "{error}");
        let mut source = error.source();
        while let Some(cause) = source {
            let shown = format!("{cause} {cause:?}");
            assert!(!shown.contains("SECRET") && !shown.contains("/v1/"), "{shown}");
            source = cause.source();
        }
    }
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn debug_of_settings_does_not_show_credentials_in_a_url() {
    let config = || Config::new(ApiKey::new(KEY).unwrap());
    assert_hidden(&config().with_base_url("https://user:SECRET0123456789@host"));
    assert_hidden(&config().with_base_url("https://host?key=SECRET0123456789"));
    let error = Client::new(config().with_base_url("https://user:SECRET0123456789@host")).unwrap_err();
    assert_hidden(&error);
}

/// Enough is shown to tell one set-up from another.
#[test]
fn debug_shows_what_is_no_secret() {
    let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url("http://127.0.0.1:1");
    let client = Client::new(config.clone()).unwrap();
    for shown in [format!("{config:?}"), format!("{client:?}")] {
        assert!(shown.contains("sk_test_…") && shown.contains("http://127.0.0.1:1"), "{shown}");
        assert!(shown.contains("2026-09-30.endive"), "{shown}");
    }
}
