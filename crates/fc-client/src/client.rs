//! The client: checked settings and a pool of connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fc_types::ConnectedAccountId;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};

use crate::base_url::{BaseUrl, PlainHttp};
use crate::http_client::http_client;
use crate::refusal::Refusal;
use crate::transport::Transport;
use crate::{ApiKey, Clock, Config, Error, Random, RetryBudget, header};

/// A client of the API. Cloning is cheap, and clones share their connections.
///
/// It has one method for each operation. Each returns a request, whose `send` sends it.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    api_key: ApiKey,
    base_url: BaseUrl,
    /// What every request carries.
    headers: HeaderMap,
    timeout: Duration,
    attempt_timeout: Duration,
    max_response_size: usize,
    max_retries: u32,
    retry_budget: RetryBudget,
    transport: Transport,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A configuration error, in one of these cases:
    ///
    /// - The base URL is invalid, or would carry the key over plain http to another machine.
    /// - The proxy's URL is invalid, or the proxy would see the key in the clear.
    /// - A proxy and an HTTP client of your own are both set.
    /// - A live key would go to `http://localhost` through an HTTP client of your own.
    /// - A setting cannot be sent as a header, or a connected account and a context are both set.
    /// - A time limit is zero.
    /// - The machine's certificates cannot be loaded.
    pub fn new(config: Config) -> Result<Self, Error> {
        let plain =
            PlainHttp { test_host: config.insecure_test_host.as_deref(), live_key: config.api_key.is_live() };
        let base_url = BaseUrl::parse(&config.base_url, plain)?;
        let headers = headers(&config)?;
        let limits = [
            ("connect timeout", config.connect_timeout),
            ("timeout", config.timeout),
            ("attempt timeout", config.attempt_timeout),
        ];
        for (name, limit) in limits {
            if limit.is_zero() {
                return Err(Error::configuration(format!(
                    "the {name} is zero, so that every call would fail"
                )));
            }
        }
        let transport = transport(&config, &base_url)?;
        Ok(Self {
            inner: Arc::new(Inner {
                api_key: config.api_key,
                base_url,
                headers,
                timeout: config.timeout,
                attempt_timeout: config.attempt_timeout,
                max_response_size: config.max_response_size,
                max_retries: config.max_retries,
                retry_budget: config.retry_budget,
                transport,
                random: config.random,
                clock: config.clock,
            }),
        })
    }

    /// Makes a client from the environment; see [`Config::from_env`] for the variables.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`] and [`Client::new`].
    pub fn from_env() -> Result<Self, Error> {
        Self::new(Config::from_env()?)
    }

    /// The clock of this client: retries and polling wait by it.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// The budget of retries that all calls of this client share.
    #[must_use]
    pub fn retry_budget(&self) -> &RetryBudget {
        &self.inner.retry_budget
    }

    /// A client that acts on behalf of a connected account (`Stripe-Account`) in every call. It has the key, the settings, the
    /// connections and the retry budget of this one, so making it is cheap.
    ///
    /// It replaces the connected account and the context that this client has. A request can name another
    /// (`stripe_account`).
    ///
    /// ```no_run
    /// use fc_client::Client;
    /// use fc_types::ConnectedAccountId;
    ///
    /// # async fn run(platform: Client, shop: ConnectedAccountId) -> Result<(), fc_client::Error> {
    /// let of_shop = platform.with_stripe_account(&shop)?;
    /// let accounts = of_shop.list_accounts().send().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// A configuration error: the id cannot be sent as a header.
    pub fn with_stripe_account(&self, account: impl Into<ConnectedAccountId>) -> Result<Self, Error> {
        let value = header::account(&account.into()).map_err(refused)?;
        Ok(self.with_headers(|headers| {
            headers.remove(header::STRIPE_CONTEXT);
            headers.insert(header::STRIPE_ACCOUNT, value);
        }))
    }

    /// A client that acts in a context (`Stripe-Context`: ids joined by slashes, outermost first) in every call. It has the key,
    /// the settings, the connections and the retry budget of this one, so making it is cheap.
    ///
    /// It replaces the connected account and the context that this client has. A request can name another
    /// (`stripe_context`).
    ///
    /// # Errors
    ///
    /// A configuration error: the context cannot be sent as a header.
    pub fn with_stripe_context(&self, context: impl AsRef<str>) -> Result<Self, Error> {
        let value = header::context(context.as_ref()).map_err(refused)?;
        Ok(self.with_headers(|headers| {
            headers.remove(header::STRIPE_ACCOUNT);
            headers.insert(header::STRIPE_CONTEXT, value);
        }))
    }

    /// A client with the same connections and settings that sends another API version.
    #[cfg(feature = "preview")]
    pub(crate) fn with_version(&self, version: &'static str) -> Self {
        self.with_headers(|headers| {
            headers.insert(header::STRIPE_VERSION, HeaderValue::from_static(version));
        })
    }

    /// A client with the same connections and settings that sends other headers.
    fn with_headers(&self, change: impl FnOnce(&mut HeaderMap)) -> Self {
        let mut inner = (*self.inner).clone();
        change(&mut inner.headers);
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        &self.inner.base_url
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.inner.headers
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.inner.timeout
    }

    pub(crate) fn attempt_timeout(&self) -> Duration {
        self.inner.attempt_timeout
    }

    pub(crate) fn max_response_size(&self) -> usize {
        self.inner.max_response_size
    }

    pub(crate) fn max_retries(&self) -> u32 {
        self.inner.max_retries
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.inner.transport
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.inner.random
    }
}

