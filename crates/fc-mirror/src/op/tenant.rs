//! Tenants: their listing of accounts and its lease.

use super::sql::{
    CLAIM_TENANT, EXTEND_TENANT, FAIL_TENANT, FINISH_LISTING, RAISE_LISTING, RELEASE_TENANT, SET_LISTING,
    TENANT_STATE, UPSERT_TENANT,
};
use crate::error::{Error, ErrorKind};
use crate::store::{Operation, Tx, Value};

/// Makes a tenant known. A changed API version makes its listing due.
#[derive(Clone)]
pub(crate) struct OpenTenant {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) stripe_account: Option<String>,
    pub(crate) livemode: bool,
    pub(crate) api_version: String,
    pub(crate) now_ms: i64,
}

impl Operation for OpenTenant {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let parameters = vec![
            self.shard.into(),
            (&self.tenant).into(),
            (&self.stripe_account).into(),
            self.livemode.into(),
            (&self.api_version).into(),
            self.now_ms.into(),
        ];
        tx.execute(&UPSERT_TENANT, parameters).await.map(drop)
    }
}

/// Right of one worker to list the accounts of a tenant.
#[derive(Clone)]
pub(crate) struct TenantLease {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) token: i64,
    /// Last account of the listing that was interrupted.
    pub(crate) cursor: Option<String>,
    pub(crate) started_ms: Option<i64>,
    /// Accounts that the running listing has seen.
    pub(crate) accounts: i64,
    /// When the last listing ended; `None` before the first.
    pub(crate) done_ms: Option<i64>,
    pub(crate) failures: i64,
    /// When a listing was due at the claim. Another value since then means that one was asked for.
    pub(crate) due_ms: i64,
}

/// Claims a tenant, or extends the claim of the same worker.
#[derive(Clone)]
pub(crate) struct ClaimTenant {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) worker: String,
    pub(crate) now_ms: i64,
    pub(crate) until_ms: i64,
    /// A lease that ends later than this was made by a clock that was wrong.
    pub(crate) latest_ms: i64,
}

impl Operation for ClaimTenant {
    /// `None` while another worker has it.
    type Output = Option<TenantLease>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Option<TenantLease>, Error> {
        let parameters = vec![
            self.shard.into(),
            (&self.tenant).into(),
            (&self.worker).into(),
            self.now_ms.into(),
            self.until_ms.into(),
            self.latest_ms.into(),
        ];
        let rows = tx.query(&CLAIM_TENANT, parameters).await?;
        rows.first()
            .map(|row| {
                Ok(TenantLease {
                    shard: self.shard,
                    tenant: self.tenant.clone(),
                    token: row.int(0)?,
                    cursor: row.opt_text(1)?,
                    started_ms: row.opt_int(2)?,
                    accounts: row.int(3)?,
                    done_ms: row.opt_int(4)?,
                    failures: row.int(5)?,
                    due_ms: row.int(6)?,
                })
            })
            .transpose()
    }
}

/// Error unless the statement found the row with the token.
pub(super) fn held(changed: u64, lease: &TenantLease) -> Result<(), Error> {
    match changed {
        0 => Err(Error::new(
            ErrorKind::LeaseLost,
            format!("the lease of tenant {} has ended; another worker continues", lease.tenant),
        )),
        _ => Ok(()),
    }
}

pub(super) fn key(lease: &TenantLease) -> Vec<Value<'_>> {
    vec![lease.shard.into(), (&lease.tenant).into(), lease.token.into()]
}

/// Notes how far a listing has come.
#[derive(Clone)]
pub(crate) struct SetListing {
    pub(crate) lease: TenantLease,
    pub(crate) cursor: Option<String>,
    pub(crate) started_ms: i64,
    pub(crate) accounts: i64,
}

impl Operation for SetListing {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let mut parameters = key(&self.lease);
        parameters.extend([
            (&self.cursor).into(),
            self.started_ms.into(),
            self.accounts.into(),
            self.lease.due_ms.into(),
        ]);
        held(tx.execute(&SET_LISTING, parameters).await?, &self.lease)
    }
}

