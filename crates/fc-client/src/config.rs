//! Settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fc_types::ConnectedAccountId;

use crate::clock::SystemClock;
use crate::random::SystemRandom;
use crate::{API_VERSION, ApiKey, Clock, Random, RetryBudget, base_url};

/// Settings of a [`Client`](crate::Client): retries, time limits, proxy, API version. All but the key have a default.
///
/// ```
/// use std::time::Duration;
///
/// use fc_client::{ApiKey, Client, Config};
///
/// let config = Config::new(ApiKey::new("sk_test_0123456789abcdefwxyz")?)
///     .with_app_info("shop/1.4 (https://shop.example)")
///     .with_timeout(Duration::from_secs(20));
/// let client = Client::new(config)?;
/// # Ok::<(), fc_client::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "settings do nothing until a client is made from them"]
pub struct Config {
    pub(crate) api_key: ApiKey,
    pub(crate) base_url: String,
    pub(crate) api_version: String,
    pub(crate) stripe_account: Option<ConnectedAccountId>,
    pub(crate) stripe_context: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) max_response_size: usize,
    pub(crate) max_retries: u32,
    pub(crate) retry_budget: RetryBudget,
    pub(crate) app_info: Option<String>,
    pub(crate) proxy: Option<String>,
    pub(crate) insecure_test_host: Option<String>,
    pub(crate) http_client: Option<reqwest::Client>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Config {
    /// Default base URL.
    pub const BASE_URL: &str = "https://api.stripe.com";

    /// Settings for Stripe's API with this key.
    pub fn new(api_key: ApiKey) -> Self {
        Self {
            api_key,
            base_url: Self::BASE_URL.to_owned(),
            api_version: API_VERSION.to_owned(),
            stripe_account: None,
            stripe_context: None,
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(80),
            max_response_size: 64 << 20,
            max_retries: 2,
            retry_budget: RetryBudget::default(),
            app_info: None,
            proxy: None,
            insecure_test_host: None,
            http_client: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::default()),
        }
    }

    /// The key that requests are sent with.
    #[must_use]
    pub fn api_key(&self) -> &ApiKey {
        &self.api_key
    }

    /// The connected account that requests act for, unless a call names another.
    #[must_use]
    pub fn stripe_account(&self) -> Option<&ConnectedAccountId> {
        self.stripe_account.as_ref()
    }

    /// Sends requests to another server, such as a sandbox. Plain http is for loopback hosts only.
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Requests another API version than [`API_VERSION`], from which the types were generated.
    pub fn with_api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Acts on behalf of a connected account (`Stripe-Account`), unless a call names another. Not together with a context.
    pub fn with_stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.stripe_account = Some(account.into());
        self
    }

    /// Acts in a context (`Stripe-Context`: ids joined by slashes, outermost first), unless a call names another.
    ///
    /// It is the newer way to name a connected account. Not together with that account.
    pub fn with_stripe_context(mut self, context: impl Into<String>) -> Self {
        self.stripe_context = Some(context.into());
        self
    }

    /// Limits the time to connect, TLS included; 10 seconds by default. It has no effect on an HTTP client of your own.
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits the time of each attempt, from connecting to the last byte; 30 seconds by default.
    ///
    /// An attempt that hangs ends early enough for a retry before the deadline of the call. [`Duration::MAX`] lets an
    /// attempt take as long as the whole call, as the official SDKs do.
    pub fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    /// Sets the deadline of a whole call, with its retries and the backoff between them; 80 seconds by default, the limit of
    /// the official SDKs.
    ///
    /// A retry that could only begin after the deadline is not made: the call ends at once with the last attempt's error.
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Limits the size of a response, in bytes; 64 MiB by default. The body of an error may have at most 1 MiB of it.
    ///
    /// A larger successful response is an error, and no more of it is read. Of a larger error body the rest is dropped.
    pub fn with_max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// Limits the retries of a call; 2 by default, as in the official SDKs.
    ///
    /// Retried are failed connections, timeouts, the statuses 409 and 500 to 599, and a 429 for a lock
    /// ([`ErrorCode::LockTimeout`](fc_types::ErrorCode::LockTimeout)). Other rate limits are not retried. The header
    /// `Stripe-Should-Retry` overrides these rules. GET and POST are treated alike, because every POST carries an
    /// idempotency key.
    ///
    /// The wait before a retry is an exponential backoff with jitter. The backoff is half a second at first and doubles up
    /// to five seconds. Jitter shortens it by up to a half, but never below half a second. `Retry-After`, in seconds, makes
    /// the wait longer, up to a minute.
    ///
    /// A DELETE has no key. If its first response was lost, the retry finds nothing, and the error says that it
    /// [may have executed](crate::Error::may_have_executed).
    ///
    /// With 0, a request is sent at most once: a pooled connection that the server has closed is an error then.
    pub fn with_max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Limits the retries of all calls together; by default each client has a [`RetryBudget`] of its own.
    pub fn with_retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = budget;
        self
    }

    /// Names your application in the `User-Agent`, as in `shop/1.4 (https://shop.example)`.
    pub fn with_app_info(mut self, app_info: impl Into<String>) -> Self {
        self.app_info = Some(app_info.into());
        self
    }

    /// Sends all requests through a proxy, such as `http://proxy.example:3128`. The URL may hold user name and password.
    ///
    /// Without this setting, the environment names the proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), except for a base URL
    /// of plain http. If you give an HTTP client of your own, set the proxy there.
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Allows plain http to one host besides this machine, for test keys only: a sandbox in another container.
    ///
    /// The API key then travels to that host in the clear. A live key is refused. `host` is a name or an address without a
    /// port, such as `sandbox`.
    pub fn with_insecure_test_host(mut self, host: impl Into<String>) -> Self {
        self.insecure_test_host = Some(host.into());
        self
    }

    /// Uses an HTTP client of your own, with its proxy, certificates and connection pool.
    ///
    /// [`http_client_builder`](crate::http_client_builder) begins one. Another builder needs
    /// [`redirect::Policy::none`](reqwest::redirect::Policy::none): by default reqwest follows redirects and sends the API key
    /// along while the host stays the same. It also needs [`retry::never`](reqwest::retry::never) if a request must be sent
    /// at most once.
    ///
    /// Time limits of that client hold beside those that are set here: the shorter one ends an attempt. An attempt that ends
    /// at its limit may have been executed, because this crate does not see whether that client had sent the request.
    ///
    /// A live key does not go to `http://localhost` through such a client, because this crate does not see where that client
    /// looks the name up. Write `127.0.0.1` or `[::1]`.
    pub fn with_http_client(mut self, http_client: reqwest::Client) -> Self {
        self.http_client = Some(http_client);
        self
    }

    /// Uses a clock of your own for backoff, polling and deadlines, for tests that must not sleep; by default tokio's clock.
    ///
    /// The time limit of an attempt always uses tokio's clock.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Draws idempotency keys and the jitter of the backoff from a source of your own, for repeatable tests; by default from
    /// the machine's random numbers.
    pub fn with_random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs are checked when the client is made; until then they may hold credentials. The URL of a proxy, and the HTTP
        // client, may hold them at any time.
        f.debug_struct("Config")
            .field("api_key", &self.api_key)
            .field("base_url", &base_url::shown(&self.base_url))
            .field("api_version", &self.api_version)
            .field("stripe_account", &self.stripe_account)
            .field("stripe_context", &self.stripe_context)
            .field("connect_timeout", &self.connect_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .field("retry_budget", &self.retry_budget)
            .field("app_info", &self.app_info)
            .field("proxy", &self.proxy.as_deref().map(base_url::shown))
            .field("insecure_test_host", &self.insecure_test_host)
            .field("max_response_size", &self.max_response_size)
            .field("own_http_client", &self.http_client.is_some())
            .finish_non_exhaustive()
    }
}
