//! The events of a world.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::visited::{is_listed, listed_event, listed_events, missing, named};
use crate::api_version::Surface;
use crate::control::query::Query;
use crate::control::reply::{Refusal, Reply};
use crate::model::event::EventType;
use crate::paging::Filtered;
use crate::render::webhook::render_delivery;
use crate::sandbox::Sandbox;
use crate::world::World;

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    query: Query,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (world, _) = shared.lock_now();
    // The object of an event is JSON text, so an id that is part of it is found there.
    let (kind, search) = (query.text("type")?, query.text("search")?);
    let fits = |row: u32| {
        let event = &world.events[row];
        is_listed(event)
            && kind.is_none_or(|kind| event.kind.as_str() == kind)
            && search.is_none_or(|search| {
                event.id == search || event.kind.as_str().contains(search) || event.object.contains(search)
            })
    };
    let page = query.page(|id| world.events.find(id))?.cut(&Filtered(&world.events, fits));
    let names: Vec<&str> = EventType::shown_in(Surface::Preview).map(EventType::as_str).collect();
    Ok(json!({
        "events": page.keys.into_iter().map(|row| listed_event(&world, row)).collect::<Value>(),
        "has_more": page.has_more,
        "total": listed_events(&world),
        "types": names,
    })
    .into())
}

pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (world, _) = shared.lock_now();
    let row = world
        .events
        .find(&id)
        .ok_or_else(|| missing("no event of this world has this id: they are kept for thirty days"))?;
    Ok(json!({ "event": listed_event(&world, row), "deliveries": deliveries(&world, row) }).into())
}

fn deliveries(world: &World, event: u32) -> Value {
    let of_event = world.deliveries.rows().filter(|(_, delivery)| delivery.event == event);
    of_event.map(|(row, _)| render_delivery(world, row)).collect()
}
