//! The client: settings that were found good, and a pool of connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::base_url::{self, BaseUrl};
use crate::refusal::Refusal;
use crate::transport::Transport;
use crate::{ApiKey, Clock, Config, Error, Random, RetryBudget, header, tls};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Proxy, redirect};

/// A client of the API. Cloning is cheap, and clones share their connections.
///
/// It has one method for each operation; each returns a request, which is sent by its `send`.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    api_key: ApiKey,
    base_url: BaseUrl,
    /// What every request carries.
    headers: HeaderMap,
    timeout: Duration,
    attempt_timeout: Option<Duration>,
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
    /// A configuration error when the base URL is none, or would carry the key over plain http to another machine; when
    /// the proxy has no valid URL, or would be given the key in the clear, or an HTTP client of your own was to be given
    /// one; when a setting cannot be a header; when both a connected account and a context are set; when a time limit is
    /// zero; when the machine's certificates cannot be loaded.
    pub fn new(config: Config) -> Result<Self, Error> {
        let base_url = BaseUrl::parse(&config.base_url)?;
        let headers = headers(&config)?;
        let limits = [
            ("connect timeout", Some(config.connect_timeout)),
            ("timeout", Some(config.timeout)),
            ("attempt timeout", config.attempt_timeout),
        ];
        for (name, limit) in limits {
            if limit.is_some_and(|limit| limit.is_zero()) {
                return Err(Error::configuration(format!(
                    "the {name} is zero, so that every call would fail"
                )));
            }
        }
        let http = match (config.http_client, config.proxy.as_deref()) {
            (None, proxy) => http_client(&base_url, proxy, config.connect_timeout)?,
            (Some(http), None) => http,
            (Some(_), Some(_)) => {
                return Err(Error::configuration(
                    "a proxy and an HTTP client of your own are both given; set the proxy in that client",
                ));
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                api_key: config.api_key,
                base_url,
                headers,
                timeout: config.timeout,
                attempt_timeout: config.attempt_timeout,
                max_retries: config.max_retries,
                retry_budget: config.retry_budget,
                transport: Transport::new(http),
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

    /// The clock by which whatever uses this client waits.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// What is left of the retries that all calls of this client may make together.
    #[must_use]
    pub fn retry_budget(&self) -> &RetryBudget {
        &self.inner.retry_budget
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

    pub(crate) fn attempt_timeout(&self) -> Option<Duration> {
        self.inner.attempt_timeout
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

fn http_client(
    base_url: &BaseUrl,
    proxy: Option<&str>,
    connect_timeout: Duration,
) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        // A redirect would carry the key, and Stripe sends none.
        .redirect(redirect::Policy::none())
        .connect_timeout(connect_timeout);
    builder = if base_url.is_encrypted() {
        builder.tls_backend_preconfigured(tls::platform()?)
    } else {
        // A proxy from the environment would be given the key in the clear.
        builder.tls_backend_preconfigured(tls::none()?).no_proxy()
    };
    if let Some(url) = proxy {
        base_url::check_proxy(url, base_url)?;
        let proxy = Proxy::all(url).map_err(|_| Error::configuration("proxy: not a URL that can be used"))?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| {
        Error::configuration(format!("the HTTP client could not be made ({})", error.without_url()))
    })
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
            .field("max_retries", &self.max_retries())
            .field("retry_budget", &self.retry_budget())
            .finish_non_exhaustive()
    }
}
