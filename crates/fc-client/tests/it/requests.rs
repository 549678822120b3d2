//! Requests, byte by byte.

use std::collections::BTreeMap;

use fc_client::types::{AccountId, ConnectedAccountId, CustomerId};
use fc_client::{ApiKey, Client, Config, Error, ErrorKind};

use crate::support::server::{Reply, Server, answer, keep_alive};
use crate::support::{ACCOUNT, KEY, PAGE, account, child, client, config};

const AGENT: &str = concat!("fc-client/", env!("CARGO_PKG_VERSION"));

async fn server() -> Server {
    Server::answering(200, &[], ACCOUNT).await
}

async fn page_server() -> Server {
    Server::answering(200, &[], PAGE).await
}

/// The value of a header in a recorded request.
fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn a_post_has_exactly_this_form() {
    let server = server().await;
    let request = client(&server).refresh_account(account(), ["balance", "ownership"]);
    let request = request.expand(["ownership"]).idempotency_key("my key/1");
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
    let server = page_server().await;
    let customer = CustomerId::unchecked("cus_é&x=1");
    let request = client(&server).list_accounts().account_holder_customer(customer);
    request.expand(["data.ownership"]).limit(3).send().await.unwrap();
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
    let server = page_server().await;
    client(&server).list_accounts().send().await.unwrap();
    assert!(server.request().starts_with("GET /v1/financial_connections/accounts HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_post_without_parameters_has_an_empty_body() {
    let server = server().await;
    client(&server).disconnect_account(account()).send().await.unwrap();
    let request = server.request();
    assert_eq!(header(&request, "content-length"), Some("0"));
    assert!(request.ends_with("\r\n\r\n"));
}

#[tokio::test]
async fn every_post_has_an_idempotency_key_of_its_own() {
    let server = Server::start([answer(200, &[], ACCOUNT), answer(200, &[], ACCOUNT)]).await;
    let request = client(&server).disconnect_account(account());
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
    let server = Server::start([answer(200, &[], PAGE), answer(200, &[], PAGE)]).await;
    let config = config(&server)
        .with_api_version("2026-10-28.endive")
        .with_app_info("shop/1.4 (https://shop.example)")
        .with_stripe_account(ConnectedAccountId::unchecked("acct_platform"));
    let client = Client::new(config).unwrap();
    client.list_accounts().send().await.unwrap();
    let other = ConnectedAccountId::unchecked("acct_other");
    client.list_accounts().stripe_account(other).send().await.unwrap();

    let requests = server.requests();
    assert_eq!(header(&requests[0], "stripe-version"), Some("2026-10-28.endive"));
    let agent = format!("{AGENT} shop/1.4 (https://shop.example)");
    assert_eq!(header(&requests[0], "user-agent"), Some(agent.as_str()));
    assert_eq!(header(&requests[0], "stripe-account"), Some("acct_platform"));
    assert_eq!(header(&requests[1], "stripe-account"), Some("acct_other"));
    assert_eq!(requests[1].matches("stripe-account").count(), 1);
}

/// Account and context are two ways to say whom a call acts for; the call's own word replaces the client's, however said.
/// The server takes one connection, so that a second pool would get no answer.
#[tokio::test]
async fn clients_of_connected_accounts_share_connections_and_retry_budget() {
    let server =
        Server::with_connections([vec![keep_alive(200, PAGE), keep_alive(200, PAGE), keep_alive(200, PAGE)]])
            .await;
    let platform = client(&server);
    let shop = platform.with_stripe_account(ConnectedAccountId::unchecked("acct_1")).unwrap();
    let context = shop.with_stripe_context("acct_2/acct_3").unwrap();
    for client in [&platform, &shop, &context] {
        client.list_accounts().send().await.unwrap();
    }
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| {
            ["stripe-account", "stripe-context"].map(|name| header(request, name).map(str::to_owned))
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(sent, [[None, None], [text("acct_1"), None], [None, text("acct_2/acct_3")]]);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| header(request, "authorization") == Some(&format!("Bearer {KEY}")))
    );
    assert_eq!(format!("{:?}", shop.retry_budget()), format!("{:?}", platform.retry_budget()));

    for refused in [
        platform.with_stripe_account(ConnectedAccountId::unchecked("")).map(drop),
        platform.with_stripe_account(ConnectedAccountId::unchecked("acct_1\r\nx: y")).map(drop),
        platform.with_stripe_context(" acct_1").map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Configuration);
    }
}

