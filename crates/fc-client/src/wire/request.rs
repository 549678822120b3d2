//! Requests, byte by byte.

use std::collections::BTreeMap;

use fc_types::{AccountId, ConnectedAccountId};

use super::server::{Reply, Server, answer};
use super::{ACCOUNT, DisconnectAccount, KEY, ListAccounts, RefreshAccount, account, child, client, config};
use crate::call::Call;
use crate::operation::{Method, Operation};
use crate::{ApiKey, Client, Config};

const AGENT: &str = concat!("fc-client/", env!("CARGO_PKG_VERSION"));

async fn server() -> Server {
    Server::answering(200, &[], ACCOUNT).await
}

/// The value of a header in a recorded request.
fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn a_post_has_exactly_this_form() {
    let server = server().await;
    let request = RefreshAccount::new(&client(&server), account(), &["balance", "ownership"]);
    let request = request.expand("ownership").idempotency_key("my key/1");
    let account = request.stripe_account(ConnectedAccountId::unchecked("acct_1")).send().await.unwrap();
    assert_eq!(account.id, "fca_1");
    assert_eq!(
        server.request(),
        format!(
            "POST /v1/financial_connections/accounts/fca_1/refresh HTTP/1.1\r\n\
             accept: application/json\r\n\
             authorization: Bearer {KEY}\r\n\
             user-agent: {AGENT}\r\n\
             stripe-version: 2026-09-30.endive\r\n\
             stripe-account: acct_1\r\n\
             idempotency-key: my key/1\r\n\
             content-type: application/x-www-form-urlencoded\r\n\
             host: HOST\r\n\
             content-length: 61\r\n\
             \r\n\
             expand[0]=ownership&features[0]=balance&features[1]=ownership"
        )
    );
}

#[tokio::test]
async fn a_get_has_exactly_this_form() {
    let server = server().await;
    let mut request = ListAccounts::new(&client(&server));
    request.limit = Some(3.0);
    request.customer = Some("cus_é&x=1".to_owned());
    request.expand = vec!["data.ownership".to_owned()];
    request.send().await.unwrap();
    assert_eq!(
        server.request(),
        format!(
            "GET /v1/financial_connections/accounts\
             ?account_holder[customer]=cus_%C3%A9%26x%3D1&expand[0]=data.ownership&limit=3 HTTP/1.1\r\n\
             accept: application/json\r\n\
             authorization: Bearer {KEY}\r\n\
             user-agent: {AGENT}\r\n\
             stripe-version: 2026-09-30.endive\r\n\
             host: HOST\r\n\
             \r\n"
        )
    );
}

