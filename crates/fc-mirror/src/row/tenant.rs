//! Tenants: a Stripe account in one mode.

use std::fmt;

use super::shard::shard_of;

/// A Stripe account in one mode. Test and live data never meet, nor do those of two connected accounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tenant {
    /// Connected account; `None` is the account of the API key.
    pub(crate) stripe_account: Option<String>,
    pub(crate) livemode: bool,
    id: String,
}

impl Tenant {
    pub(crate) fn new(stripe_account: Option<&str>, livemode: bool) -> Self {
        let mode = if livemode { "live" } else { "test" };
        let id = format!("{}/{mode}", stripe_account.unwrap_or("self"));
        Self { stripe_account: stripe_account.map(str::to_owned), livemode, id }
    }

    /// Its id in the database, such as `self/test` or `acct_1/live`.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Shard of what belongs to the tenant and to no account.
    pub(crate) fn shard(&self, shards: i64) -> i64 {
        shard_of(&self.id, shards)
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}