#[tokio::test]
async fn a_context_travels_in_its_header_and_a_call_overrides_whom_it_acts_for() {
    let server = Server::start((0..5).map(|_| answer(200, &[], PAGE))).await;
    let acct = ConnectedAccountId::unchecked;
    let by_context = Client::new(config(&server).with_stripe_context("acct_1/acct_2")).unwrap();
    let by_account = Client::new(config(&server).with_stripe_account(acct("acct_3"))).unwrap();
    by_context.list_accounts().send().await.unwrap();
    by_context.list_accounts().stripe_context("acct_4").send().await.unwrap();
    by_context.list_accounts().stripe_account(acct("acct_5")).send().await.unwrap();
    by_account.list_accounts().send().await.unwrap();
    by_account.list_accounts().stripe_context("acct_6").send().await.unwrap();
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
    let server = page_server().await;
    let config = config(&server).with_base_url(format!("{}/stripe/", server.url()));
    Client::new(config).unwrap().list_accounts().send().await.unwrap();
    assert!(server.request().starts_with("GET /stripe/v1/financial_connections/accounts HTTP/1.1\r\n"));
}

#[tokio::test]
async fn an_id_cannot_change_the_route() {
    let server = server().await;
    let id = AccountId::unchecked("fca_x/../y?z#\r\nX: 1");
    client(&server).disconnect_account(id).send().await.unwrap();
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
    let post = || client.disconnect_account(account());
    let no_account = ConnectedAccountId::unchecked("");
    for (result, reason) in [
        (client.disconnect_account(AccountId::unchecked("")).send().await, "the id in `account` is empty"),
        (client.disconnect_account(AccountId::unchecked("..")).send().await, "a step in a path"),
        (post().idempotency_key("").send().await, "the idempotency key is empty"),
        (post().idempotency_key("x".repeat(256)).send().await, "has 256 characters; at most 255"),
        (post().idempotency_key("a\r\nb").send().await, "at byte 1"),
        (post().idempotency_key("é").send().await, "at byte 0"),
        (post().stripe_account(no_account).send().await, "the connected account is empty"),
        (post().stripe_context("").send().await, "the Stripe context is empty"),
        (post().idempotency_key(" a").send().await, "the idempotency key begins or ends with a space"),
        (post().idempotency_key("a ").send().await, "the idempotency key begins or ends with a space"),
        (post().idempotency_key(" ").send().await, "the idempotency key begins or ends with a space"),
        (
            post().stripe_account(ConnectedAccountId::unchecked("acct_1 ")).send().await,
            "the connected account begins or ends with a space",
        ),
        (post().stripe_context(" acct_1").send().await, "the Stripe context begins or ends with a space"),
        (post().stripe_context("a\nb").send().await, "the Stripe context holds a character"),
        (
            post()
                .stripe_context("acct_1")
                .stripe_account(ConnectedAccountId::unchecked("acct_1"))
                .send()
                .await,
            "a connected account and a context are both given",
        ),
        (post().extra_param("x", f32::NAN).send().await, "parameter `x`: a number must be finite"),
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
    let server = Server::start([answer(200, &[], PAGE), answer(200, &[], ACCOUNT)]).await;
    let client = client(&server);
    let nested = BTreeMap::from([("with", vec!["a&b"])]);
    let list = client.list_accounts().extra_param("preview", nested).extra_param("x=1&y", true);
    list.send().await.unwrap();
    client.refresh_account(account(), ["balance"]).extra_param("preview", 1).send().await.unwrap();
    let [get, post] = server.requests().try_into().unwrap();
    let line = "GET /v1/financial_connections/accounts?preview[with][0]=a%26b&x%3D1%26y=true HTTP/1.1\r\n";
    assert!(get.starts_with(line), "{get}");
    assert!(post.ends_with("\r\n\r\npreview=1&features[0]=balance"), "{post}");

    let error = client.refresh_account(account(), ["balance"]).extra_param("preview", f32::NAN).send().await;
    assert_eq!(error.unwrap_err().message(), "parameter `preview`: a number must be finite");
    for value in [Some(BTreeMap::from([("limit", 1)])), None] {
        let error = client.list_accounts().extra_param("", value).send().await.unwrap_err();
        assert_eq!(error.message(), "an extra parameter has no name");
    }
}

#[tokio::test]
async fn the_first_of_several_refusals_is_reported() {
    let server = Server::start([]).await;
    let request = client(&server).disconnect_account(AccountId::unchecked(""));
    let error = request.extra_param("x", f32::NAN).idempotency_key("").send().await.unwrap_err();
    assert_eq!(error.message(), "parameter `x`: a number must be finite");
}

#[tokio::test]
async fn the_longest_idempotency_key_is_sent() {
    let server = server().await;
    let key = "x".repeat(255);
    client(&server).disconnect_account(account()).idempotency_key(&key).send().await.unwrap();
    assert_eq!(header(&server.request(), "idempotency-key"), Some(key.as_str()));
}

#[tokio::test]
async fn a_redirect_is_an_error_and_the_key_does_not_travel() {
    let target = Server::start([Reply::Stall("")]).await;
    let location = format!("Location: {}/elsewhere", target.url());
    let server = Server::answering(307, &[&location], "").await;
    let error = client(&server).list_accounts().send().await.unwrap_err();
    assert!(error.is_api());
    assert_eq!(error.status().unwrap().as_u16(), 307);
    assert!(target.requests().is_empty());
}

#[test]
fn settings_that_cannot_work_are_refused_when_the_client_is_made() {
    let config = || Config::new(ApiKey::new(KEY).unwrap()).with_base_url("http://127.0.0.1:1");
    for (config, reason) in [
        (config().with_base_url("http://api.stripe.com"), "would send the API key in the clear"),
        (config().with_api_version(""), "the API version is empty"),
        (config().with_api_version(" 2026"), "the API version begins or ends with a space"),
        (config().with_stripe_context("acct_1 "), "the Stripe context begins or ends with a space"),
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
    ] {
        let error = Client::new(config).unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(reason), "{error}");
        assert!(!error.may_have_executed());
    }
}

