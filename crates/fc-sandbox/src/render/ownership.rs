//! Snapshots of owners.

use serde_json::{Value, json};

use crate::paging::PageRequest;
use crate::render::account::ACCOUNTS_URL;
use crate::render::list::render_list;
use crate::world::World;

pub(crate) fn render_ownership(world: &World, row: u32) -> Value {
    let ownership = &world.ownerships[row];
    // The only list URL with a query: the next pages need the id of the snapshot.
    let account = &world.accounts[ownership.account].id;
    let url = format!("{ACCOUNTS_URL}/{account}/owners?ownership={}", ownership.id);
    let page = PageRequest::first().cut(&ownership.owners.as_slice());
    json!({
        "id": ownership.id,
        "object": "financial_connections.account_ownership",
        "created": ownership.created,
        "owners": render_list(page, &url, |owner| render_owner(world, owner)),
    })
}

pub(crate) fn render_owner(world: &World, row: u32) -> Value {
    let owner = &world.owners[row];
    json!({
        "id": owner.id,
        "object": "financial_connections.account_owner",
        "email": owner.owner.email,
        "name": owner.owner.name,
        "ownership": world.ownerships[owner.ownership].id,
        "phone": owner.owner.phone,
        "raw_address": owner.owner.raw_address,
        "refreshed_at": owner.refreshed_at,
    })
}
