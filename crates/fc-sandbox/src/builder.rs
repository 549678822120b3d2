//! Setting up a sandbox.

use std::io;
use std::time::Duration;

use crate::clock::Clock;
use crate::model::{Feature, Population, Settings};
use crate::sandbox::{RunningSandbox, Sandbox};
use crate::state::State;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder {
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    pub(crate) settings: Settings,
}

impl SandboxBuilder {
    /// The clock; the machine's if not given.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What ids and bank data are drawn from; 0 if not given. The same calls at the same times give the same answers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long a refresh takes on the sandbox's clock; 1 s if not given.
    pub fn refresh_delay(mut self, delay: Duration) -> Self {
        self.settings.refresh_delay = delay;
        self
    }

    /// The least time between two refreshes of a feature. Stripe does not publish its own; the defaults are a minute for the
    /// balance, a day for the owners and an hour for the transactions.
    pub fn refresh_interval(mut self, feature: Feature, interval: Duration) -> Self {
        match feature {
            Feature::Balance => self.settings.balance_interval = interval,
            Feature::Ownership => self.settings.ownership_interval = interval,
            Feature::Transactions => self.settings.transactions_interval = interval,
        }
        self
    }

    /// Refuses a refresh that comes too early with a 400, instead of quietly not starting it. Which of the two Stripe does
    /// is not published.
    pub fn refuse_early_refresh(mut self, refuse: bool) -> Self {
        self.settings.refuse_early_refresh = refuse;
        self
    }

    /// Lets webhook endpoints be on other machines. Without it, events are sent to this machine only.
    pub fn remote_webhooks(mut self, allow: bool) -> Self {
        self.settings.remote_webhooks = allow;
        self
    }

    /// Signs deliveries with the time on the sandbox's clock, for receivers that read that clock too. Without it they carry
    /// the machine's, which receivers hold against theirs.
    pub fn sign_webhooks_in_sandbox_time(mut self, sandbox_time: bool) -> Self {
        self.settings.sign_in_sandbox_time = sandbox_time;
        self
    }

    /// How long, in real time, a webhook endpoint may take to answer; 10 s if not given.
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.webhook_timeout = timeout;
        self
    }

    /// Lets every new world begin with so many accounts, each of a customer of its own, that have had so many transactions
    /// between them in the last 180 days; none if not given. They are linked with all permissions and their transactions
    /// can be read. A million transactions cost nothing before somebody reads them; no account has more than
    /// [`AccountSpec::MAX_TRANSACTIONS`](crate::AccountSpec::MAX_TRANSACTIONS).
    pub fn population(mut self, accounts: u32, transactions: u32) -> Self {
        self.settings.population = Population { accounts, transactions };
        self
    }

    /// The sandbox, without a socket.
    #[must_use]
    pub fn build(self) -> Sandbox {
        State::new(self.clock, self.seed, self.settings).into()
    }

    /// The sandbox, without a socket, with its state in a data file: what the file has is there, and what changes is
    /// written before it is answered. A file that is not there is made; an old one brings its own seed and clock.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, another sandbox has it, or it is from another version.
    #[cfg(feature = "sqlite")]
    pub fn open(self, data: impl AsRef<std::path::Path>) -> Result<Sandbox, crate::DataError> {
        State::open(data.as_ref(), self.clock, self.seed, self.settings).map(Sandbox::from)
    }

    /// The sandbox, listening on a free port of this machine until the handle is dropped.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    pub async fn start(self) -> io::Result<RunningSandbox> {
        RunningSandbox::start(self.build()).await
    }
}
