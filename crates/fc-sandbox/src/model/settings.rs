//! Settings of a sandbox.

use std::time::Duration;

use crate::clock::DAY;
use crate::model::control_token::ControlToken;
use crate::model::feature::Feature;
use crate::model::limits::Limits;
use crate::model::own_addresses::OwnAddresses;
use crate::request_log::LogLimits;

/// The settings of a sandbox, mostly for behavior that Stripe does not publish.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How long a refresh takes.
    pub(crate) refresh_delay: Duration,
    /// The minimum time between two refreshes of a feature.
    pub(crate) balance_interval: Duration,
    pub(crate) ownership_interval: Duration,
    pub(crate) transactions_interval: Duration,
    pub(crate) inferred_balances_interval: Duration,
    /// Whether an early refresh is refused. Otherwise it starts nothing and succeeds.
    pub(crate) refuse_early_refresh: bool,
    /// Whether a refresh of a pending feature is refused. Otherwise it starts nothing and succeeds.
    pub(crate) refuse_pending_refresh: bool,
    /// Whether some transactions get a new date when they post.
    pub(crate) move_posting_dates: bool,
    /// Whether events are sent to other machines too.
    pub(crate) remote_webhooks: bool,
    /// The deadline of a webhook request, in real time.
    pub(crate) webhook_timeout: Duration,
    /// Whether signatures carry the time of the sandbox instead of the machine's.
    pub(crate) sign_in_sandbox_time: bool,
    /// Stripe's rate limits; none by default.
    pub(crate) limits: Option<Limits>,
    /// The accounts of a new world.
    pub(crate) population: Population,
    /// Names that the `Host` of a request may have, besides those of this machine. In lower case.
    pub(crate) hosts: Vec<String>,
    /// Opens the controls to other machines.
    pub(crate) control_token: Option<ControlToken>,
    /// How many requests the log keeps.
    pub(crate) log: LogLimits,
    /// Where the sandbox listens.
    pub(crate) own_addresses: OwnAddresses,
}

/// The accounts that a new world begins with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Population {
    pub(crate) accounts: u32,
    /// The transactions of all accounts together.
    pub(crate) transactions: u32,
}

impl Settings {
    pub(crate) fn interval(&self, feature: Feature) -> Duration {
        match feature {
            Feature::Balance => self.balance_interval,
            Feature::Ownership => self.ownership_interval,
            Feature::Transactions => self.transactions_interval,
            Feature::InferredBalances => self.inferred_balances_interval,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refresh_delay: Duration::from_secs(1),
            balance_interval: Duration::from_secs(60),
            ownership_interval: DAY,
            transactions_interval: Duration::from_secs(3600),
            inferred_balances_interval: DAY,
            refuse_early_refresh: false,
            refuse_pending_refresh: false,
            move_posting_dates: false,
            remote_webhooks: false,
            webhook_timeout: Duration::from_secs(10),
            sign_in_sandbox_time: false,
            limits: None,
            population: Population::default(),
            hosts: Vec::new(),
            control_token: None,
            log: LogLimits::default(),
            own_addresses: OwnAddresses::default(),
        }
    }
}
