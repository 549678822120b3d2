//! Events: each records an object as it is at that moment.

use serde_json::{Value, json};

use crate::api_version::Surface;
use crate::clock::Instant;
use crate::lifecycle::delivery;
use crate::model::event::{Cause, Event, EventType};
use crate::model::feature::Feature;
use crate::render::account::{account_in_preview, render_account};
use crate::render::authorization::{authorization_in_preview, render_authorization};
use crate::render::session::render_session;
use crate::world::World;

/// Records an event about an account, and the thin event for the same change.
pub(crate) fn emit(world: &mut World, kind: EventType, account: u32, cause: Option<&Cause>, at: Instant) {
    let object = render_account(world, account, Surface::Ga);
    let preview = Some(account_in_preview(world, account).to_string());
    let event = record(world, kind, &object, preview, cause, at);
    if let Some(thin) = kind.thin() {
        emit_thin(world, thin, account, Some(event), cause, at);
    }
}

/// Records the thin event that says how a refresh ended.
pub(crate) fn emit_outcome(
    world: &mut World,
    feature: Feature,
    succeeded: bool,
    account: u32,
    cause: Option<&Cause>,
    at: Instant,
) {
    emit_thin(world, feature.outcome_event(succeeded), account, None, cause, at);
}

/// Records an event about a log-in.
pub(crate) fn emit_authorization(world: &mut World, kind: EventType, authorization: u32, at: Instant) {
    let object = render_authorization(world, authorization, Surface::Ga);
    let preview = Some(authorization_in_preview(world, authorization).to_string());
    record(world, kind, &object, preview, None, at);
}

/// Records that a session has ended. Only the preview has an event for it.
pub(crate) fn emit_session(world: &mut World, session: u32, at: Instant) {
    let object = render_session(world, session, Surface::Preview, None);
    record(world, EventType::SessionUpdated, &object, None, None, at);
}

fn record(
    world: &mut World,
    kind: EventType,
    object: &Value,
    preview: Option<String>,
    cause: Option<&Cause>,
    at: Instant,
) -> u32 {
    // An event that GA does not have draws its id elsewhere, so that a seed gives the ids that it gave without the preview.
    let id = if kind.is_shown_in(Surface::Ga) {
        world.random.id("evt_")
    } else {
        let about = object["id"].as_str().unwrap_or_default();
        world.random_of(kind.as_str(), &format!("{about} {}", world.events.next())).id("evt_")
    };
    let (object, cause) = (object.to_string(), cause.cloned());
    let event = Event { id, created: at.unix(), kind, object, preview, cause, pending_webhooks: 0 };
    let event = world.events.add(event);
    delivery::create(world, event, at);
    event
}

/// Records a thin event, unless no event destination asks for its type: the API does not list thin events.
fn emit_thin(
    world: &mut World,
    kind: EventType,
    account: u32,
    snapshot: Option<u32>,
    cause: Option<&Cause>,
    at: Instant,
) {
    if !delivery::is_asked_for(world, kind) {
        return;
    }
    let object = json!({
        "id": world.accounts[account].id,
        "snapshot_event": snapshot.map(|event| world.events[event].id.as_str()),
    });
    record(world, kind, &object, None, cause, at);
}
