//! What the sandbox keeps.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account_number::{AccountNumber, PaymentMethodType};
use crate::bank::{Balance, Usage};
use crate::table::Identified;

/// A kind of data that can be refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Feature {
    /// The balance.
    Balance,
    /// The owners.
    Ownership,
    /// The transactions.
    Transactions,
}

impl Feature {
    /// The names in `features[]`.
    pub(crate) const NAMES: &'static [&'static str] = &["balance", "ownership", "transactions"];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            // `prefetch[]` writes it in the plural.
            "balance" | "balances" => Some(Self::Balance),
            "ownership" => Some(Self::Ownership),
            "transactions" => Some(Self::Transactions),
            _ => None,
        }
    }

    /// The permission that the holder must have given.
    pub(crate) const fn permission(self) -> &'static str {
        match self {
            Self::Balance => "balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// The name in `features[]`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    pub(crate) const fn event(self) -> &'static str {
        match self {
            Self::Balance => "financial_connections.account.refreshed_balance",
            Self::Ownership => "financial_connections.account.refreshed_ownership",
            Self::Transactions => "financial_connections.account.refreshed_transactions",
        }
    }
}

/// How a refresh ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefreshOutcome {
    /// With new data.
    #[default]
    Succeeded,
    /// Without; the old data stay.
    Failed,
    /// Without, because the bank has cut the connection: the account turns inactive.
    FailedAndInactive,
}

impl RefreshOutcome {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::FailedAndInactive => "failed_and_inactive",
        }
    }
}

/// What can be set about a sandbox's behaviour where Stripe's is not published.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How long a refresh takes.
    pub(crate) refresh_delay: Duration,
    /// The least time between two refreshes of a feature.
    pub(crate) balance_interval: Duration,
    pub(crate) ownership_interval: Duration,
    pub(crate) transactions_interval: Duration,
    /// Whether a refresh that comes too early is refused, rather than quietly not started.
    pub(crate) refuse_early_refresh: bool,
    /// Whether events are sent to other machines as well.
    pub(crate) remote_webhooks: bool,
    /// How long, in real time, an endpoint may take to answer.
    pub(crate) webhook_timeout: Duration,
    /// Whether signatures carry the sandbox's time, rather than the machine's.
    pub(crate) sign_in_sandbox_time: bool,
    /// What a new world begins with.
    pub(crate) population: Population,
}

/// Accounts that a new world begins with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Population {
    pub(crate) accounts: u32,
    /// Of all accounts together.
    pub(crate) transactions: u32,
}