fn headers(config: &Config) -> Result<HeaderMap, Error> {
    let mut agent = concat!("fc-client/", env!("CARGO_PKG_VERSION")).to_owned();
    if let Some(app_info) = &config.app_info {
        agent.push(' ');
        agent.push_str(app_info);
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(AUTHORIZATION, config.api_key.authorization().clone());
    headers.insert(USER_AGENT, value("the app info", &agent)?);
    headers.insert(header::STRIPE_VERSION, value("the API version", &config.api_version)?);
    match (&config.stripe_account, &config.stripe_context) {
        (None, None) => {}
        (Some(account), None) => {
            headers.insert(header::STRIPE_ACCOUNT, header::account(account).map_err(refused)?);
        }
        (None, Some(context)) => {
            headers.insert(header::STRIPE_CONTEXT, header::context(context).map_err(refused)?);
        }
        (Some(_), Some(_)) => return Err(Error::configuration(header::BOTH_ACCOUNT_AND_CONTEXT)),
    }
    Ok(headers)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, Error> {
    header::value(name, text).map_err(refused)
}

fn refused(refusal: Refusal) -> Error {
    Error::configuration(refusal.to_string())
}

/// The HTTP client of the caller, or one of our own.
fn transport(config: &Config, base_url: &BaseUrl) -> Result<Transport, Error> {
    let Some(http) = &config.http_client else {
        let http = http_client(base_url, config.proxy.as_deref(), config.connect_timeout)?;
        return Ok(Transport::new(http));
    };
    if config.proxy.is_some() {
        return Err(Error::configuration(
            "a proxy and an HTTP client of your own are both given; set the proxy in that client",
        ));
    }
    if base_url.is_plain_localhost() && config.api_key.is_live() {
        return Err(Error::configuration(
            "base URL: with an HTTP client of your own, `localhost` may lead a live API key elsewhere; \
             write 127.0.0.1 or [::1]",
        ));
    }
    Ok(Transport::of_caller(http.clone()))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api_key", &self.inner.api_key)
            .field("base_url", &self.base_url().as_str())
            .field("stripe_version", &header::text(self.headers(), header::STRIPE_VERSION))
            .field("stripe_account", &header::text(self.headers(), header::STRIPE_ACCOUNT))
            .field("stripe_context", &header::text(self.headers(), header::STRIPE_CONTEXT))
            .field("timeout", &self.timeout())
            .field("attempt_timeout", &self.attempt_timeout())
            .field("max_response_size", &self.max_response_size())
            .field("max_retries", &self.max_retries())
            .field("retry_budget", &self.retry_budget())
            .finish_non_exhaustive()
    }
}
