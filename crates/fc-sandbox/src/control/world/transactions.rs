//! The transactions of an account, as its refreshes have reported them.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::visited::{named, no_account};
use crate::bank::entry::TransactionStatus;
use crate::bank::ledger::Place;
use crate::bank::transaction_id::TransactionKey;
use crate::control::query::Query;
use crate::control::reply::{Refusal, Reply};
use crate::model::account::AccountStatus;
use crate::paging::{Filtered, Ordered};
use crate::render::transaction::render_transaction;
use crate::sandbox::Sandbox;

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
    query: Query,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (mut world, _) = shared.lock_now();
    let account = world.accounts.find(&id).ok_or_else(no_account)?;
    let is_read = world.accounts[account].status != AccountStatus::Disconnected
        && world.ledger.of(account).has_refresh();
    if !is_read {
        return Ok(json!({ "transactions": [], "has_more": false, "total": null, "matching": null }).into());
    }
    world.sync_ledger(account);
    let page = query.page(|id| {
        world.find_transaction(id).filter(|(key, _)| key.account == account).map(|(_, place)| place)
    })?;
    let (search, status) = (query.search()?, query.text("status")?);
    let named = query.text("search")?.and_then(|id| world.ledger.ids.key(id)).map(|key| key.row);
    let ledger = world.ledger.of(account);
    let fits = |(_, row): Place| {
        let Some(transaction) = ledger.row(row) else { return false };
        let found =
            |search: &String| named == Some(row) || transaction.description.to_lowercase().contains(search);
        status.is_none_or(|status| name_of(transaction.status) == status) && search.as_ref().is_none_or(found)
    };
    let (view, is_filtered) = (ledger.view(None, None), search.is_some() || status.is_some());
    let list = Filtered(view, fits);
    let page = page.cut(&list);
    let total = ledger.count();
    // A filter over a million transactions is counted too: the number says how many there are to page through.
    let matching = if is_filtered { list.older(None).count() } else { total };
    let render = |(_, row): Place| render_transaction(&world, TransactionKey { account, row });
    Ok(json!({
        "transactions": page.keys.into_iter().map(render).collect::<Value>(),
        "has_more": page.has_more,
        "total": total,
        "matching": matching,
    })
    .into())
}

fn name_of(status: TransactionStatus) -> &'static str {
    match status {
        TransactionStatus::Pending => "pending",
        TransactionStatus::Posted { .. } => "posted",
        TransactionStatus::Void { .. } => "void",
    }
}
