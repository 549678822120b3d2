//! The accounts of a world.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::overview::has_refresh;
use super::visited::{named, no_account};
use crate::api_version::Surface;
use crate::control::query::Query;
use crate::control::reply::{Refusal, Reply};
use crate::model::account::Account;
use crate::model::refresh::RefreshStatus;
use crate::paging::{Filtered, Ordered};
use crate::render::account::render_account;
use crate::render::holder::render_holder;
use crate::render::ownership::render_owner;
use crate::sandbox::Sandbox;
use crate::world::World;

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    query: Query,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (world, _) = shared.lock_now();
    let (search, status) = (query.search()?, query.text("status")?);
    let fits = |row: u32| {
        let account = &world.accounts[row];
        status.is_none_or(|status| has_status(account, status))
            && search.as_ref().is_none_or(|search| is_found(account, search))
    };
    let page = query.page(|id| world.accounts.find(id))?;
    let list = Filtered(&world.accounts, fits);
    let page = page.cut(&list);
    Ok(json!({
        "accounts": page.keys.into_iter().map(|row| render_account(&world, row, Surface::Preview)).collect::<Value>(),
        "has_more": page.has_more,
        "matching": list.older(None).count(),
        "total": world.accounts.numbers().count(),
    })
    .into())
}

/// Whether an account has a status of the API, or the status `failed` or `pending` of a last refresh.
fn has_status(account: &Account, status: &str) -> bool {
    match status {
        "failed" => has_refresh(account, RefreshStatus::Failed),
        "pending" => has_refresh(account, RefreshStatus::Pending),
        _ => json!(account.status) == *status,
    }
}

fn is_found(account: &Account, search: &str) -> bool {
    let holder = render_holder(&account.holder).to_string();
    let texts = [&account.id, &account.institution_name, &account.last4, &holder];
    let name = account.display_name.as_deref().unwrap_or_default();
    texts.iter().any(|text| text.to_lowercase().contains(search)) || name.to_lowercase().contains(search)
}

pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (world, _) = shared.lock_now();
    let row = world.accounts.find(&id).ok_or_else(no_account)?;
    let account = &world.accounts[row];
    let sessions = world.sessions.rows().filter(|(_, session)| session.accounts.contains(&row));
    let planned =
        account.outcomes.iter().map(|(feature, outcome)| json!({ "feature": feature, "outcome": outcome }));
    Ok(json!({
        "account": render_account(&world, row, Surface::Preview),
        "bank_down": sandbox.faults().has_outage(&account.institution_name),
        "owners": owners(&world, account),
        "planned_outcomes": planned.collect::<Value>(),
        "sessions": sessions.map(|(_, session)| session.id.as_str()).collect::<Vec<_>>(),
    })
    .into())
}

/// The owners of the newest snapshot.
fn owners(world: &World, account: &Account) -> Value {
    let ownership = account.ownership.map(|ownership| &world.ownerships[ownership]);
    let owners = ownership.into_iter().flat_map(|ownership| ownership.owners.iter());
    owners.map(|owner| render_owner(world, *owner)).collect()
}
