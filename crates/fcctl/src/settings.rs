//! Key and address: from the environment, a key file, a profile, or the local sandbox.

pub(crate) mod environment;
pub(crate) mod places;
pub(crate) mod profile;
pub(crate) mod webhook_secret;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::ArgValueCandidates;
use data_encoding::HEXLOWER;
use fc_ext::types::ConnectedAccountId;
use fc_ext::{ApiKey, Config};
use ring::digest::{SHA256, digest};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::environment::variable;
use crate::settings::profile::Profile;

/// Address of the local sandbox, as `fcctl sandbox start` serves it.
pub(crate) const SANDBOX_URL: &str = "http://127.0.0.1:12111";

/// Port of [`SANDBOX_URL`].
pub(crate) const SANDBOX_PORT: u16 = 12111;

/// Key for the local sandbox, which accepts every test key. It opens nothing at Stripe.
pub(crate) const SANDBOX_KEY: &str = "sk_test_fcctlsandboxneedsnorealkey";

/// Options that choose the key and the account.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SettingsArguments {
    /// Read the API key from this file
    #[arg(long, global = true, help_heading = "Settings", value_name = "FILE", conflicts_with = "profile")]
    key_file: Option<PathBuf>,
    /// Use this profile of the settings file
    #[arg(long, global = true, help_heading = "Settings", value_name = "NAME",
        add = ArgValueCandidates::new(profile::candidates))]
    profile: Option<String>,
    /// Act on behalf of this connected account
    #[arg(long, global = true, help_heading = "Settings", value_name = "ACCT")]
    stripe_account: Option<ConnectedAccountId>,
}

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Environment,
    KeyFile(PathBuf),
    Profile(String),
    /// No key was given.
    LocalSandbox,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("STRIPE_API_KEY"),
            Self::KeyFile(path) => write!(f, "the file {}", path.display()),
            Self::Profile(name) => write!(f, "the profile {name}"),
            Self::LocalSandbox => f.write_str("no key given: the local sandbox"),
        }
    }
}

/// Server, key and their origin.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) config: Config,
    pub(crate) base_url: String,
    pub(crate) origin: Origin,
    /// Which key it is, without the key itself: the name of its profile, or the start of its SHA-256.
    pub(crate) key_identity: String,
    /// Key for browsers (`pk_…`), which opens Stripe's linking page.
    pub(crate) publishable_key: Option<String>,
}

impl Target {
    /// Whether commands act on live data.
    pub(crate) fn is_live(&self) -> bool {
        self.config.api_key().is_live()
    }

    /// Whether the connection to the server is encrypted. The client refuses any other except to this machine.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// Whether the server is Stripe's.
    pub(crate) fn is_stripe(&self) -> bool {
        self.base_url == Config::BASE_URL
    }
}

impl SettingsArguments {
    /// Finds key and address. An option comes before the environment, the environment before the profile `default`, and
    /// without any of them the local sandbox is the server.
    ///
    /// An address belongs to the key beside it: a key of a profile goes to the address of that profile, never to
    /// `STRIPE_BASE_URL`.
    pub(crate) fn target(&self) -> Result<Target, Failure> {
        let mut target = self.find()?;
        if let Some(account) = &self.stripe_account {
            target.config = target.config.with_stripe_account(account);
        }
        Ok(target)
    }

    fn find(&self) -> Result<Target, Failure> {
        if let Some(path) = &self.key_file {
            let key = read_key(path)?;
            return at_environment_address(key, Origin::KeyFile(path.clone()));
        }
        if let Some(name) = &self.profile {
            return of_profile(name, profile::read(name)?);
        }
        if variable("STRIPE_API_KEY").is_some() {
            let config = Config::from_env().map_err(|error| {
                let exit =
                    if error.to_string().contains("STRIPE_API_KEY") { Exit::Denied } else { Exit::Usage };
                Failure::new(exit, error.to_string())
            })?;
            let base_url = variable("STRIPE_BASE_URL").unwrap_or_else(|| Config::BASE_URL.to_owned());
            return Ok(Target {
                config,
                base_url,
                origin: Origin::Environment,
                key_identity: short_hash(&variable("STRIPE_API_KEY").unwrap_or_default()),
                publishable_key: publishable_key(),
            });
        }
        if variable("STRIPE_BASE_URL").is_none()
            && let Some(profile) = profile::find("default")?
        {
            return of_profile("default", profile);
        }
        let key = ApiKey::new(SANDBOX_KEY).map_err(|error| Failure::usage(error.to_string()))?;
        let base_url = variable("STRIPE_BASE_URL").unwrap_or_else(|| SANDBOX_URL.to_owned());
        if base_url.starts_with("https://") {
            return Err(Failure::new(Exit::Denied, format!("there is no API key for {base_url}"))
                .next("set STRIPE_API_KEY, or name a file with --key-file"));
        }
        let config = Config::new(key).with_base_url(&base_url);
        Ok(Target {
            config,
            base_url,
            origin: Origin::LocalSandbox,
            key_identity: short_hash(SANDBOX_KEY),
            publishable_key: publishable_key(),
        })
    }
}

fn of_profile(name: &str, profile: Profile) -> Result<Target, Failure> {
    let origin = Origin::Profile(name.to_owned());
    let key = checked(&profile.key, &origin)?;
    let base_url = profile.base_url.unwrap_or_else(|| Config::BASE_URL.to_owned());
    let config = Config::new(key).with_base_url(&base_url);
    let key_identity = format!("profile {name}");
    Ok(Target { config, base_url, origin, key_identity, publishable_key: profile.publishable_key })
}

fn at_environment_address(key: String, origin: Origin) -> Result<Target, Failure> {
    let key_identity = short_hash(&key);
    let key = checked(&key, &origin)?;
    let base_url = variable("STRIPE_BASE_URL").unwrap_or_else(|| Config::BASE_URL.to_owned());
    let config = Config::new(key).with_base_url(&base_url);
    Ok(Target { config, base_url, origin, key_identity, publishable_key: publishable_key() })
}

/// The key, whose text no error repeats.
fn checked(key: &str, origin: &Origin) -> Result<ApiKey, Failure> {
    ApiKey::new(key).map_err(|error| Failure::new(Exit::Denied, format!("{origin}: {}", error.message())))
}

fn read_key(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read the key file", path, &error))?;
    Ok(text.trim().to_owned())
}

fn publishable_key() -> Option<String> {
    variable("STRIPE_PUBLISHABLE_KEY")
}

/// The first 64 bits of the SHA-256 of a text, in hexadecimal.
pub(crate) fn short_hash(text: &str) -> String {
    HEXLOWER.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..8])
}
