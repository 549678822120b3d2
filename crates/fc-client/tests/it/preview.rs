//! The client of the public preview: its version, its requests, and the settings that it shares.

use fc_client::preview::API_VERSION;
use fc_client::types::preview::{SessionHostedParams, SessionRelinkOptionsParams, SessionUiMode};

use crate::support::server::Server;
use crate::support::{ACCOUNT, PAGE, account, client};

const SESSION: &str = r#"{"id":"fcsess_1","object":"financial_connections.session","livemode":false,"permissions":[],"accounts":{"object":"list","data":[],"has_more":false,"url":"/"},"status":"pending"}"#;

#[tokio::test]
async fn each_client_sends_its_own_version() {
    let server = Server::answering(200, &[], ACCOUNT).await;
    let general = client(&server);
    let preview = general.preview();
    preview.retrieve_account(account()).send().await.unwrap();
    let version = format!("stripe-version: {API_VERSION}\r\n");
    assert!(API_VERSION.ends_with(".preview") && server.request().contains(&version));
}

#[tokio::test]
async fn the_general_client_is_as_it_was() {
    let server = Server::answering(200, &[], PAGE).await;
    let general = client(&server);
    drop(general.preview());
    general.list_accounts().send().await.unwrap();
    assert!(server.request().contains("stripe-version: 2026-09-30.endive\r\n"));
}

/// The holder is not needed to relink.
#[tokio::test]
async fn a_session_that_relinks_is_sent_in_brackets() {
    let server = Server::answering(200, &[], SESSION).await;
    let options =
        SessionRelinkOptionsParams::new("fcauth_1".parse::<fc_client::types::AuthorizationId>().unwrap())
            .with_account(account());
    let request = client(&server).preview().create_session(["balances"]).relink_options(options);
    let hosted = SessionHostedParams::default().with_delivery_method("url");
    let session = request.ui_mode(SessionUiMode::Hosted).hosted(hosted).send().await.unwrap();
    assert_eq!(session.status.unwrap().as_str(), "pending");
    let request = server.request();
    let body = request.rsplit("\r\n").next().unwrap();
    assert_eq!(
        body,
        "hosted[delivery_method]=url&permissions[0]=balances&relink_options[account]=fca_1\
         &relink_options[authorization]=fcauth_1&ui_mode=hosted"
    );
}
