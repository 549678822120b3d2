//! Inbox of events.

use super::account::state;
use super::claim::Lane;
use super::sql::{INSERT_EVENT, LOCK_SYNC, RAISE_LISTING, RAISE_WANTED, SET_EVENT_WANTED};
use crate::error::{Error, ErrorKind};
use crate::store::{Operation, Tx, Value};

/// Event as the inbox keeps it.
#[derive(Clone)]
pub(crate) struct EventRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// Account that it is about, if it names one.
    pub(crate) account: Option<String>,
    /// Unix seconds; `None` for thin events, whose time is a text.
    pub(crate) created: Option<i64>,
    pub(crate) api_version: Option<String>,
    /// Where it came from: `webhook`.
    pub(crate) source: &'static str,
    pub(crate) digest: String,
    pub(crate) raw: String,
}

/// Inserts an event, and raises the work that it causes, in one transaction.
#[derive(Clone)]
pub(crate) struct ReceiveEvent {
    /// Shard of the account, or of the tenant if the event names none.
    pub(crate) shard: i64,
    pub(crate) tenant: String,
    pub(crate) event: EventRow,
    /// Whether the mirror reads the account because of it, or lists all accounts if it names none.
    pub(crate) raises: bool,
    pub(crate) now_ms: i64,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// It is stored, with the work that it raises.
    New,
    /// It is stored without its body and raises nothing, because its account is erased.
    Erased,
    /// It is in the inbox already, and its work was raised then.
    Duplicate,
}

impl Operation for ReceiveEvent {
    type Output = Received;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<Received, Error> {
        let event = &self.event;
        let is_erased = match &event.account {
            Some(account) if self.raises => is_erased(tx, self.shard, &self.tenant, account).await?,
            _ => false,
        };
        let raises = self.raises && !is_erased;
        let key = || -> Vec<Value<'_>> { vec![self.shard.into(), (&self.tenant).into(), (&event.id).into()] };
        let mut parameters = key();
        parameters.extend([
            (&event.kind).into(),
            (&event.account).into(),
            event.created.into(),
            (&event.api_version).into(),
            event.source.into(),
            self.now_ms.into(),
            (&event.digest).into(),
            // Without a sync that covers the event, nothing drops the body.
            event.account.as_ref().filter(|_| raises).map(|_| event.raw.as_str()).into(),
        ]);
        if tx.execute(&INSERT_EVENT, parameters).await? == 0 {
            return Ok(Received::Duplicate);
        }
        match &event.account {
            Some(account) if raises => {
                let wanted = raise(tx, self.shard, &self.tenant, account, Lane::Webhook, self.now_ms).await?;
                let mut parameters = key();
                parameters.push(wanted.into());
                tx.execute(&SET_EVENT_WANTED, parameters).await?;
            }
            None if raises => {
                let parameters = vec![self.shard.into(), (&self.tenant).into(), self.now_ms.into()];
                tx.execute(&RAISE_LISTING, parameters).await?;
            }
            _ => {}
        }
        Ok(if is_erased { Received::Erased } else { Received::New })
    }
}

/// Whether an account is erased. It locks the sync row first, as an erasure does: that ends before the event is stored, or
/// finds the event and drops its body.
async fn is_erased<T: Tx>(tx: &mut T, shard: i64, tenant: &str, account: &str) -> Result<bool, Error> {
    tx.query(&LOCK_SYNC, vec![shard.into(), tenant.into(), account.into()]).await?;
    Ok(state(tx, shard, tenant, account).await?.is_some_and(|stored| stored.is_erased))
}

/// Raises `wanted` of an account, and makes it due unless it is leased.
pub(super) async fn raise<T: Tx>(
    tx: &mut T,
    shard: i64,
    tenant: &str,
    account: &str,
    lane: Lane,
    now_ms: i64,
) -> Result<i64, Error> {
    let parameters = vec![shard.into(), tenant.into(), account.into(), lane.number().into(), now_ms.into()];
    let rows = tx.query(&RAISE_WANTED, parameters).await?;
    let row = rows.first().ok_or_else(|| Error::new(ErrorKind::Database, "`wanted` was not raised"))?;
    row.int(0)
}
