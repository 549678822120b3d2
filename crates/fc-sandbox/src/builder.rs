//! The builder of a sandbox.

use std::io;
use std::time::Duration;

use crate::app::RunningSandbox;
use crate::clock::Clock;
use crate::http::host::without_port;
use crate::model::control_token::ControlToken;
use crate::model::feature::Feature;
use crate::model::limits::Limits;
use crate::model::own_addresses::OwnAddresses;
use crate::model::settings::{Population, Settings};
use crate::sandbox::Sandbox;
use crate::state::State;

impl Sandbox {
    /// A builder with the default settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder { clock: Clock::real(), seed: 0, settings: Settings::default() }
    }

    /// Starts a sandbox with the default settings on a free port of this machine. It runs until the handle is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = fc_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub async fn start() -> io::Result<RunningSandbox> {
        Self::builder().start().await
    }
}

/// Settings of a new sandbox.
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder {
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    pub(crate) settings: Settings,
}

impl SandboxBuilder {
    /// The clock; by default it runs with the machine's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The seed of ids, secrets and bank data; 0 by default. The same calls at the same times give the same responses.
    ///
    /// Client secrets and signing secrets follow from the seed and the API key too. So they are predictable for everyone who
    /// knows both, and with the default seed for everyone who knows the key. Set a random seed when other machines reach the
    /// sandbox; the program does that by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long a refresh takes on the sandbox's clock; 1 s by default.
    pub fn refresh_delay(mut self, delay: Duration) -> Self {
        self.settings.refresh_delay = delay;
        self
    }

    /// The minimum time between two refreshes of a feature. The defaults are a minute for the balance, a day for the owners
    /// and the inferred balances, and an hour for the transactions. Stripe does not publish its intervals.
    pub fn refresh_interval(mut self, feature: Feature, interval: Duration) -> Self {
        match feature {
            Feature::Balance => self.settings.balance_interval = interval,
            Feature::Ownership => self.settings.ownership_interval = interval,
            Feature::Transactions => self.settings.transactions_interval = interval,
            Feature::InferredBalances => self.settings.inferred_balances_interval = interval,
        }
        self
    }

    /// Refuses an early refresh with a 400. By default an early refresh starts nothing and succeeds. Stripe does not publish
    /// which of the two it does.
    pub fn refuse_early_refresh(mut self, refuse: bool) -> Self {
        self.settings.refuse_early_refresh = refuse;
        self
    }

    /// Refuses a refresh with a 400 while one is pending. By default the second refresh starts nothing and succeeds. Programs
    /// report that Stripe refuses it; its documentation does not say.
    pub fn refuse_pending_refresh(mut self, refuse: bool) -> Self {
        self.settings.refuse_pending_refresh = refuse;
        self
    }

    /// Gives every second pending transaction a new `transacted_at` when it posts, so it moves in the list. The API reference
    /// does not exclude this, and a sync must not lose transactions because of it.
    ///
    /// The setting applies to accounts that are linked with it. They keep it in a data file and in an export.
    pub fn move_posting_dates(mut self, moving: bool) -> Self {
        self.settings.move_posting_dates = moving;
        self
    }

    /// Refuses calls beyond Stripe's rate limits with a 429, which names the limiter in `Stripe-Rate-Limited-Reason`. By
    /// default there are no limits.
    ///
    /// Each key has its own limits, and so has each connected account. They count in the sandbox's time, so that a clock that
    /// stands still gives no new calls. Stripe does not publish how many calls may be in progress at the same time: here as
    /// many as may begin in a second.
    ///
    /// ```
    /// let sandbox = fc_sandbox::Sandbox::builder().limits(fc_sandbox::Limits::Sandbox).build();
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = Some(limits);
        self
    }

    /// Allows webhook endpoints on other machines. By default events are sent to this machine only.
    pub fn remote_webhooks(mut self, allow: bool) -> Self {
        self.settings.remote_webhooks = allow;
        self
    }

    /// Signs deliveries with the time of the sandbox's clock, for receivers that use that clock. By default they carry the
    /// time of the machine, which receivers compare with their own.
    pub fn sign_webhooks_in_sandbox_time(mut self, sandbox_time: bool) -> Self {
        self.settings.sign_in_sandbox_time = sandbox_time;
        self
    }

    /// The deadline of a webhook request, in real time; 10 s by default.
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.webhook_timeout = timeout;
        self
    }

    /// Allows a name, such as `sandbox` in a container network, as the `Host` of requests.
    ///
    /// On a loopback address the sandbox refuses other names than `localhost`, because a web page can let its own name lead
    /// to this machine (DNS rebinding). On other addresses every name is allowed, unless this method allows one.
    ///
    /// A port after the name is ignored.
    pub fn allow_host(mut self, name: impl AsRef<str>) -> Self {
        self.settings.hosts.push(without_port(name.as_ref()));
        self
    }

    /// Opens the controls at `/_sandbox/…` to other machines that send `Authorization: Bearer <token>`. By default they
    /// answer this machine only.
    ///
    /// The controls show the keys and secrets of all callers, so the token must be hard to guess.
    pub fn control_token(mut self, token: impl AsRef<str>) -> Self {
        self.settings.control_token = Some(ControlToken::new(token.as_ref()));
        self
    }

    /// Gives every new world this many linked accounts, each with its own customer; none by default. A world gets them with the
    /// first list or the first created object.
    ///
    /// `transactions` is the number of transactions of all accounts together, within the last 180 days. The accounts have
    /// all permissions, and their transactions are refreshed. Transactions are computed on the first read, so a million of
    /// them cost nothing before. No account has more than
    /// [`AccountSpec::MAX_TRANSACTIONS`](crate::AccountSpec::MAX_TRANSACTIONS).
    pub fn population(mut self, accounts: u32, transactions: u32) -> Self {
        self.settings.population = Population { accounts, transactions };
        self
    }

    /// The number of requests that the request log keeps, 1,000 by default and 16 MiB at most; 0 switches the log off. It keeps as
    /// many webhook requests, too.
    ///
    /// The log is in memory and is shown by the console at `/_sandbox/console`. It shows no keys and no secrets.
    pub fn request_log(mut self, entries: usize) -> Self {
        self.settings.log.entries = entries;
        self
    }

    /// Builds the sandbox, without a socket.
    #[must_use]
    pub fn build(mut self) -> Sandbox {
        // A clone of the builder can build another sandbox.
        self.settings.own_addresses = OwnAddresses::default();
        State::new(self.clock, self.seed, self.settings).into()
    }

    /// Opens a sandbox with its state in a data file, without a socket.
    ///
    /// A missing file is created. An existing file has its own seed and clock. Every change is on disk before its response
    /// is sent.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written, is in use by another sandbox, or has another format.
    #[cfg(feature = "sqlite")]
    pub fn open(
        mut self,
        data: impl AsRef<std::path::Path>,
    ) -> Result<Sandbox, crate::store::sqlite::DataError> {
        self.settings.own_addresses = OwnAddresses::default();
        State::open(data.as_ref(), self.clock, self.seed, self.settings).map(Sandbox::from)
    }

    /// Starts the sandbox on a free port of this machine. It runs until the handle is dropped.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub async fn start(self) -> io::Result<RunningSandbox> {
        RunningSandbox::start(self.build()).await
    }
}
