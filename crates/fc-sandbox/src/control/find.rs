//! `/_sandbox/find/{id}`: which object an id names, in any world.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::control::reply::{Refusal, Reply};
use crate::request_log::{LoggedRequest, Part};
use crate::sandbox::Sandbox;
use crate::secrets::masked;
use crate::world::World;

pub(super) async fn find(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Result<Reply, Refusal> {
    for shared in sandbox.state.worlds.all().worlds {
        if shared.name() == id {
            return Ok(json!({ "world": id, "kind": "world", "id": id }).into());
        }
        let (mut world, _) = shared.lock_now();
        if let Some(mut found) = find_in(&mut world, &id) {
            found["world"] = shared.name().into();
            return Ok(found.into());
        }
    }
    let log = sandbox.state.log.requests();
    let has_id = |request: &LoggedRequest| request.text(Part::RequestId).is_some_and(|found| found == *id);
    let request = log.newest_first().find(|(_, request)| has_id(request));
    if let Some((number, request)) = request {
        let world = request.caller().map(|caller| caller.world_name());
        return Ok(json!({ "world": world, "kind": "request", "id": id, "number": number }).into());
    }
    let message = format!("nothing here has the id {}: it may belong to another sandbox", masked(&id));
    Err(Refusal::new(StatusCode::NOT_FOUND, message))
}

/// The kind of the object with this id, and the account that it belongs to.
fn find_in(world: &mut World, id: &str) -> Option<Value> {
    let account = |world: &World, row: u32| json!(world.accounts[row].id);
    let found =
        |kind: &str, account: Option<Value>| Some(json!({ "kind": kind, "id": id, "account": account }));
    if world.accounts.find(id).is_some() {
        return found("account", Some(json!(id)));
    }
    if let Some(row) = world.sessions.find(id) {
        let linked = world.sessions[row].accounts.first().copied();
        return found("session", linked.map(|row| account(world, row)));
    }
    if world.customer(id).is_some() {
        return found("customer", None);
    }
    if world.events.find(id).is_some() {
        return found("event", None);
    }
    if world.deliveries.find(id).is_some() {
        return found("delivery", None);
    }
    if world.webhook_endpoint(id).is_some() {
        return found("webhook_endpoint", None);
    }
    if let Some(row) = world.ownerships.find(id) {
        return found("ownership", Some(account(world, world.ownerships[row].account)));
    }
    if let Some(row) = world.owners.find(id) {
        let ownership = world.owners[row].ownership;
        return found("owner", Some(account(world, world.ownerships[ownership].account)));
    }
    if let Some(row) = world.refreshes.find(id) {
        return found("transaction_refresh", Some(account(world, world.refreshes[row].account)));
    }
    if let Some(row) = world.authorizations.find(id) {
        let linked = world.authorizations[row].accounts.first().copied();
        return found("authorization", linked.map(|row| account(world, row)));
    }
    let (key, _) = world.find_transaction(id)?;
    found("transaction", Some(account(world, key.account)))
}
