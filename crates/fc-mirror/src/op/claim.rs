//! Leases: which worker may write an account.

use super::sql::{ACCOUNT_RAW, CLAIM, EXTEND_LEASE, LOCK_SYNC};
use crate::error::{Error, ErrorKind};
use crate::store::{Operation, Row, Tx, Value};

/// Urgency of work. A higher lane goes first, in the order of claims and in the order of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    /// An event, or a caller that waits.
    Webhook,
    /// A difference that a listing found, or a repeated attempt.
    Reconciliation,
    /// An account that the mirror has never read.
    FirstLoad,
}

impl Lane {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Webhook => 0,
            Self::Reconciliation => 1,
            Self::FirstLoad => 2,
        }
    }

    fn of(number: i64) -> Self {
        match number {
            0 => Self::Webhook,
            1 => Self::Reconciliation,
            _ => Self::FirstLoad,
        }
    }
}

/// Right of one worker to write one account, until it ends or another worker takes it.
#[derive(Clone)]
pub(crate) struct Lease {
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) token: i64,
    /// Value of `wanted` that the sync will have done.
    pub(crate) noted: i64,
    pub(crate) lane: Lane,
    pub(crate) position: String,
    /// Ownership snapshot whose owners are complete.
    pub(crate) ownership: Option<String>,
    /// Syncs of the account that failed since the last success.
    pub(crate) failures: i64,
    /// The account as a listing just read it, so that it need not be read again.
    pub(crate) listed: Option<String>,
}

impl Lease {
    fn read(row: &Row) -> Result<(Self, bool), Error> {
        let lease = Self {
            shard: row.int(0)?,
            tenant: row.text(1)?,
            account: row.text(2)?,
            token: row.int(3)?,
            noted: row.int(4)?,
            lane: Lane::of(row.int(5)?),
            position: row.text(6)?,
            ownership: row.opt_text(7)?,
            failures: row.int(9)?,
            listed: None,
        };
        // A second claim means that the first did not end: what the listing read may be old by now.
        let is_fresh = row.flag(8)? && lease.token == 1;
        Ok((lease, is_fresh))
    }
}

/// Locks the sync row and checks that the lease still holds.
///
/// # Errors
///
/// [`ErrorKind::LeaseLost`] when another worker has claimed the account since.
pub(super) async fn guard<T: Tx>(tx: &mut T, lease: &Lease) -> Result<(), Error> {
    let rows = tx
        .query(&LOCK_SYNC, vec![lease.shard.into(), (&lease.tenant).into(), (&lease.account).into()])
        .await?;
    match rows.first() {
        Some(row) if row.int(0)? == lease.token => Ok(()),
        _ => Err(lost(lease)),
    }
}

pub(super) fn lost(lease: &Lease) -> Error {
    Error::new(
        ErrorKind::LeaseLost,
        format!("the lease of {} has ended; another worker continues", lease.account),
    )
}

/// Claims due accounts for a worker. Committed before the first call to Stripe.
#[derive(Clone)]
pub(crate) struct Claim {
    /// Tenants whose accounts this worker can read.
    pub(crate) tenants: Vec<String>,
    pub(crate) worker: String,
    pub(crate) now_ms: i64,
    pub(crate) until_ms: i64,
    pub(crate) limit: i64,
    pub(crate) shards: i64,
    /// The lowest lane that may be claimed.
    pub(crate) lanes: Lane,
}

impl Operation for Claim {
    /// Leases, the most urgent first.
    type Output = Vec<Lease>;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Vec<Lease>, Error> {
        let parameters = vec![
            Value::texts(&self.tenants),
            (&self.worker).into(),
            self.now_ms.into(),
            self.until_ms.into(),
            self.limit.into(),
            self.shards.into(),
            self.lanes.number().into(),
        ];
        let mut leases = Vec::new();
        for row in tx.query(&CLAIM, parameters).await? {
            let (mut lease, is_fresh) = Lease::read(&row)?;
            if is_fresh {
                let key = vec![lease.shard.into(), (&lease.tenant).into(), (&lease.account).into()];
                if let Some(row) = tx.query(&ACCOUNT_RAW, key).await?.first() {
                    lease.listed = row.opt_text(0)?;
                }
            }
            leases.push(lease);
        }
        leases.sort_by_key(|lease| lease.lane);
        Ok(leases)
    }
}

/// Moves the end of a lease.
#[derive(Clone)]
pub(crate) struct ExtendLease {
    pub(crate) lease: Lease,
    pub(crate) until_ms: i64,
}

impl Operation for ExtendLease {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let lease = &self.lease;
        let parameters = vec![
            lease.shard.into(),
            (&lease.tenant).into(),
            (&lease.account).into(),
            lease.token.into(),
            self.until_ms.into(),
        ];
        match tx.execute(&EXTEND_LEASE, parameters).await? {
            0 => Err(lost(lease)),
            _ => Ok(()),
        }
    }
}
