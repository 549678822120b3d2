//! What the parts of one running engine share.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fc_ext::Clock;
use tokio::sync::Notify;

use super::api::Api;
use super::settings::{Policy, Settings};
use crate::row::{Tenant, shard_of};
use crate::store::Database;

/// Time of day, in milliseconds since 1970. Due times and leases are written in it.
#[derive(Clone)]
pub(crate) struct Wall(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Wall {
    /// Time of day of this machine.
    pub(crate) fn system() -> Self {
        Self::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }

    pub(crate) fn new(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        (self.0)()
    }

    /// Time of day after a while.
    pub(crate) fn after(&self, duration: Duration) -> i64 {
        self.now_ms().saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A tenant that this process can read.
pub(crate) struct TenantContext {
    pub(crate) tenant: Tenant,
    /// Shard of the tenant's own rows.
    pub(crate) shard: i64,
    pub(crate) policy: Policy,
    pub(crate) api: Api,
}

/// State of a mirror in this process.
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) settings: Settings,
    pub(crate) wall: Wall,
    pub(crate) clock: Arc<dyn Clock>,
    /// Name of this process among the workers.
    pub(crate) worker: String,
    pub(crate) tenants: Vec<TenantContext>,
    /// Work was raised in this process: idle workers look at once.
    pub(crate) wake: Notify,
    /// A listing was asked for in this process: idle keepers look at once.
    pub(crate) wake_keepers: Notify,
}

impl Shared {
    pub(crate) fn tenant(&self, id: &str) -> Option<&TenantContext> {
        self.tenants.iter().find(|context| context.tenant.id() == id)
    }

    pub(crate) fn tenant_ids(&self) -> Vec<String> {
        self.tenants.iter().map(|context| context.tenant.id().to_owned()).collect()
    }

    pub(crate) fn shard_of(&self, account: &str) -> i64 {
        shard_of(account, self.database.shards())
    }
}
