//! `/v1/events`

use serde_json::Value;

use crate::call::{Call, Operation, nothing_more};
use crate::error::ApiError;
use crate::expand::Shape;
use crate::page::{ENDING_BEFORE, Filtered, LIMIT, PageRequest, STARTING_AFTER};
use crate::params::{Kind, Params, optional};
use crate::render::list;
use crate::world::World;

/// How long an event can be read.
const KEPT: i64 = 30 * 24 * 60 * 60;

pub(super) static LIST: Operation = Operation {
    name: "list_events",
    params: &[
        optional("created", Kind::Range),
        optional("delivery_success", Kind::OneOf(&["true", "false"])),
        optional("type", Kind::Text),
        optional("types", Kind::List(&Kind::Text)),
        LIMIT,
        STARTING_AFTER,
        ENDING_BEFORE,
    ],
    check: |params| {
        if params.has("/type") && params.has("/types") {
            let message = "You may only specify one of these parameters: type, types.";
            return Err(ApiError::invalid(message).code("parameters_exclusive"));
        }
        Ok(())
    },
    answer: Shape::List(&Shape::Event),
    run: list_events,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: "retrieve_event",
    params: &[],
    check: nothing_more,
    answer: Shape::Event,
    run: |call| {
        let now = call.now.unix();
        let event = call.world.events.find(call.id).filter(|event| is_kept(call.world, *event, now));
        let event = event.ok_or_else(|| ApiError::not_found("event", call.id, "id"))?;
        Ok(call.world.render_event(event))
    },
};

fn is_kept(world: &World, event: u32, now: i64) -> bool {
    world.events[event].created > now.saturating_sub(KEPT)
}

fn list_events(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (world, now) = (&*call.world, call.now.unix());
    let page = PageRequest::read(call.params, "event", |id| world.events.find(id))?;
    let matching = Filtered(world.events.numbers(), |event| {
        is_kept(world, event, now) && matches(call.params, world, event)
    });
    Ok(list(page.cut(&matching), "/v1/events", |event| world.render_event(event)))
}

/// Whether a type is the wanted one, or in the wanted group: `*` stands for whatever follows.
fn is_in(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(group) => kind.starts_with(group),
        None => kind == wanted,
    }
}

fn matches(params: &Params, world: &World, event: u32) -> bool {
    let event = &world.events[event];
    let types = params.texts("/types");
    // One that is still due, or was given up, is pending for ever.
    let delivered = event.pending_webhooks == 0;
    params.text("/type").is_none_or(|wanted| is_in(wanted, &event.kind))
        && params.text("/delivery_success").is_none_or(|wanted| (wanted == "true") == delivered)
        && (types.is_empty() || types.contains(&&*event.kind))
        && params.range("/created").is_none_or(|(low, high)| (low..=high).contains(&event.created))
}
