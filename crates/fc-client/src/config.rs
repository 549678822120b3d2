//! How a client is set up.

use std::env::VarError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fc_types::ConnectedAccountId;

use crate::clock::SystemClock;
use crate::random::SystemRandom;
use crate::{API_VERSION, ApiKey, Clock, Error, Random, RetryBudget, base_url};

/// Settings of a [`Client`](crate::Client); all but the key have a default.
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
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u32,
    pub(crate) retry_budget: RetryBudget,
    pub(crate) app_info: Option<String>,
    pub(crate) proxy: Option<String>,
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
            attempt_timeout: None,
            timeout: Duration::from_secs(80),
            max_retries: 2,
            retry_budget: RetryBudget::default(),
            app_info: None,
            proxy: None,
            http_client: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::new()),
        }
    }

    /// Settings from the environment.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `STRIPE_API_KEY` | the API key; required |
    /// | `STRIPE_BASE_URL` | as [`with_base_url`](Config::with_base_url) |
    /// | `STRIPE_API_VERSION` | as [`with_api_version`](Config::with_api_version) |
    /// | `STRIPE_ACCOUNT` | as [`with_stripe_account`](Config::with_stripe_account) |
    /// | `STRIPE_CONTEXT` | as [`with_stripe_context`](Config::with_stripe_context) |
    /// | `STRIPE_TIMEOUT` | as [`with_timeout`](Config::with_timeout), in seconds |
    /// | `STRIPE_ATTEMPT_TIMEOUT` | as [`with_attempt_timeout`](Config::with_attempt_timeout), in seconds |
    /// | `STRIPE_CONNECT_TIMEOUT` | as [`with_connect_timeout`](Config::with_connect_timeout), in seconds |
    /// | `STRIPE_MAX_RETRIES` | as [`with_max_retries`](Config::with_max_retries) |
    /// | `STRIPE_APP_INFO` | as [`with_app_info`](Config::with_app_info) |
    /// | `STRIPE_PROXY` | as [`with_proxy`](Config::with_proxy) |
    ///
    /// A variable that is empty counts as not set. Seconds may have a fraction, as in `2.5`.
    ///
    /// # Errors
    ///
    /// A configuration error that names the variable when the key is not set, or when a value is of the wrong form.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_vars(|name| std::env::var(name))
    }

    fn from_vars(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, Error> {
        let read = |name: &str| match variable(name) {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => {
                Err(Error::configuration(format!("the environment variable {name} is not UTF-8")))
            }
        };
        let Some(key) = read("STRIPE_API_KEY")? else {
            return Err(Error::configuration(
                "the environment variable STRIPE_API_KEY is not set; give it a secret or restricted API key",
            ));
        };
        let key = ApiKey::new(key).map_err(|error| {
            Error::configuration(format!("the environment variable STRIPE_API_KEY: {}", error.message()))
        })?;
        let mut config = Self::new(key);
        if let Some(url) = read("STRIPE_BASE_URL")? {
            config = config.with_base_url(url);
        }
        if let Some(version) = read("STRIPE_API_VERSION")? {
            config = config.with_api_version(version);
        }
        if let Some(account) = read("STRIPE_ACCOUNT")? {
            let account: ConnectedAccountId = account.parse().map_err(|error| {
                Error::configuration(format!("the environment variable STRIPE_ACCOUNT: {error}"))
            })?;
            config = config.with_stripe_account(account);
        }
        if let Some(context) = read("STRIPE_CONTEXT")? {
            config = config.with_stripe_context(context);
        }
        let seconds = |name| read(name)?.map(|value| seconds(name, &value)).transpose();
        if let Some(limit) = seconds("STRIPE_TIMEOUT")? {
            config = config.with_timeout(limit);
        }
        if let Some(limit) = seconds("STRIPE_ATTEMPT_TIMEOUT")? {
            config = config.with_attempt_timeout(limit);
        }
        if let Some(limit) = seconds("STRIPE_CONNECT_TIMEOUT")? {
            config = config.with_connect_timeout(limit);
        }
        if let Some(retries) = read("STRIPE_MAX_RETRIES")? {
            let retries = retries.parse().map_err(|_| {
                Error::configuration("the environment variable STRIPE_MAX_RETRIES is not a number such as 2")
            })?;
            config = config.with_max_retries(retries);
        }
        if let Some(app_info) = read("STRIPE_APP_INFO")? {
            config = config.with_app_info(app_info);
        }
        if let Some(url) = read("STRIPE_PROXY")? {
            config = config.with_proxy(url);
        }
        Ok(config)
    }

    /// The key that requests are sent with.
    #[must_use]
    pub fn api_key(&self) -> &ApiKey {
        &self.api_key
    }

    /// Sends requests elsewhere, such as to a sandbox. Plain http is for loopback hosts only.
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Asks for another API version than the one that the types were generated from, [`API_VERSION`].
    pub fn with_api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Acts on behalf of a connected account, unless a call names another one. Not together with a context.
    pub fn with_stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.stripe_account = Some(account.into());
        self
    }

    /// Acts in a context (`Stripe-Context`: ids joined by slashes, outermost first), unless a call names another one. The
    /// newer way to name a connected account, and not together with it.
    pub fn with_stripe_context(mut self, context: impl Into<String>) -> Self {
        self.stripe_context = Some(context.into());
        self
    }

    /// Limits the time to connect, TLS included; 10 seconds by default. Without effect on an HTTP client of your own.
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits the time of each attempt, from connecting to the last byte; no limit of its own by default, so that an attempt
    /// may take as long as the whole call.
    ///
    /// With one, a call that hangs is given up early enough to be tried again.
    pub fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// Limits the time of a whole call, with its retries and the waits between them; 80 seconds by default, the limit of the
    /// official SDKs.
    ///
    /// A retry that could only begin later is not waited for: the call ends at once with the error of the last attempt.
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Limits the retries of a call; 2 by default, as in the official SDKs.
    ///
    /// Retried are failed connections, timeouts, the statuses 409 and 500 to 599, and a 429 for a lock
    /// ([`ErrorCode::LockTimeout`](fc_types::ErrorCode::LockTimeout)); the header `Stripe-Should-Retry` overrides all of it.
    /// GET and POST are treated alike, because every POST carries an idempotency key. The wait before a retry is half a
    /// second at first and doubles up to five, up to a half of which is left to chance, but it is never shorter than half
    /// a second; `Retry-After`, in seconds, makes it longer, up to a minute.
    ///
    /// With 0, only a request on a connection that the server has closed is still sent once more.
    pub fn with_max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Limits the retries of all calls together; by default a [`RetryBudget`] of its own.
    pub fn with_retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = budget;
        self
    }

    /// Names your application in the `User-Agent`, as in `shop/1.4 (https://shop.example)`.
    pub fn with_app_info(mut self, app_info: impl Into<String>) -> Self {
        self.app_info = Some(app_info.into());
        self
    }

    /// Sends everything through a proxy, such as `http://proxy.example:3128`; it may hold user name and password.
    ///
    /// Without it, the proxy is the one of the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), except for a base URL
    /// of plain http. Set it in the HTTP client if you give one of your own.
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Uses an HTTP client of your own, with its proxy, certificates and connection pool.
    ///
    /// Build it with [`redirect::Policy::none`](reqwest::redirect::Policy::none): by default reqwest follows redirects,
    /// and takes the API key along where the host stays the same. Time limits of that client hold beside those that are set
    /// here: the shorter one ends an attempt.
    pub fn with_http_client(mut self, http_client: reqwest::Client) -> Self {
        self.http_client = Some(http_client);
        self
    }

    /// Waits, and reckons what is left of a call, by a clock of your own, for tests that must not sleep; by default by
    /// tokio's. An attempt on the network is timed by tokio's in any case.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Draws idempotency keys and the spread of waits from a source of your own, for tests that are to be repeatable; by
    /// default from the machine's.
    pub fn with_random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }
}