#[tokio::test]
async fn a_proxy_of_the_environment_does_not_get_the_key_in_the_clear() {
    let (server, proxy) = (page_server().await, Server::answering(200, &[], PAGE).await);
    let variables = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, proxy.url()));
    assert_eq!(child::list_accounts(server.url(), &variables).await, "fca_1");
    assert!(proxy.requests().is_empty());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_proxy_of_the_settings_gets_every_request() {
    let proxy = page_server().await;
    let config = Config::new(ApiKey::new(KEY).unwrap())
        .with_base_url("http://127.0.0.1:1")
        .with_proxy(proxy.url().replace("http://", "http://user:password@"));
    Client::new(config).unwrap().list_accounts().send().await.unwrap();
    let request = proxy.request();
    assert!(
        request.starts_with("GET http://127.0.0.1:1/v1/financial_connections/accounts HTTP/1.1\r\n"),
        "{request}"
    );
    // "user:password" in base 64.
    assert_eq!(header(&request, "proxy-authorization"), Some("Basic dXNlcjpwYXNzd29yZA=="));
}

/// The host is reached through a proxy on this machine, because no name of another machine is known here.
#[tokio::test]
async fn a_test_key_may_use_plain_http_to_a_named_host() {
    let proxy = page_server().await;
    let config = |key: &str| {
        let config = Config::new(ApiKey::new(key).unwrap()).with_base_url("http://sandbox:12111");
        config.with_proxy(proxy.url())
    };
    let allowed = |key: &str| Client::new(config(key).with_insecure_test_host("sandbox"));
    allowed(KEY).unwrap().list_accounts().send().await.unwrap();
    let line = "GET http://sandbox:12111/v1/financial_connections/accounts HTTP/1.1\r\n";
    assert!(proxy.request().starts_with(line), "{}", proxy.request());

    let error = allowed("sk_live_SECRET0123456789").unwrap_err();
    assert!(error.is_configuration() && error.message().contains("is for test keys only"), "{error}");
    let error = Client::new(config(KEY)).unwrap_err();
    assert!(
        error.is_configuration() && error.message().contains("Config::with_insecure_test_host"),
        "{error}"
    );
}

/// Every future must be free to move between threads.
fn assert_send<T: Send>(value: T) -> T {
    value
}

fn assert_error<T: std::error::Error + Send + Sync + 'static>() {}

#[test]
fn futures_are_send_and_results_are_small() {
    let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url("http://127.0.0.1:1");
    let client = Client::new(config).unwrap();
    // Every future that awaits this one holds it, and is copied with it.
    let future = assert_send(client.disconnect_account(account()).send());
    assert!(size_of_val(&future) <= 1_800, "the future of a call has {} bytes", size_of_val(&future));
    assert_error::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_send(client);
}