#[tokio::test]
async fn a_get_without_parameters_has_no_question_mark() {
    let server = server().await;
    ListAccounts::new(&client(&server)).send().await.unwrap();
    assert!(server.request().starts_with("GET /v1/financial_connections/accounts HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_post_without_parameters_has_an_empty_body() {
    let server = server().await;
    DisconnectAccount::new(&client(&server), account()).send().await.unwrap();
    let request = server.request();
    assert_eq!(header(&request, "content-length"), Some("0"));
    assert!(request.ends_with("\r\n\r\n"));
}

#[tokio::test]
async fn every_post_has_an_idempotency_key_of_its_own() {
    let server = Server::start([answer(200, &[], ACCOUNT), answer(200, &[], ACCOUNT)]).await;
    let request = DisconnectAccount::new(&client(&server), account());
    request.clone().send().await.unwrap();
    request.send().await.unwrap();
    let requests = server.requests();
    let keys: Vec<_> = requests.iter().map(|request| header(request, "idempotency-key").unwrap()).collect();
    assert_ne!(keys[0], keys[1]);
    for key in keys {
        assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    }
}

#[tokio::test]
async fn settings_travel_in_headers_and_a_call_overrides_the_connected_account() {
    let server = Server::start([answer(200, &[], ACCOUNT), answer(200, &[], ACCOUNT)]).await;
    let config = config(&server)
        .with_api_version("2026-10-28.endive")
        .with_app_info("shop/1.4 (https://shop.example)")
        .with_stripe_account(ConnectedAccountId::unchecked("acct_platform"));
    let client = Client::new(config).unwrap();
    ListAccounts::new(&client).send().await.unwrap();
    let other = ConnectedAccountId::unchecked("acct_other");
    ListAccounts::new(&client).stripe_account(other).send().await.unwrap();

    let requests = server.requests();
    assert_eq!(header(&requests[0], "stripe-version"), Some("2026-10-28.endive"));
    let agent = format!("{AGENT} shop/1.4 (https://shop.example)");
    assert_eq!(header(&requests[0], "user-agent"), Some(agent.as_str()));
    assert_eq!(header(&requests[0], "stripe-account"), Some("acct_platform"));
    assert_eq!(header(&requests[1], "stripe-account"), Some("acct_other"));
    assert_eq!(requests[1].matches("stripe-account").count(), 1);
}

/// Account and context are two ways to say whom a call acts for; the call's own word replaces the client's, however said.
#[tokio::test]
async fn a_context_travels_in_its_header_and_a_call_overrides_whom_it_acts_for() {
    let server = Server::start((0..5).map(|_| answer(200, &[], ACCOUNT))).await;
    let acct = ConnectedAccountId::unchecked;
    let by_context = Client::new(config(&server).with_stripe_context("acct_1/acct_2")).unwrap();
    let by_account = Client::new(config(&server).with_stripe_account(acct("acct_3"))).unwrap();
    ListAccounts::new(&by_context).send().await.unwrap();
    ListAccounts::new(&by_context).stripe_context("acct_4").send().await.unwrap();
    ListAccounts::new(&by_context).stripe_account(acct("acct_5")).send().await.unwrap();
    ListAccounts::new(&by_account).send().await.unwrap();
    ListAccounts::new(&by_account).stripe_context("acct_6").send().await.unwrap();
    let requests = server.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| (header(request, "stripe-account"), header(request, "stripe-context")))
        .collect();
    assert_eq!(
        sent,
        [
            (None, Some("acct_1/acct_2")),
            (None, Some("acct_4")),
            (Some("acct_5"), None),
            (Some("acct_3"), None),
            (None, Some("acct_6")),
        ]
    );
}

#[tokio::test]
async fn the_path_of_the_base_url_is_kept() {
    let server = server().await;
    let config = config(&server).with_base_url(format!("{}/stripe/", server.url()));
    ListAccounts::new(&Client::new(config).unwrap()).send().await.unwrap();
    assert!(server.request().starts_with("GET /stripe/v1/financial_connections/accounts HTTP/1.1\r\n"));
}

#[tokio::test]
async fn an_id_cannot_change_the_route() {
    let server = server().await;
    let id = AccountId::unchecked("fca_x/../y?z#\r\nX: 1");
    DisconnectAccount::new(&client(&server), id).send().await.unwrap();
    let request = server.request();
    assert_eq!(
        request.lines().next(),
        Some(
            "POST /v1/financial_connections/accounts/fca_x%2F..%2Fy%3Fz%23%0D%0AX%3A%201/disconnect HTTP/1.1"
        )
    );
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let server = Server::start([]).await;
    let client = client(&server);
    let post = || DisconnectAccount::new(&client, account());
    let no_account = ConnectedAccountId::unchecked("");
    let mut no_limit = ListAccounts::new(&client);
    no_limit.limit = Some(f64::NAN);
    for (result, reason) in [
        (
            DisconnectAccount::new(&client, AccountId::unchecked("")).send().await,
            "the id in `account` is empty",
        ),
        (DisconnectAccount::new(&client, AccountId::unchecked("..")).send().await, "a step in a path"),
        (post().idempotency_key("").send().await, "the idempotency key is empty"),
        (post().idempotency_key("x".repeat(256)).send().await, "has 256 characters; at most 255"),
        (post().idempotency_key("a\r\nb").send().await, "at byte 1"),
        (post().idempotency_key("é").send().await, "at byte 0"),
        (post().stripe_account(no_account).send().await, "the connected account is empty"),
        (post().stripe_context("").send().await, "the Stripe context is empty"),
        (post().stripe_context("a\nb").send().await, "the Stripe context holds a character"),
        (
            post()
                .stripe_context("acct_1")
                .stripe_account(ConnectedAccountId::unchecked("acct_1"))
                .send()
                .await,
            "a connected account and a context are both given",
        ),
        (no_limit.send().await, "parameter `limit`: a number must be finite"),
    ] {
        let error = result.unwrap_err();
        assert!(error.is_invalid_request() && error.to_string().contains(reason), "{error}");
        assert_eq!((error.status(), error.may_have_executed()), (None, false), "{error}");
        assert_eq!((error.attempts(), error.is_retryable()), (0, false), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_parameter_of_any_name_goes_where_the_others_go() {
    let server = Server::start([answer(200, &[], ACCOUNT), answer(200, &[], ACCOUNT)]).await;
    let client = client(&server);
    let nested = BTreeMap::from([("with", vec!["a&b"])]);
    let list = ListAccounts::new(&client).extra_param("preview", nested).extra_param("x=1&y", true);
    list.send().await.unwrap();
    RefreshAccount::new(&client, account(), &["balance"]).extra_param("preview", 1).send().await.unwrap();
    let [get, post] = server.requests().try_into().unwrap();
    let line = "GET /v1/financial_connections/accounts?preview[with][0]=a%26b&x%3D1%26y=true HTTP/1.1\r\n";
    assert!(get.starts_with(line), "{get}");
    assert!(post.ends_with("\r\n\r\npreview=1&features[0]=balance"), "{post}");

    let error = RefreshAccount::new(&client, account(), &[]).extra_param("preview", f32::NAN).send().await;
    assert_eq!(error.unwrap_err().message(), "parameter `preview`: a number must be finite");
    for value in [Some(BTreeMap::from([("limit", 1)])), None] {
        let error = ListAccounts::new(&client).extra_param("", value).send().await.unwrap_err();
        assert_eq!(error.message(), "an extra parameter has no name");
    }
}

#[tokio::test]
async fn the_first_of_several_refusals_is_reported() {
    let server = Server::start([]).await;
    let operation = &Operation { id: "two", method: Method::Post, path: "/v1/{id}" };
    let call = Call::new(&client(&server), operation).path(&[""]).query("limit", &f32::NAN);
    let error = call.send(|text: String, _| text).await.unwrap_err();
    assert_eq!(error.message(), "the id in `id` is empty");
}

#[tokio::test]
async fn the_longest_idempotency_key_is_sent() {
    let server = server().await;
    let key = "x".repeat(255);
    DisconnectAccount::new(&client(&server), account()).idempotency_key(&key).send().await.unwrap();
    assert_eq!(header(&server.request(), "idempotency-key"), Some(key.as_str()));
}

#[tokio::test]
async fn a_redirect_is_an_error_and_the_key_does_not_travel() {
    let target = Server::start([Reply::Stall("")]).await;
    let location = format!("Location: {}/elsewhere", target.url());
    let server = Server::answering(307, &[&location], "").await;
    let error = ListAccounts::new(&client(&server)).send().await.unwrap_err();
    assert!(error.is_api());
    assert_eq!(error.status().unwrap().as_u16(), 307);
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn an_http_client_of_the_caller_is_used() {
    let server = server().await;
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(crate::tls::none().unwrap())
        .no_proxy()
        .default_headers([("x-mine".parse().unwrap(), "1".parse().unwrap())].into_iter().collect())
        .build()
        .unwrap();
    let client = Client::new(config(&server).with_http_client(http)).unwrap();
    ListAccounts::new(&client).send().await.unwrap();
    assert_eq!(header(&server.request(), "x-mine"), Some("1"));
}

#[test]
fn settings_that_cannot_work_are_refused_when_the_client_is_made() {
    let config = || Config::new(ApiKey::new(KEY).unwrap()).with_base_url("http://127.0.0.1:1");
    for (config, reason) in [
        (config().with_base_url("http://api.stripe.com"), "would send the API key in the clear"),
        (config().with_api_version(""), "the API version is empty"),
        (config().with_api_version("2026\n"), "the API version holds a character that no header may hold"),
        (config().with_app_info("shop\r\nX: 1"), "the app info holds a character"),
        (config().with_stripe_account(ConnectedAccountId::unchecked("")), "the connected account is empty"),
        (config().with_timeout(std::time::Duration::ZERO), "the timeout is zero"),
        (config().with_connect_timeout(std::time::Duration::ZERO), "the connect timeout is zero"),
        (config().with_attempt_timeout(std::time::Duration::ZERO), "the attempt timeout is zero"),
        (config().with_stripe_context(""), "the Stripe context is empty"),
        (
            config()
                .with_stripe_context("acct_1")
                .with_stripe_account(ConnectedAccountId::unchecked("acct_1")),
            "a connected account and a context are both given",
        ),
        (config().with_proxy("http://proxy.example"), "proxy: it would be given the API key in the clear"),
        (config().with_proxy("SECRET"), "proxy: not a URL"),
        (
            config().with_proxy("http://127.0.0.1:1").with_http_client(
                reqwest::Client::builder()
                    .tls_backend_preconfigured(crate::tls::none().unwrap())
                    .build()
                    .unwrap(),
            ),
            "set the proxy in that client",
        ),
    ] {
        let error = Client::new(config).unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(reason), "{error}");
        assert!(!error.may_have_executed());
    }
}

#[tokio::test]
async fn a_proxy_of_the_environment_does_not_get_the_key_in_the_clear() {
    let (server, proxy) = (server().await, Server::answering(200, &[], ACCOUNT).await);
    let variables = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, proxy.url()));
    assert_eq!(child::list_accounts(server.url(), &variables).await, "fca_1");
    assert!(proxy.requests().is_empty());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_proxy_of_the_settings_gets_every_request() {
    let proxy = server().await;
    let config = Config::new(ApiKey::new(KEY).unwrap())
        .with_base_url("http://127.0.0.1:1")
        .with_proxy(proxy.url().replace("http://", "http://user:password@"));
    ListAccounts::new(&Client::new(config).unwrap()).send().await.unwrap();
    let request = proxy.request();
    assert!(
        request.starts_with("GET http://127.0.0.1:1/v1/financial_connections/accounts HTTP/1.1\r\n"),
        "{request}"
    );
    // "user:password" in base 64.
    assert_eq!(header(&request, "proxy-authorization"), Some("Basic dXNlcjpwYXNzd29yZA=="));
}
