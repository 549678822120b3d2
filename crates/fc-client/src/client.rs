//! The client: settings that were found good, and a pool of connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::redirect;
use rustls::crypto::SecureRandom;

use crate::base_url::BaseUrl;
use crate::transport::Transport;
use crate::{ApiKey, Clock, Config, Error, header, tls};

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
    transport: Transport,
    random: &'static dyn SecureRandom,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A configuration error when the base URL is none, or would carry the key over plain http to another machine; when
    /// a setting cannot be a header; when a time limit is zero; when the machine's certificates cannot be loaded.
    pub fn new(config: Config) -> Result<Self, Error> {
        let base_url = BaseUrl::parse(&config.base_url)?;
        let headers = headers(&config)?;
        for (name, limit) in [("connect timeout", config.connect_timeout), ("timeout", config.timeout)] {
            if limit.is_zero() {
                return Err(Error::configuration(format!(
                    "the {name} is zero, so that every call would fail"
                )));
            }
        }
        let http = match config.http_client {
            Some(http) => http,
            None => http_client(&base_url, config.connect_timeout)?,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                api_key: config.api_key,
                base_url,
                headers,
                timeout: config.timeout,
                transport: Transport::new(http),
                random: tls::secure_random(),
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

    pub(crate) fn base_url(&self) -> &str {
        self.inner.base_url.as_str()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.inner.headers
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.inner.timeout
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.inner.transport
    }

    pub(crate) fn random(&self) -> &dyn SecureRandom {
        self.inner.random
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
    if let Some(account) = &config.stripe_account {
        headers.insert(header::STRIPE_ACCOUNT, value("the connected account", account.as_str())?);
    }
    Ok(headers)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, Error> {
    header::value(name, text).map_err(|refusal| Error::configuration(refusal.to_string()))
}

fn http_client(base_url: &BaseUrl, connect_timeout: Duration) -> Result<reqwest::Client, Error> {
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
    builder.build().map_err(|error| {
        Error::configuration(format!("the HTTP client could not be made ({})", error.without_url()))
    })
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api_key", &self.inner.api_key)
            .field("base_url", &self.base_url())
            .field("stripe_version", &header::text(self.headers(), header::STRIPE_VERSION))
            .field("stripe_account", &header::text(self.headers(), header::STRIPE_ACCOUNT))
            .field("timeout", &self.timeout())
            .finish_non_exhaustive()
    }
}
