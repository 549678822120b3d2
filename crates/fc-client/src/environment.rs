//! Settings from environment variables.

use std::env::VarError;
use std::time::Duration;

use fc_types::ConnectedAccountId;

use crate::{ApiKey, Config, Error};

const API_KEY: &str = "STRIPE_API_KEY";

/// The effect of a variable's value on the settings, or why the value is refused.
type Apply = fn(Config, &str) -> Result<Config, String>;

/// Every variable but the API key, with its effect.
const VARIABLES: &[(&str, Apply)] = &[
    ("STRIPE_BASE_URL", |config, url| Ok(config.with_base_url(url))),
    ("STRIPE_API_VERSION", |config, version| Ok(config.with_api_version(version))),
    ("STRIPE_ACCOUNT", |config, id| {
        let account: ConnectedAccountId = id.parse().map_err(|error| format!(": {error}"))?;
        Ok(config.with_stripe_account(account))
    }),
    ("STRIPE_CONTEXT", |config, context| Ok(config.with_stripe_context(context))),
    ("STRIPE_TIMEOUT", |config, limit| Ok(config.with_timeout(seconds(limit)?))),
    ("STRIPE_ATTEMPT_TIMEOUT", |config, limit| Ok(config.with_attempt_timeout(seconds(limit)?))),
    ("STRIPE_CONNECT_TIMEOUT", |config, limit| Ok(config.with_connect_timeout(seconds(limit)?))),
    ("STRIPE_MAX_RETRIES", |config, retries| {
        let retries = retries.parse().map_err(|_| " is not a number such as 2".to_owned())?;
        Ok(config.with_max_retries(retries))
    }),
    ("STRIPE_APP_INFO", |config, app_info| Ok(config.with_app_info(app_info))),
    ("STRIPE_PROXY", |config, url| Ok(config.with_proxy(url))),
    ("STRIPE_INSECURE_TEST_HOST", |config, host| Ok(config.with_insecure_test_host(host))),
];

impl Config {
    /// Settings from environment variables.
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
    /// | `STRIPE_INSECURE_TEST_HOST` | as [`with_insecure_test_host`](Config::with_insecure_test_host) |
    ///
    /// An empty variable counts as not set. Seconds may have a fraction, as in `2.5`.
    ///
    /// # Errors
    ///
    /// A configuration error that names the variable: the API key is not set, or a value has the wrong form.
    pub fn from_env() -> Result<Self, Error> {
        from_vars(|name| std::env::var(name))
    }
}

fn from_vars(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Config, Error> {
    let read = |name: &str| match variable(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(refused(name, " is not UTF-8")),
    };
    let Some(key) = read(API_KEY)? else {
        return Err(refused(API_KEY, " is not set; give it a secret or restricted API key"));
    };
    let key = ApiKey::new(key).map_err(|error| refused(API_KEY, &format!(": {}", error.message())))?;
    let mut config = Config::new(key);
    for (name, apply) in VARIABLES {
        if let Some(value) = read(name)? {
            config = apply(config, &value).map_err(|reason| refused(name, &reason))?;
        }
    }
    Ok(config)
}

fn refused(name: &str, reason: &str) -> Error {
    Error::configuration(format!("the environment variable {name}{reason}"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| " is not a number of seconds such as 2.5".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::env::VarError;
    use std::time::Duration;

    use super::from_vars;
    use crate::{API_VERSION, Config, Error};

    fn from(variables: &[(&str, &str)]) -> Result<Config, Error> {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        from_vars(|name| variables.get(name).map(|value| (*value).to_owned()).ok_or(VarError::NotPresent))
    }

    #[test]
    fn the_key_alone_is_enough() {
        let config = from(&[("STRIPE_API_KEY", "sk_test_123")]).unwrap();
        assert_eq!(config.base_url, "https://api.stripe.com");
        assert_eq!(config.api_version, API_VERSION);
        assert_eq!((config.stripe_account, config.stripe_context), (None, None));
        assert_eq!((config.timeout.as_secs(), config.attempt_timeout.as_secs()), (80, 30));
        assert_eq!((config.max_response_size, config.insecure_test_host), (64 * 1024 * 1024, None));
        assert_eq!((config.connect_timeout.as_secs(), config.max_retries), (10, 2));
        assert_eq!(config.retry_budget.retries_left(), Some(100));
        assert_eq!((config.app_info, config.proxy), (None, None));
    }

    const VARIABLES: [(&str, &str); 12] = [
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
        ("STRIPE_INSECURE_TEST_HOST", "sandbox"),
    ];

    #[test]
    fn each_variable_has_its_effect() {
        let config = from(&VARIABLES).unwrap();
        assert_eq!(config.base_url, "http://localhost:1");
        assert_eq!(config.api_version, "2026-10-28.endive");
        assert_eq!(config.stripe_account.unwrap(), "acct_1");
        assert_eq!(config.stripe_context.as_deref(), Some("acct_1/acct_2"));
        assert_eq!(config.timeout, Duration::from_secs(20));
        assert_eq!(config.attempt_timeout, Duration::from_millis(2_500));
        assert_eq!(config.connect_timeout, Duration::from_millis(500));
        assert_eq!(config.max_retries, 4);
        assert_eq!(config.app_info.as_deref(), Some("shop/1.4"));
        assert_eq!(config.proxy.as_deref(), Some("http://proxy.example:3128"));
        assert_eq!(config.insecure_test_host.as_deref(), Some("sandbox"));
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
        let not_unicode = from_vars(|_| Err(VarError::NotUnicode("SECRET".into()))).unwrap_err();
        assert_eq!(
            not_unicode.to_string(),
            "configuration: the environment variable STRIPE_API_KEY is not UTF-8"
        );
    }
}
