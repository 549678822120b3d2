//! Settings of a mirror.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use fc_ext::types::{API_VERSION, ConnectedAccountId};
use fc_ext::webhook::{Secret, Verifier};
use fc_ext::{Client, Config};

use super::handle::Mirror;
use crate::engine::{Api, Policy, Settings, Shared, TenantContext, Wall};
use crate::error::{Error, ErrorKind};
use crate::op::OpenTenant;
use crate::pace::{Limits, Pace};
use crate::row::Tenant;
use crate::store::{Database, Layout};

/// Settings of a [`Mirror`]; from [`Mirror::builder`].
///
/// ```no_run
/// use std::time::Duration;
/// use fc_mirror::Mirror;
///
/// # async fn open() -> Result<(), fc_mirror::Error> {
/// let mirror = Mirror::builder()
///     .reconcile_every(Duration::from_secs(900))
///     .subscribe_transactions(true)
///     .open("sqlite:bank.db")
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "a mirror exists once it is opened"]
pub struct MirrorBuilder {
    config: Option<Config>,
    /// With a policy of their own, or that of the settings.
    connected: Vec<(ConnectedAccountId, Option<Policy>)>,
    verifier: Option<Verifier>,
    secret_error: Option<fc_ext::webhook::WebhookError>,
    layout: Layout,
    settings: Settings,
    wall: Wall,
}

impl Mirror {
    /// Opens a mirror with the settings of the environment: `STRIPE_API_KEY`, `STRIPE_BASE_URL`.
    ///
    /// # Errors
    ///
    /// As [`MirrorBuilder::open`].
    pub async fn open(address: &str) -> Result<Self, Error> {
        Self::builder().open(address).await
    }

    /// Settings of a mirror to be opened.
    pub fn builder() -> MirrorBuilder {
        MirrorBuilder::new()
    }
}

impl MirrorBuilder {
    pub(super) fn new() -> Self {
        Self {
            config: None,
            connected: Vec::new(),
            verifier: None,
            secret_error: None,
            layout: Layout::default(),
            settings: Settings::default(),
            wall: Wall::system(),
        }
    }

