//! The deliveries of a world to webhook endpoints: each attempt, and sending one again.

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::visited::{extend, missing, named};
use crate::control::query::Query;
use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::control::requests::render_send;
use crate::model::webhook::{Delivery, DeliveryState, Outcome};
use crate::paging::Filtered;
use crate::render::webhook::render_delivery;
use crate::sandbox::Sandbox;
use crate::webhook::resend::{ResendError, resend};
use crate::webhook::signature::body;
use crate::world::World;

/// The largest number of copies of one request.
const MOST_TIMES: u32 = 100;

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    query: Query,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (world, _) = shared.lock_now();
    let (state, search) = (query.text("state")?, query.text("search")?);
    let fits = |row: u32| {
        let delivery = &world.deliveries[row];
        state.is_none_or(|state| name_of(delivery.state) == state)
            && search.is_none_or(|search| is_found(&world, delivery, search))
    };
    let page = query.page(|id| world.deliveries.find(id))?.cut(&Filtered(&world.deliveries, fits));
    Ok(json!({
        "deliveries": page.keys.into_iter().map(|row| render(&world, row)).collect::<Value>(),
        "has_more": page.has_more,
        "total": world.deliveries.numbers().count(),
    })
    .into())
}

fn name_of(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Due(_) => "pending",
        DeliveryState::Succeeded => "succeeded",
        DeliveryState::Failed => "failed",
        DeliveryState::Cancelled => "cancelled",
    }
}

fn is_found(world: &World, delivery: &Delivery, search: &str) -> bool {
    let event = &world.events[delivery.event];
    delivery.id.contains(search)
        || event.kind.as_str().contains(search)
        || world.webhook_endpoints[delivery.endpoint].url.contains(search)
}

fn render(world: &World, row: u32) -> Value {
    let mut rendered = render_delivery(world, row);
    extend(&mut rendered, json!({ "id": world.deliveries[row].id }));
    rendered
}

fn unknown() -> Refusal {
    missing(ResendError::Unknown.message())
}

/// A delivery, the body that is sent next, and the requests that the log still has.
pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let mut rendered = {
        let (world, _) = shared.lock_now();
        let row = world.deliveries.find(&id).ok_or_else(unknown)?;
        let mut rendered = render(&world, row);
        extend(&mut rendered, json!({ "body": body(&world, row) }));
        rendered
    };
    let log = sandbox.state.log.sends();
    let sends = log.newest_first().filter(|(_, send)| *send.delivery == *id);
    extend(&mut rendered, json!({ "requests": sends.map(render_send).collect::<Value>() }));
    Ok(rendered.into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attempt {
    /// The body to send; without it, that of the event.
    body: Option<String>,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

pub(super) async fn attempt(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
    JsonBody(Attempt { body, times }): JsonBody<Attempt>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    if !(1..=MOST_TIMES).contains(&times) {
        return Err(Refusal::invalid(format!("`times` is from 1 to {MOST_TIMES}")));
    }
    let mut outcomes = Vec::new();
    for _ in 0..times {
        let sent = resend(&sandbox.state, &shared, &id, body.clone()).await;
        outcomes.push(match sent.map_err(refusal)? {
            Outcome::Answered(status) => json!({ "status": status }),
            Outcome::Failed(error) => json!({ "error": error }),
        });
    }
    Ok(json!({ "attempts": outcomes }).into())
}

fn refusal(error: ResendError) -> Refusal {
    match error {
        ResendError::Unknown => unknown(),
        other => Refusal::invalid(other.message()),
    }
}
