//! `/v1/events`

use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Call, Operation, nothing_more};
use crate::api::page::{self, ENDING_BEFORE, LIMIT, STARTING_AFTER};
use crate::api::params::{Kind, Params, optional};
use crate::api_version::{API_VERSION, Surface};
use crate::model::operation::OperationName;
use crate::paging::Filtered;
use crate::render::event::render_event;
use crate::render::list::render_list;
use crate::world::World;

pub(super) static LIST: Operation = Operation {
    name: OperationName::ListEvents,
    params: &[
        optional("created", Kind::Range),
        optional("delivery_success", Kind::OneOf(&["true", "false"])),
        optional("type", Kind::Text),
        optional("types", Kind::List(&Kind::Text)),
        LIMIT,
        STARTING_AFTER,
        ENDING_BEFORE,
    ],
    check: |params, _| {
        if params.has("/type") && params.has("/types") {
            let message = "You may only specify one of these parameters: type, types.";
            return Err(ApiError::invalid(message).code("parameters_exclusive"));
        }
        Ok(())
    },
    response: Shape::List(&Shape::Event),
    run: list_events,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveEvent,
    params: &[],
    check: nothing_more,
    response: Shape::Event,
    run: |call| {
        let events = &call.world.events;
        let is_shown = |event: &u32| {
            let event = &events[*event];
            event.is_retained(call.now) && event.kind.is_shown_in(call.version.surface)
        };
        let event = events.find(call.id).filter(is_shown);
        let event = event.ok_or_else(|| ApiError::not_found("event", call.id, "id"))?;
        Ok(render_event(call.world, event, api_version(call)))
    },
};

fn list_events(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (world, now, surface) = (&*call.world, call.now, call.version.surface);
    let retained = |event: &u32| {
        let event = &world.events[*event];
        event.is_retained(now) && event.kind.is_shown_in(surface)
    };
    let page = page::read(call.params, "event", |id| world.events.find(id).filter(retained))?;
    let matching = Filtered(&world.events, |event| retained(&event) && matches(call.params, world, event));
    Ok(render_list(page.cut(&matching), "/v1/events", |event| render_event(world, event, api_version(call))))
}

/// The version in which events are shown: that of the account, unless the caller asks for the preview.
fn api_version<'a>(call: &Call<'a>) -> &'a str {
    match call.version.surface {
        Surface::Ga => API_VERSION,
        Surface::Preview => call.api_version,
    }
}

/// Whether a type is the wanted one, or in the wanted group: `*` at the end matches every rest.
fn is_in(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(group) => kind.starts_with(group),
        None => kind == wanted,
    }
}

fn matches(params: &Params, world: &World, event: u32) -> bool {
    let event = &world.events[event];
    let types = params.texts("/types");
    // A webhook that is due, or whose last attempt failed, stays pending.
    let delivered = event.pending_webhooks == 0;
    params.text("/type").is_none_or(|wanted| is_in(wanted, event.kind.as_str()))
        && params.text("/delivery_success").is_none_or(|wanted| (wanted == "true") == delivered)
        && (types.is_empty() || types.contains(&event.kind.as_str()))
        && params.range("/created").is_none_or(|(low, high)| (low..=high).contains(&event.created))
}
