//! What the controls of worlds share.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::api_version::{API_VERSION, PREVIEW_VERSION, Surface};
use crate::control::reply::Refusal;
use crate::model::event::Event;
use crate::render::event::render_event;
use crate::sandbox::Sandbox;
use crate::state::shared_world::SharedWorld;
use crate::world::World;

/// The world with this name.
pub(super) fn named(sandbox: &Sandbox, name: &str) -> Result<Arc<SharedWorld>, Refusal> {
    sandbox.state.worlds.named(name).ok_or_else(|| {
        missing("no world has this name: GET /_sandbox/worlds lists them, and a key has one after its first write")
    })
}

pub(super) fn missing(message: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, message)
}

pub(super) fn no_account() -> Refusal {
    missing("no account of this world has this id")
}

/// Does work that can take long outside of the threads that serve requests.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let failed = |error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("it was not done: {error}"));
    spawn_blocking(work).await.map_err(failed)
}

/// Whether the console lists an event. It lists those of the preview too, and thin events only as deliveries.
pub(super) fn is_listed(event: &Event) -> bool {
    event.kind.is_shown_in(Surface::Preview)
}

/// How many events the console lists.
pub(super) fn listed_events(world: &World) -> usize {
    world.events.rows().filter(|(_, event)| is_listed(event)).count()
}

/// An event in the version of the account; one that only the preview has, in a version of the preview.
pub(super) fn listed_event(world: &World, row: u32) -> Value {
    let is_in_ga = world.events[row].kind.is_shown_in(Surface::Ga);
    render_event(world, row, if is_in_ga { API_VERSION } else { PREVIEW_VERSION })
}

/// Adds the members of `more` to `object`.
pub(super) fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(members), Value::Object(more)) = (object, more) {
        members.extend(more);
    }
}
