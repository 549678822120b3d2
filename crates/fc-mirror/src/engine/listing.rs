//! Listing of all accounts of a tenant, which finds what no event told.

use std::collections::BTreeMap;

use fc_ext::types::{AccountId, ErrorCode};

use super::api::check_end;
use super::shared::{Shared, TenantContext};
use super::vanished::Seen;
use crate::error::{Error, ErrorKind};
use crate::op::{FinishListing, InsertListed, KnownAccounts, Lane, RaiseWanted, SetListing, TenantLease};
use crate::row::AccountRow;

/// Lists accounts from where the last listing stopped, page after page.
///
/// One that goes on where another stopped does not read the pages before again. So the next one is due an interval after the first
/// of the two began, which is at once if that was long ago.
///
/// New accounts are inserted. Accounts that differ are made due: only a lease holder replaces what is stored, because a page
/// may be older than it. Quiet accounts cost one call per hundred, and no write.
///
/// # Errors
///
/// Of the API or of the storage. The next listing continues at the last page.
pub(super) async fn list(shared: &Shared, context: &TenantContext, lease: &TenantLease) -> Result<(), Error> {
    let mut after: Option<AccountId> = lease.cursor.as_deref().and_then(|cursor| cursor.parse().ok());
    let (mut accounts, started_ms) = match (&after, lease.started_ms) {
        (Some(_), Some(started_ms)) => (lease.accounts, started_ms),
        _ => (0, shared.wall.now_ms()),
    };
    let is_resumed = after.is_some();
    // Only a listing from the beginning sees every account.
    let mut seen = after.is_none().then(Seen::default);
    let lane = if lease.done_ms.is_none() { Lane::FirstLoad } else { Lane::Reconciliation };
    loop {
        let page = match context.api.list_accounts(lane, after.as_ref()).await {
            Ok(page) => page,
            // The account at which the last listing stopped is unknown: begin at the newest.
            Err(error) if after.is_some() && error.code() == Some(&ErrorCode::ResourceMissing) => {
                (after, accounts, seen) = (None, 0, None);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let rows = page.data.iter().map(AccountRow::new).collect::<Result<Vec<_>, _>>();
        let rows = rows.map_err(Error::unencodable)?;
        if let Some(row) = rows.iter().find(|row| row.livemode != context.tenant.livemode) {
            let message = format!("the account {} is of the other mode than the API key", row.id);
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        accounts += i64::try_from(rows.len()).unwrap_or(0);
        if let Some(seen) = &mut seen {
            rows.iter().for_each(|row| seen.add(&row.id));
        }
        compare(shared, context, rows, lane).await?;
        shared.wake.notify_one();
        let last = page.data.last().map(|account| account.id.clone());
        if !page.has_more {
            if let Some(seen) = &seen {
                read_missing(shared, context, seen, started_ms).await?;
            }
            let (due_ms, now_ms) = (shared.wall.after(shared.settings.reconcile_every), shared.wall.now_ms());
            let ran_ms = if is_resumed { (now_ms - started_ms).max(0) } else { 0 };
            let (lease, due_ms) = (lease.clone(), due_ms - ran_ms);
            let finish = FinishListing { lease, due_ms, accounts, now_ms };
            return shared.database.write(finish).await;
        }
        check_end(page.has_more, last.is_some())?;
        let Some(last) = last else { return Ok(()) };
        let cursor = Some(last.to_string());
        shared.database.write(SetListing { lease: lease.clone(), cursor, started_ms, accounts }).await?;
        after = Some(last);
    }
}

/// Makes the accounts due that the listing did not see. Reading one tells whether Stripe still has it.
async fn read_missing(
    shared: &Shared,
    context: &TenantContext,
    seen: &Seen,
    started_ms: i64,
) -> Result<(), Error> {
    for account in seen.missing(shared, context, started_ms).await? {
        let (shard, tenant) = (shared.shard_of(&account), context.tenant.id().to_owned());
        let (lane, now_ms) = (Lane::Reconciliation, shared.wall.now_ms());
        shared.database.write(RaiseWanted { shard, tenant, account, lane, now_ms }).await?;
    }
    shared.wake.notify_one();
    Ok(())
}

/// Inserts the accounts of a page that are new, and makes those due that differ.
async fn compare(
    shared: &Shared,
    context: &TenantContext,
    rows: Vec<AccountRow>,
    lane: Lane,
) -> Result<(), Error> {
    let tenant = context.tenant.id().to_owned();
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let shards = ids.iter().map(|id| shared.shard_of(id)).collect();
    let known = shared.database.read(KnownAccounts { tenant: tenant.clone(), ids, shards }).await?;
    // A transaction never crosses shards.
    let mut new: BTreeMap<i64, Vec<AccountRow>> = BTreeMap::new();
    for row in rows {
        let shard = shared.shard_of(&row.id);
        match known.get(&row.id) {
            None => new.entry(shard).or_default().push(row),
            Some(known) if known.is_erased || known.digest == row.digest => {}
            Some(_) => {
                let (tenant, account) = (tenant.clone(), row.id);
                let (lane, now_ms) = (Lane::Reconciliation, shared.wall.now_ms());
                shared.database.write(RaiseWanted { shard, tenant, account, lane, now_ms }).await?;
            }
        }
    }
    for (shard, accounts) in new {
        let (tenant, now_ms) = (tenant.clone(), shared.wall.now_ms());
        shared.database.write(InsertListed { shard, tenant, accounts, lane, now_ms }).await?;
    }
    Ok(())
}
