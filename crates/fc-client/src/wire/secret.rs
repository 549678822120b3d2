//! No secret is ever shown.

use std::error::Error as _;
use std::fmt::Debug;

use super::server::{Reply, Server, answer};
use super::{ACCOUNT, DisconnectAccount, KEY, RefreshAccount, account, client, config};
use crate::{ApiKey, Client, Config};

fn assert_hidden(value: &impl Debug) {
    let shown = format!("{value:?} {value:#?}");
    assert!(!shown.contains("SECRET0123456789"), "{shown}");
    assert!(!shown.contains("Bearer"), "{shown}");
}

#[tokio::test]
async fn debug_of_what_holds_the_key_does_not_show_it() {
    let cut_short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
    let server = Server::start([
        answer(200, &[], ACCOUNT),
        answer(400, &[], "{}"),
        Reply::Bytes(Vec::new()),
        Reply::Bytes(cut_short.into()),
    ])
    .await;
    assert_hidden(&ApiKey::new(KEY).unwrap());
    assert_hidden(&config(&server));
    let client = client(&server);
    assert_hidden(&client);
    assert_hidden(&RefreshAccount::new(&client, account(), &["balance"]));
    assert_hidden(&RefreshAccount::new(&client, account(), &["balance"]).into_call());

    let request = DisconnectAccount::new(&client, account());
    assert_hidden(&request.clone().send_response().await.unwrap());
    for _ in 0..3 {
        let error = request.clone().send().await.unwrap_err();
        assert_hidden(&error);
        let mut source = error.source();
        while let Some(cause) = source {
            let shown = format!("{cause} {cause:?}");
            assert!(!shown.contains("SECRET") && !shown.contains("/v1/"), "{shown}");
            source = cause.source();
        }
    }
    assert_eq!(server.requests().len(), 4);
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
