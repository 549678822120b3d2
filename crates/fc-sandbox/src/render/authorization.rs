//! Log-ins. GA shows them in events only; the preview has an endpoint for them.

use serde_json::{Map, Value, json};

use crate::api_version::Surface;
use crate::bank::institution::institution_id;
use crate::model::account::InactiveCause;
use crate::render::account::overlay;
use crate::render::holder::render_holder;
use crate::world::World;

/// Renders a log-in as a version of `surface` shows it.
pub(crate) fn render_authorization(world: &World, row: u32, surface: Surface) -> Value {
    let authorization = &world.authorizations[row];
    let is_active = !world.active_accounts(row).is_empty();
    let mut details = Map::new();
    if !is_active {
        details.insert("inactive".to_owned(), json!({ "action": "relink_required" }));
    } else if let Some(ends_at) = authorization.ends_at {
        let expected = json!({ "action": "relink_required", "expected_deactivation_date": ends_at });
        details.insert("active".to_owned(), expected);
    }
    let mut rendered = json!({
        "id": authorization.id,
        "object": "financial_connections.authorization",
        "institution_name": authorization.institution_name,
        "livemode": world.livemode,
        "status": if is_active { "active" } else { "inactive" },
        "status_details": details,
    });
    if surface == Surface::Preview {
        overlay(&mut rendered, authorization_in_preview(world, row));
    }
    rendered
}

/// The members that the preview adds to a log-in, or shows otherwise.
pub(crate) fn authorization_in_preview(world: &World, row: u32) -> Value {
    let authorization = &world.authorizations[row];
    let holder = authorization.accounts.first().map(|account| &world.accounts[*account].holder);
    let mut members = json!({
        "account_holder": holder.map(render_holder),
        "institution": institution_id(&authorization.institution_name),
    });
    let connected = world.connected_accounts(row);
    if connected.is_empty() {
        members["status"] = "disconnected".into();
        members["status_details"] = json!({});
    } else if world.active_accounts(row).is_empty() {
        let causes = connected.iter().filter_map(|account| world.accounts[*account].why_inactive());
        let action =
            if causes.into_iter().any(InactiveCause::can_be_relinked) { "relink_required" } else { "none" };
        members["status_details"] = json!({ "inactive": { "action": action } });
    }
    members
}
