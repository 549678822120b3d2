//! Comparison of the mirror with the API, row by row.

use std::collections::HashMap;

use fc_ext::types::{Account, AccountId, AccountStatus};

use super::api::check_end;
use super::shared::{Shared, TenantContext};
use super::vanished::Seen;
use crate::error::Error;
use crate::op::{Lane, Reread, StoredOf};
use crate::row::{AccountRow, OwnerRow, TransactionRow};

/// Row that differs between the mirror and the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) account: String,
    pub(crate) entity: &'static str,
    pub(crate) id: String,
    pub(crate) kind: DifferenceKind,
}

/// How a row differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// Stripe has it, and the mirror has not.
    Missing,
    /// The mirror has another state of it.
    Differs,
    /// The mirror has it, and Stripe does not list it. A repair leaves it, because a sync deletes no row.
    Surplus,
}

/// Compares every account of a tenant.
pub(crate) async fn verify_all(
    shared: &Shared,
    context: &TenantContext,
    repair: bool,
) -> Result<Vec<Difference>, Error> {
    let mut after: Option<AccountId> = None;
    let (mut found, mut seen, start_ms) = (Vec::new(), Seen::default(), shared.wall.now_ms());
    loop {
        let page = context.api.list_accounts(Lane::Reconciliation, after.as_ref()).await?;
        check_end(page.has_more, !page.data.is_empty())?;
        for account in &page.data {
            seen.add(account.id.as_str());
            found.extend(compare(shared, context, account, repair).await?);
        }
        after = page.data.last().map(|account| account.id.clone());
        if !page.has_more {
            break;
        }
    }
    for id in seen.missing(shared, context, start_ms).await? {
        let (account, kind) = (id.clone(), DifferenceKind::Surplus);
        found.push(Difference { account, entity: "account", id, kind });
    }
    Ok(found)
}

/// Compares one account.
pub(crate) async fn verify_one(
    shared: &Shared,
    context: &TenantContext,
    id: &AccountId,
    repair: bool,
) -> Result<Vec<Difference>, Error> {
    let account = context.api.retrieve_account(Lane::Reconciliation, id).await?;
    compare(shared, context, &account, repair).await
}

async fn compare(
    shared: &Shared,
    context: &TenantContext,
    account: &Account,
    repair: bool,
) -> Result<Vec<Difference>, Error> {
    let row = AccountRow::new(account).map_err(Error::unencodable)?;
    let shard = shared.shard_of(&row.id);
    let tenant = context.tenant.id().to_owned();
    let stored = StoredOf { shard, tenant: tenant.clone(), account: row.id.clone() };
    let stored = shared.database.read(stored).await?;
    if stored.is_erased {
        return Ok(Vec::new());
    }
    let one = |digest: Option<String>| digest.map(|digest| (row.id.clone(), digest)).into_iter().collect();
    let mut found = differences(&row.id, "account", &one(Some(row.digest.clone())), &one(stored.account));
    if account.status != AccountStatus::Disconnected {
        // Without a refresh there are none, and Stripe refuses the list to those without the permission.
        let transactions = match account.transaction_refresh {
            Some(_) => transactions(context, &account.id).await?,
            None => HashMap::new(),
        };
        found.extend(differences(&row.id, "transaction", &transactions, &stored.transactions));
        let owners = owners(context, account).await?;
        found.extend(differences(&row.id, "owner", &owners, &stored.owners));
    }
    if repair && found.iter().any(|difference| difference.kind != DifferenceKind::Surplus) {
        let reread = Reread { shard, tenant, account: row.id, now_ms: shared.wall.now_ms() };
        shared.database.write(reread).await?;
        shared.wake.notify_one();
    }
    Ok(found)
}

fn differences(
    account: &str,
    entity: &'static str,
    expected: &HashMap<String, String>,
    stored: &HashMap<String, String>,
) -> Vec<Difference> {
    let difference =
        |id: &String, kind| Difference { account: account.to_owned(), entity, id: id.clone(), kind };
    let lacking = expected.iter().filter_map(|(id, digest)| match stored.get(id) {
        None => Some(difference(id, DifferenceKind::Missing)),
        Some(stored) if stored != digest => Some(difference(id, DifferenceKind::Differs)),
        Some(_) => None,
    });
    let surplus = stored.keys().filter(|id| !expected.contains_key(*id));
    let surplus = surplus.map(|id| difference(id, DifferenceKind::Surplus));
    let mut found: Vec<Difference> = lacking.chain(surplus).collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// Digests of the transactions that the API lists, by id.
async fn transactions(context: &TenantContext, id: &AccountId) -> Result<HashMap<String, String>, Error> {
    let (mut found, mut after) = (HashMap::new(), None);
    loop {
        let page = match context.api.list_transactions(Lane::Reconciliation, id, None, after.as_ref()).await {
            Ok(page) => page,
            Err(error) if error.is_no_successful_transaction_refresh() => return Ok(found),
            Err(error) => return Err(error.into()),
        };
        check_end(page.has_more, !page.data.is_empty())?;
        for transaction in &page.data {
            let row = TransactionRow::new(transaction).map_err(Error::unencodable)?;
            found.insert(row.id, row.digest);
        }
        after = page.data.last().map(|transaction| transaction.id.clone());
        if !page.has_more {
            return Ok(found);
        }
    }
}

/// Digests of the owners that the API lists for the account's snapshot, by id.
async fn owners(context: &TenantContext, account: &Account) -> Result<HashMap<String, String>, Error> {
    let (mut found, mut after) = (HashMap::new(), None);
    let Some(ownership) = account.ownership.as_ref().map(|ownership| ownership.id()) else {
        return Ok(found);
    };
    loop {
        let page =
            context.api.list_owners(Lane::Reconciliation, &account.id, ownership, after.as_ref()).await?;
        check_end(page.has_more, !page.data.is_empty())?;
        for owner in &page.data {
            let row = OwnerRow::new(owner).map_err(Error::unencodable)?;
            found.insert(row.id, row.digest);
        }
        after = page.data.last().map(|owner| owner.id.clone());
        if !page.has_more {
            return Ok(found);
        }
    }
}