/// Notes that a listing has seen every account. It stays due if one was asked for since the claim.
#[derive(Clone)]
pub(crate) struct FinishListing {
    pub(crate) lease: TenantLease,
    /// When the next one is due.
    pub(crate) due_ms: i64,
    pub(crate) accounts: i64,
    pub(crate) now_ms: i64,
}

impl Operation for FinishListing {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let mut parameters = key(&self.lease);
        let claimed = self.lease.due_ms;
        parameters.extend([self.due_ms.into(), self.now_ms.into(), self.accounts.into(), claimed.into()]);
        held(tx.execute(&FINISH_LISTING, parameters).await?, &self.lease)
    }
}

/// Notes that a listing failed. The next one continues at its cursor.
#[derive(Clone)]
pub(crate) struct FailTenant {
    pub(crate) lease: TenantLease,
    pub(crate) due_ms: i64,
    pub(crate) error: String,
    pub(crate) now_ms: i64,
}

impl Operation for FailTenant {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let mut parameters = key(&self.lease);
        parameters.extend([self.due_ms.into(), (&self.error).into(), self.now_ms.into()]);
        held(tx.execute(&FAIL_TENANT, parameters).await?, &self.lease)
    }
}

/// Ends the claim of a tenant.
#[derive(Clone)]
pub(crate) struct ReleaseTenant {
    pub(crate) lease: TenantLease,
}

impl Operation for ReleaseTenant {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        tx.execute(&RELEASE_TENANT, key(&self.lease)).await.map(drop)
    }
}

/// Moves the end of the claim of a tenant.
#[derive(Clone)]
pub(crate) struct ExtendTenant {
    pub(crate) lease: TenantLease,
    pub(crate) until_ms: i64,
}

impl Operation for ExtendTenant {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let mut parameters = key(&self.lease);
        parameters.push(self.until_ms.into());
        held(tx.execute(&EXTEND_TENANT, parameters).await?, &self.lease)
    }
}

/// Reads the listing of a tenant.
#[derive(Clone)]
pub(crate) struct TenantState {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
}

/// Listing of a tenant, and its reading of events.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) listing_due_ms: i64,
    /// Accounts that the running listing has seen, or that the last one saw.
    pub(crate) accounts: i64,
    /// When the last listing ended; `None` before the first.
    pub(crate) done_ms: Option<i64>,
    pub(crate) failures: i64,
    pub(crate) error: Option<String>,
    /// When the events are to be read; `None` if they never were.
    pub(crate) events_due_ms: Option<i64>,
    /// Every event up to this time is in the inbox, in Unix seconds.
    pub(crate) events_created: Option<i64>,
    /// From this time on events are missing, until a listing has ended, in Unix seconds.
    pub(crate) events_gap_since: Option<i64>,
}

impl Operation for TenantState {
    type Output = Option<Listing>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Option<Listing>, Error> {
        let rows = tx.query(&TENANT_STATE, vec![self.shard.into(), (&self.tenant).into()]).await?;
        rows.first()
            .map(|row| {
                Ok(Listing {
                    listing_due_ms: row.int(0)?,
                    accounts: row.int(1)?,
                    done_ms: row.opt_int(2)?,
                    failures: row.int(3)?,
                    error: row.opt_text(4)?,
                    events_due_ms: row.opt_int(5)?,
                    events_created: row.opt_int(6)?,
                    events_gap_since: row.opt_int(7)?,
                })
            })
            .transpose()
    }
}

/// Makes a listing of a tenant due, from its first page. One that is under way goes on, and this one follows it.
#[derive(Clone)]
pub(crate) struct RaiseListing {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) now_ms: i64,
}

impl Operation for RaiseListing {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let parameters = vec![self.shard.into(), (&self.tenant).into(), self.now_ms.into()];
        tx.execute(&RAISE_LISTING, parameters).await.map(drop)
    }
}
