//! Settings of the app, from environment variables.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use fc_ext::Config;

/// Settings of the app.
pub(crate) struct Settings {
    /// Address to listen on (`ADDRESS`).
    pub(crate) address: String,
    /// URL under which browsers reach the app (`APP_URL`); by default `http://` and the address.
    pub(crate) url: Option<String>,
    /// Folder of the databases (`DATA`).
    pub(crate) data: PathBuf,
    /// How long a request waits for the mirror (`PATIENCE`, in seconds). After that its page says what is missing.
    pub(crate) patience: Duration,
    /// Stripe, if there is a key; otherwise the app starts a sandbox.
    pub(crate) stripe: Option<Stripe>,
}

/// Access to Stripe, or to the sandbox that stands in for it.
pub(crate) struct Stripe {
    pub(crate) config: Config,
    /// The key that may be in a page.
    pub(crate) publishable_key: String,
    /// The script that opens the linking window.
    pub(crate) script: String,
    pub(crate) events: Events,
}

/// How the app learns what has changed at Stripe.
pub(crate) enum Events {
    /// Webhooks of an endpoint that the app creates at its first start.
    NewEndpoint,
    /// Webhooks of an endpoint that exists, with its signing secrets: two while one is rolled.
    Endpoint(Vec<String>),
    /// Stripe's list of events, read every few seconds, because no webhook reaches a laptop.
    List,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let patience = variable("PATIENCE").map_or(Ok(10), |seconds| seconds.parse());
        Ok(Self {
            address: variable("ADDRESS").unwrap_or_else(|| "127.0.0.1:3000".to_owned()),
            url: variable("APP_URL").map(|url| url.trim_end_matches('/').to_owned()),
            data: variable("DATA").unwrap_or_else(|| "bank-app-data".to_owned()).into(),
            patience: Duration::from_secs(patience.map_err(|error| format!("PATIENCE: {error}"))?),
            stripe: variable("STRIPE_API_KEY").map(|_| stripe()).transpose()?,
        })
    }
}

fn stripe() -> Result<Stripe, Box<dyn Error + Send + Sync>> {
    let config = Config::from_env()?;
    // Everyone who opens the page may sign in as a test user. Real bank data needs a real sign-in first.
    if config.api_key().is_live() {
        return Err(
            "a live key needs your own sign-in: replace `sign_in` in src/web.rs, then this check".into()
        );
    }
    let secrets = variable("WEBHOOK_SECRETS");
    Ok(Stripe {
        config,
        publishable_key: variable("STRIPE_PUBLISHABLE_KEY").ok_or(
            "STRIPE_PUBLISHABLE_KEY is not set: the linking window needs the key that begins with pk_",
        )?,
        script: variable("STRIPE_JS").unwrap_or_else(|| "https://js.stripe.com/v3/".to_owned()),
        events: secrets.map_or(Events::List, |secrets| {
            Events::Endpoint(secrets.split(',').map(|secret| secret.trim().to_owned()).collect())
        }),
    })
}

/// A variable; an empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
