//! What the tests share: a client, its settings, and the smallest answers that decode.

pub(crate) mod child;
pub(crate) mod clock;
pub(crate) mod server;
mod watchdog;

use fc_client::types::AccountId;
use fc_client::{ApiKey, Client, Config};

use self::clock::TestClock;
use self::server::Server;

pub(crate) const KEY: &str = "sk_test_SECRET0123456789SECRET";

/// The members that every account has.
macro_rules! account {
    () => {
        r#"{"id":"fca_1","object":"financial_connections.account","category":"cash","created":1681412208,"institution_name":"StripeBank","livemode":false,"status":"active","subcategory":"checking","supported_payment_method_types":[]}"#
    };
}

/// An account.
pub(crate) const ACCOUNT: &str = account!();

/// A page with that account.
pub(crate) const PAGE: &str = concat!(
    r#"{"object":"list","has_more":false,"url":"/v1/financial_connections/accounts","data":["#,
    account!(),
    "]}"
);

/// The defaults, with a clock that does not really sleep.
pub(crate) fn config(server: &Server) -> Config {
    Config::new(ApiKey::new(KEY).unwrap()).with_base_url(server.url()).with_clock(TestClock::new())
}

/// A client that does not retry.
pub(crate) fn client(server: &Server) -> Client {
    Client::new(config(server).with_max_retries(0)).unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::unchecked("fca_1")
}

/// An HTTP client of a caller's own, which names a TLS provider and asks no proxy of the environment.
pub(crate) fn http_client() -> reqwest::ClientBuilder {
    let provider = rustls::crypto::ring::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy()
}
