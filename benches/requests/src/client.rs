//! The measured clients. The first is the floor.

use fc_client::types::AccountId;
use fc_client::{ApiKey, Config};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use stripe_misc::financial_connections_account::RetrieveFinancialConnectionsAccount;

const ACCOUNT: &str = "fca_1MwVK82eZvKYlo2Cjw8FMxXf";
const KEY: &str = "sk_test_0123456789abcdefwxyz";

/// Any error; none is expected.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A client that can retrieve an account.
#[derive(Clone)]
pub(crate) enum Client {
    /// Pooled reqwest, which reads the bytes of the response and does not decode them.
    Bytes(reqwest::Client, String),
    /// fc-client.
    Ours(fc_client::Client, AccountId),
    /// async-stripe.
    Peer(stripe::Client),
}

/// The clients, each with its own connections to the server at `url`.
pub(crate) fn all(url: &str) -> Result<Vec<Client>, Failure> {
    // reqwest needs a TLS provider, although nothing here is encrypted.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return Err("another TLS provider is installed already".into());
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {KEY}"))?);
    headers.insert("stripe-version", HeaderValue::from_static("2026-09-30.endive"));
    let bytes = reqwest::Client::builder().default_headers(headers).no_proxy().build()?;
    let ours = fc_client::Client::new(Config::new(ApiKey::new(KEY)?).with_base_url(url))?;
    let peer = stripe::ClientBuilder::new(KEY).url(format!("{url}/")).build()?;
    Ok(vec![
        Client::Bytes(bytes, format!("{url}/v1/financial_connections/accounts/{ACCOUNT}")),
        Client::Ours(ours, ACCOUNT.parse()?),
        Client::Peer(peer),
    ])
}

impl Client {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Bytes(..) => "floor: reqwest, pooled, bytes only",
            Self::Ours(..) => "**fc-client**, typed",
            Self::Peer(_) => "async-stripe, typed",
        }
    }

    pub(crate) async fn retrieve(&self) -> Result<(), Failure> {
        match self {
            Self::Bytes(client, url) => {
                let bytes = client.get(url).send().await?.error_for_status()?.bytes().await?;
                std::hint::black_box(bytes);
            }
            Self::Ours(client, account) => {
                std::hint::black_box(client.retrieve_account(account).send().await?);
            }
            Self::Peer(client) => {
                std::hint::black_box(RetrieveFinancialConnectionsAccount::new(ACCOUNT).send(client).await?);
            }
        }
        Ok(())
    }
}
