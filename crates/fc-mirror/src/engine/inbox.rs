//! Events, from a webhook or from the list: stored, and turned into work.

use fc_ext::types::{Account, Authorization, Event, EventObject, Timestamp};

use super::shared::Shared;
use crate::error::Error;
use crate::op::{EventRow, ReceiveEvent, Received, TenantState};
use crate::row::{Tenant, digest};

/// What became of a webhook that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// Its account will be read.
    Scheduled,
    /// It is stored, and no account is read because of it: it is of another part of Stripe, of an account that is not mirrored
    /// or is erased, or it names none.
    Kept,
    /// It came before.
    Duplicate,
}

/// What the mirror reads of an event, snapshot or thin.
pub(crate) struct Notice {
    pub(crate) event: EventRow,
    /// Whether it is about an authorization, which groups accounts that it does not name.
    pub(crate) is_authorization: bool,
}

impl Notice {
    /// A snapshot event, with its JSON.
    pub(crate) fn snapshot(event: &Event, json: &str, source: &'static str) -> Self {
        let kind = event.type_.as_str();
        let account = match &event.data.object {
            EventObject::Account(account) => Some(account.id.to_string()),
            // One that does not decode is still about an account, which may decode when it is read.
            EventObject::Unknown(fields) if kind.starts_with(&format!("{}.", Account::OBJECT)) => fields
                .get("id")
                .and_then(|id| id.as_str())
                .filter(|id| id.starts_with("fca_"))
                .map(str::to_owned),
            _ => None,
        };
        let mut row = event_row(event.id.to_string(), kind.to_owned(), account, json, source);
        row.created = event.created.map(Timestamp::as_secs);
        row.api_version.clone_from(&event.api_version);
        Self { event: row, is_authorization: kind.starts_with(&format!("{}.", Authorization::OBJECT)) }
    }
}

/// Row of an event without a time and a version.
pub(crate) fn event_row(
    id: String,
    kind: String,
    account: Option<String>,
    json: &str,
    source: &'static str,
) -> EventRow {
    let raw = json.replace('\0', "\u{fffd}");
    let digest = digest(&raw);
    EventRow { id, kind, account, created: None, api_version: None, source, digest, raw }
}

/// Stores an event and raises its work, in one transaction. The caller wakes the workers.
pub(crate) async fn accept(shared: &Shared, tenant: &Tenant, notice: Notice) -> Result<Receipt, Error> {
    let (is_of_account, now_ms) = (notice.event.account.is_some(), shared.wall.now_ms());
    let raises = (is_of_account || notice.is_authorization) && is_mirrored(shared, tenant).await?;
    let shard = match &notice.event.account {
        Some(account) => shared.shard_of(account),
        None => tenant.shard(shared.database.shards()),
    };
    let receive = ReceiveEvent { shard, tenant: tenant.id().to_owned(), event: notice.event, raises, now_ms };
    let received = shared.database.write(receive).await?;
    Ok(match received {
        Received::Duplicate => Receipt::Duplicate,
        Received::Erased => Receipt::Kept,
        Received::New if raises && is_of_account => Receipt::Scheduled,
        Received::New => {
            if raises {
                shared.wake_keepers.notify_waiters();
            }
            Receipt::Kept
        }
    })
}

/// Whether this process or another one mirrors the tenant.
///
/// One that another process opens after this read is listed then, and the listing sees what the event is about.
async fn is_mirrored(shared: &Shared, tenant: &Tenant) -> Result<bool, Error> {
    if shared.tenant(tenant.id()).is_some() {
        return Ok(true);
    }
    // The row of the tenant may lie in another shard than the event, and no transaction crosses shards.
    let state = TenantState { shard: tenant.shard(shared.database.shards()), tenant: tenant.id().to_owned() };
    Ok(shared.database.read(state).await?.is_some())
}