    /// Settings of the client, the API key among them. Without it they come from the environment:
    /// [`Config::from_env`](fc_ext::client::Config::from_env).
    ///
    /// With a [connected account](fc_ext::client::Config::with_stripe_account), the mirror reads that account in place of the
    /// key's own.
    ///
    /// The mirror makes its own retries, so those of the client are switched off.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Mirrors a connected account too, with the policy of the other methods. May be called several times.
    pub fn connected_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.connected.push((account.into(), None));
        self
    }

    /// Mirrors a connected account too, with a policy of its own.
    ///
    /// ```
    /// use fc_ext::types::ConnectedAccountId;
    /// use fc_mirror::{Mirror, Policy};
    ///
    /// # fn builder(quiet: ConnectedAccountId, daily: ConnectedAccountId) -> fc_mirror::MirrorBuilder {
    /// Mirror::builder()
    ///     .connected_account(quiet)
    ///     .connected_account_with(daily, Policy::new().subscribe_transactions(true))
    /// # }
    /// ```
    pub fn connected_account_with(mut self, account: impl Into<ConnectedAccountId>, policy: Policy) -> Self {
        self.connected.push((account.into(), Some(policy)));
        self
    }

    /// Signing secret of the webhook endpoint (`whsec_…`). May be called several times, as while a secret is rolled.
    ///
    /// A secret that is none is an error of [`open`](MirrorBuilder::open).
    pub fn webhook_secret(mut self, secret: impl AsRef<str>) -> Self {
        match Secret::new(secret) {
            Ok(secret) => {
                self.verifier = Some(match self.verifier {
                    None => Verifier::new(secret),
                    Some(verifier) => verifier.with_secret(secret),
                });
            }
            Err(error) => self.secret_error = Some(error),
        }
        self
    }

    /// Time between two listings of all accounts, which find what no event told. An hour if not given.
    pub fn reconcile_every(mut self, interval: Duration) -> Self {
        self.settings.reconcile_every = interval;
        self
    }

    /// Reads Stripe's list of events at this interval, where no webhook can be received. Off if not given.
    ///
    /// A reading costs a call per hundred events. The list is read from a minute before the newest known event, so none is
    /// missed. If it was not read for 29 days, of the 30 for which Stripe keeps events, a listing of all accounts makes up for
    /// it, and [`TenantStatus::events_gap_since`](crate::TenantStatus::events_gap_since) says so until that has ended.
    pub fn poll_events(mut self, interval: Duration) -> Self {
        self.settings.poll_events = Some(interval);
        self
    }

    /// Refreshes old balances, as [`Policy::refresh_balances`], of each Stripe account that has no policy of its own.
    pub fn refresh_balances(mut self, older_than: Duration, per_hour: u32) -> Self {
        self.settings.policy = self.settings.policy.refresh_balances(older_than, per_hour);
        self
    }

    /// Subscribes accounts to transactions, as [`Policy::subscribe_transactions`].
    pub fn subscribe_transactions(mut self, subscribe: bool) -> Self {
        self.settings.policy = self.settings.policy.subscribe_transactions(subscribe);
        self
    }

    /// Erases disconnected accounts, as [`Policy::erase_disconnected`].
    pub fn erase_disconnected(mut self, erase: bool) -> Self {
        self.settings.policy = self.settings.policy.erase_disconnected(erase);
        self
    }

    /// Accounts that this process syncs at the same time. 16 if not given.
    pub fn concurrency(mut self, accounts: usize) -> Self {
        self.settings.concurrency = accounts.max(1);
        self
    }

    /// Part of Stripe's rate limit that the mirror uses at most, from 0 to 1, so that other calls pass. 0.8 if not given, or if
    /// `share` is not a number.
    pub fn rate_share(mut self, share: f64) -> Self {
        self.settings.share = if share.is_nan() { Settings::default().share } else { share };
        self
    }

    /// Stripe's rate limits of the account, in calls per second: over all operations, and of each one. If not given, those that
    /// Stripe documents: 100 and 25 in live mode, 25 and 25 in test mode. Stripe raises them on request.
    pub fn rate_limits(mut self, total: u32, per_operation: u32) -> Self {
        self.settings.rate_limits = Some((total.max(1), per_operation.max(1)));
        self
    }

    /// Number of shards of a new Postgres database, fixed when it is created. 1 if not given; 256 for one that is to be spread.
    pub fn shards(mut self, shards: u16) -> Self {
        self.layout.shards = Some(shards.max(1));
        self
    }

    /// Number of hash partitions of each table of a new Postgres database. None if not given.
    pub fn partitions(mut self, partitions: u16) -> Self {
        self.layout.partitions = Some(partitions);
        self
    }

    /// Postgres schema that holds the tables. It must exist. The first one of the search path if not given.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.layout.schema = Some(schema.into());
        self
    }

    /// Time of day, in milliseconds since 1970. For tests; the machine's if not given. Waits go by the clock of the
    /// [`config`](MirrorBuilder::config).
    pub fn time_of_day(mut self, now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.wall = Wall::new(now_ms);
        self
    }

    /// Opens the database, `sqlite:PATH` or `postgres://…`, and creates its tables if there are none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Location`], [`ErrorKind::Schema`] or [`ErrorKind::ReadOnly`] for a database that cannot be used;
    /// [`ErrorKind::Configuration`] for an API key or a webhook secret that is none.
    ///
    /// [`ErrorKind::Location`]: crate::ErrorKind::Location
    /// [`ErrorKind::Schema`]: crate::ErrorKind::Schema
    /// [`ErrorKind::ReadOnly`]: crate::ErrorKind::ReadOnly
    /// [`ErrorKind::Configuration`]: crate::ErrorKind::Configuration
    pub async fn open(self, address: &str) -> Result<Mirror, Error> {
        if let Some(error) = self.secret_error {
            return Err(
                Error::new(ErrorKind::Configuration, "the webhook secret cannot be used").with_source(error)
            );
        }
        let unusable =
            |error| Error::new(ErrorKind::Configuration, "the client cannot be set up").with_source(error);
        let config = match self.config {
            Some(config) => config,
            None => Config::from_env().map_err(unusable)?,
        };
        let livemode = config.api_key().is_live();
        let own = config.stripe_account().cloned();
        let client = Client::new(config.with_max_retries(0)).map_err(unusable)?;
        let database = Database::open(address, self.layout).await?;
        let clock = Arc::clone(client.clock());
        let mut accounts = vec![(own, None)];
        for (connected, policy) in self.connected {
            let connected = Some(connected);
            match accounts.iter_mut().find(|(account, _)| *account == connected) {
                Some((_, known)) => *known = policy.or(*known),
                None => accounts.push((connected, policy)),
            }
        }
        let mut tenants = Vec::new();
        for (account, policy) in accounts {
            let tenant = Tenant::new(account.as_ref().map(ConnectedAccountId::as_str), livemode);
            let shard = tenant.shard(database.shards());
            let opened = OpenTenant {
                shard,
                tenant: tenant.id().to_owned(),
                stripe_account: tenant.stripe_account.clone(),
                livemode,
                api_version: API_VERSION.to_owned(),
                now_ms: self.wall.now_ms(),
            };
            database.write(opened).await?;
            let mut limits = Limits::of_mode(livemode, self.settings.share);
            if let Some((total, operation)) = self.settings.rate_limits {
                (limits.total, limits.operation) = (total.into(), operation.into());
            }
            let pace = Pace::new(limits, Arc::clone(&clock));
            let policy = policy.unwrap_or(self.settings.policy);
            tenants.push(TenantContext {
                tenant,
                shard,
                policy,
                api: Api::new(client.clone(), account, pace),
            });
        }
        let worker =
            format!("{}-{:016x}", std::process::id(), RandomState::new().hash_one(std::process::id()));
        let shared = Shared {
            database,
            settings: self.settings,
            wall: self.wall,
            clock,
            worker,
            tenants,
            wake: tokio::sync::Notify::new(),
            wake_keepers: tokio::sync::Notify::new(),
        };
        Ok(Mirror::new(Arc::new(shared), self.verifier))
    }
}