impl Settings {
    pub(crate) fn interval(&self, feature: Feature) -> Duration {
        match feature {
            Feature::Balance => self.balance_interval,
            Feature::Ownership => self.ownership_interval,
            Feature::Transactions => self.transactions_interval,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refresh_delay: Duration::from_secs(1),
            balance_interval: Duration::from_secs(60),
            ownership_interval: Duration::from_secs(24 * 60 * 60),
            transactions_interval: Duration::from_secs(60 * 60),
            refuse_early_refresh: false,
            remote_webhooks: false,
            webhook_timeout: Duration::from_secs(10),
            sign_in_sandbox_time: false,
            population: Population::default(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) invoice_prefix: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: serde_json::Map<String, serde_json::Value>,
}

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Holder {
    Account(String),
    Customer(String),
    /// An Account that acts as a customer.
    CustomerAccount(String),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) client_secret: String,
    pub(crate) holder: Holder,
    pub(crate) permissions: Vec<String>,
    pub(crate) prefetch: Vec<String>,
    pub(crate) filters: Option<Filters>,
    pub(crate) account_limit: Option<i64>,
    pub(crate) manual_entry: Option<String>,
    pub(crate) return_url: Option<String>,
    /// Rows of the accounts that were linked, oldest first.
    pub(crate) accounts: Vec<u32>,
    /// Whether the user has been through it; a session serves once.
    pub(crate) finished: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Filters {
    pub(crate) account_subcategories: Option<Vec<String>>,
    pub(crate) country: Option<String>,
    pub(crate) payment_method_support: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccountStatus {
    Active,
    Inactive,
    Disconnected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RefreshStatus {
    Pending,
    Succeeded,
    Failed,
}

/// The last attempt to refresh a feature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) status: RefreshStatus,
    pub(crate) at: i64,
    /// When the next may start; not shown while this one is pending or the account is not active.
    pub(crate) next_at: Option<i64>,
    /// The call that asked for it; the daily refresh and prefetching have none.
    pub(crate) cause: Option<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) holder: Holder,
    pub(crate) institution_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) last4: String,
    pub(crate) currency: String,
    pub(crate) category: Cow<'static, str>,
    pub(crate) subcategory: Cow<'static, str>,
    pub(crate) permissions: Vec<String>,
    pub(crate) status: AccountStatus,
    /// Row of the log-in that it was linked with.
    pub(crate) authorization: u32,
    /// What it can be paid with.
    pub(crate) payment_methods: Vec<PaymentMethodType>,
    /// None if it cannot be paid with at all.
    pub(crate) number: Option<AccountNumber>,
    pub(crate) balance: Option<Balance>,
    pub(crate) balance_attempt: Option<Attempt>,
    /// Row of the newest snapshot of the owners.
    pub(crate) ownership: Option<u32>,
    pub(crate) ownership_attempt: Option<Attempt>,
    pub(crate) transactions_attempt: Option<Attempt>,
    /// Row of the latest refresh of the transactions.
    pub(crate) transaction_refresh: Option<u32>,
    pub(crate) subscription: Subscription,
    /// The owners as the bank knows them.
    pub(crate) owners: Vec<crate::account_spec::AccountOwner>,
    /// How many transactions it had had when it was linked; with the seed and the id, all that its bank's data follow from.
    pub(crate) transactions: u32,
    /// Features whose refreshes always fail.
    pub(crate) failing: Vec<Feature>,
    /// How refreshes to come will end, where not with success.
    pub(crate) outcomes: Vec<(Feature, RefreshOutcome)>,
}

/// Whether transactions are refreshed daily.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) active: bool,
    /// Counts the subscriptions, so that the daily task of an ended one is known for stale.
    pub(crate) number: u32,
}

impl Account {
    pub(crate) fn attempt(&self, feature: Feature) -> Option<&Attempt> {
        let attempt = match feature {
            Feature::Balance => &self.balance_attempt,
            Feature::Ownership => &self.ownership_attempt,
            Feature::Transactions => &self.transactions_attempt,
        };
        attempt.as_ref()
    }

    pub(crate) fn attempt_mut(&mut self, feature: Feature) -> &mut Option<Attempt> {
        match feature {
            Feature::Balance => &mut self.balance_attempt,
            Feature::Ownership => &mut self.ownership_attempt,
            Feature::Transactions => &mut self.transactions_attempt,
        }
    }

    pub(crate) fn permits(&self, permission: &str) -> bool {
        self.permissions.iter().any(|granted| granted == permission)
    }
}

/// How the subcategory of an account is used.
pub(crate) fn usage(subcategory: &str) -> Usage {
    match subcategory {
        "savings" => Usage::Savings,
        "credit_card" => Usage::Card,
        "mortgage" | "line_of_credit" => Usage::Loan,
        "other" => Usage::Investment,
        _ => Usage::Checking,
    }
}

/// A snapshot of an account's owners.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ownership {
    pub(crate) id: String,
    pub(crate) account: u32,
    pub(crate) created: i64,
    /// Rows, oldest first.
    pub(crate) owners: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Owner {
    pub(crate) id: String,
    pub(crate) ownership: u32,
    pub(crate) owner: crate::account_spec::AccountOwner,
    pub(crate) refreshed_at: i64,
}

/// One refresh of an account's transactions; its row number is its place among all.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TransactionRefresh {
    pub(crate) id: String,
    pub(crate) account: u32,
    pub(crate) succeeded_at: Option<i64>,
}

/// Something that happened, with the object as it was then.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) kind: Cow<'static, str>,
    /// JSON text: a log of many events is small, and rarely read.
    pub(crate) object: String,
    pub(crate) cause: Option<Cause>,
    /// How many deliveries of it have not succeeded.
    pub(crate) pending_webhooks: u32,
}

/// The API call that caused an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cause {
    pub(crate) request_id: String,
    pub(crate) idempotency_key: Option<String>,
}

macro_rules! identified {
    ($($name:ident)+) => {$(
        impl Identified for $name {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )+};
}

identified!(Account Customer Event Owner Ownership Session TransactionRefresh);
