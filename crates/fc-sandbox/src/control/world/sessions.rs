//! The sessions of a world.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::visited::{missing, named};
use crate::control::query::Query;
use crate::control::reply::{Refusal, Reply};
use crate::paging::Filtered;
use crate::render::holder::render_holder;
use crate::render::session::page_path;
use crate::sandbox::Sandbox;
use crate::world::World;

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    query: Query,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (world, _) = shared.lock_now();
    let (state, search) = (query.text("state")?, query.text("search")?);
    let fits = |row: u32| {
        let session = &world.sessions[row];
        state.is_none_or(|state| (state == "open") != session.finished)
            && search.is_none_or(|search| {
                session.id.contains(search) || render_holder(&session.holder).to_string().contains(search)
            })
    };
    let page = query.page(|id| world.sessions.find(id))?.cut(&Filtered(&world.sessions, fits));
    Ok(json!({
        "sessions": page.keys.into_iter().map(|row| render(&world, row)).collect::<Value>(),
        "has_more": page.has_more,
        "total": world.sessions.numbers().count(),
    })
    .into())
}

/// A session without its client secret, and with the ids of its accounts only.
pub(super) fn render(world: &World, row: u32) -> Value {
    let session = &world.sessions[row];
    let accounts: Vec<&str> = session.accounts.iter().map(|row| world.accounts[*row].id.as_str()).collect();
    json!({
        "id": session.id,
        "account_holder": render_holder(&session.holder),
        "accounts": accounts,
        "permissions": session.permissions,
        "prefetch": session.prefetch,
        "account_limit": session.account_limit,
        "finished": session.finished,
        "status": session.status(),
        "relinks": session.relink.map(|relink| world.authorizations[relink.authorization].id.as_str()),
    })
}

/// The address of the linking page of an open session. It contains the client secret.
pub(super) async fn link_page(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let world = shared.lock();
    let row = world.sessions.find(&id).ok_or_else(|| missing("no session of this world has this id"))?;
    let session = &world.sessions[row];
    if session.finished {
        return Err(Refusal::invalid("the session is finished: create another one"));
    }
    Ok(json!({ "url": page_path(session) }).into())
}