fn seconds(name: &str, text: &str) -> Result<Duration, Error> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| {
        Error::configuration(format!(
            "the environment variable {name} is not a number of seconds such as 2.5"
        ))
    })
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs are checked when the client is made; until then they may hold credentials. A proxy's may always, and so may
        // the HTTP client.
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
            .field("own_http_client", &self.http_client.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::env::VarError;
    use std::time::Duration;

    use super::Config;
    use crate::{API_VERSION, Error};

    fn from(variables: &[(&str, &str)]) -> Result<Config, Error> {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        Config::from_vars(|name| {
            variables.get(name).map(|value| (*value).to_owned()).ok_or(VarError::NotPresent)
        })
    }

    #[test]
    fn the_key_alone_is_enough() {
        let config = from(&[("STRIPE_API_KEY", "sk_test_123")]).unwrap();
        assert_eq!(config.base_url, "https://api.stripe.com");
        assert_eq!(config.api_version, API_VERSION);
        assert_eq!((config.stripe_account, config.stripe_context), (None, None));
        assert_eq!((config.timeout.as_secs(), config.attempt_timeout), (80, None));
        assert_eq!((config.connect_timeout.as_secs(), config.max_retries), (10, 2));
        assert_eq!(config.retry_budget.retries_left(), Some(100));
        assert_eq!((config.app_info, config.proxy), (None, None));
    }

    const VARIABLES: [(&str, &str); 11] = [
        ("STRIPE_API_KEY", "sk_test_123"),
        ("STRIPE_BASE_URL", "http://localhost:1"),
        ("STRIPE_API_VERSION", "2026-10-28.endive"),
        ("STRIPE_ACCOUNT", "acct_1"),
        ("STRIPE_CONTEXT", "acct_1/acct_2"),
        ("STRIPE_TIMEOUT", "20"),
        ("STRIPE_ATTEMPT_TIMEOUT", "2.5"),
        ("STRIPE_CONNECT_TIMEOUT", "0.5"),
        ("STRIPE_MAX_RETRIES", "4"),
        ("STRIPE_APP_INFO", "shop/1.4"),
        ("STRIPE_PROXY", "http://proxy.example:3128"),
    ];

    #[test]
    fn each_variable_has_its_effect() {
        let config = from(&VARIABLES).unwrap();
        assert_eq!(config.base_url, "http://localhost:1");
        assert_eq!(config.api_version, "2026-10-28.endive");
        assert_eq!(config.stripe_account.unwrap(), "acct_1");
        assert_eq!(config.stripe_context.as_deref(), Some("acct_1/acct_2"));
        assert_eq!(config.timeout, Duration::from_secs(20));
        assert_eq!(config.attempt_timeout, Some(Duration::from_millis(2_500)));
        assert_eq!(config.connect_timeout, Duration::from_millis(500));
        assert_eq!(config.max_retries, 4);
        assert_eq!(config.app_info.as_deref(), Some("shop/1.4"));
        assert_eq!(config.proxy.as_deref(), Some("http://proxy.example:3128"));
    }

    #[test]
    fn an_empty_variable_has_no_effect() {
        let empty = VARIABLES.map(|(name, value)| (name, if name == "STRIPE_API_KEY" { value } else { "" }));
        let shown = |variables: &[_]| format!("{:?}", from(variables).unwrap());
        assert_eq!(shown(&empty), shown(&VARIABLES[..1]));
    }

    #[test]
    fn an_error_names_the_variable() {
        let error = |variables: &[_]| from(variables).unwrap_err().to_string();
        assert!(error(&[]).contains("STRIPE_API_KEY is not set"));
        assert!(error(&[("STRIPE_API_KEY", "")]).contains("STRIPE_API_KEY is not set"));
        assert!(error(&[("STRIPE_API_KEY", "pk_test_1")]).contains("STRIPE_API_KEY: this is a publishable"));
        assert!(
            error(&[("STRIPE_API_KEY", "sk_test_1"), ("STRIPE_ACCOUNT", "cus_1")])
                .contains("STRIPE_ACCOUNT: not the id")
        );
        let timeouts = ["STRIPE_TIMEOUT", "STRIPE_ATTEMPT_TIMEOUT", "STRIPE_CONNECT_TIMEOUT"];
        for (name, value) in
            timeouts.iter().flat_map(|name| ["soon", "-1", "NaN", "1e99"].map(|value| (*name, value)))
        {
            let reason = format!("{name} is not a number of seconds such as 2.5");
            assert!(
                error(&[("STRIPE_API_KEY", "sk_test_1"), (name, value)]).contains(&reason),
                "{name} {value}"
            );
        }
        for value in ["-1", "two", "4294967296"] {
            assert!(
                error(&[("STRIPE_API_KEY", "sk_test_1"), ("STRIPE_MAX_RETRIES", value)])
                    .contains("STRIPE_MAX_RETRIES is not a number such as 2")
            );
        }
        let not_unicode = Config::from_vars(|_| Err(VarError::NotUnicode("SECRET".into()))).unwrap_err();
        assert_eq!(
            not_unicode.to_string(),
            "configuration: the environment variable STRIPE_API_KEY is not UTF-8"
        );
    }
}
