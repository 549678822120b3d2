//! The time line of an account: what was asked, and what came of it, in groups.
//!
//! A refresh is one group: the call that asked for it, the time at which it was pending, its end, and the delivery of its
//! event. Any other event is a group, and so is a call about the account that caused no event.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::visited::{is_listed, named, no_account};
use crate::control::reply::{Refusal, Reply};
use crate::model::event::{Event, EventType};
use crate::model::feature::Feature;
use crate::model::refresh::RefreshStatus;
use crate::model::webhook::{Delivery, DeliveryState, Outcome};
use crate::request_log::{LoggedRequest, Part};
use crate::sandbox::Sandbox;
use crate::secrets::masked_form;
use crate::world::World;

/// The number of events, and of calls, that are shown.
const NEWEST: usize = 50;

/// A call of the request log.
struct Asked {
    request_id: Option<String>,
    at: i64,
    what: String,
    status: Option<u16>,
    number: u64,
}

pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let calls = calls(&sandbox, shared.name(), &id);
    let (world, _) = shared.lock_now();
    let account = world.accounts.find(&id).ok_or_else(no_account)?;
    let events = events_of(&world, &id);
    let deliveries = deliveries_of(&world, &events);
    let by_id: HashMap<&str, &Asked> =
        calls.iter().filter_map(|call| Some((call.request_id.as_deref()?, call))).collect();
    let mut used = HashSet::new();
    let mut groups: Vec<(i64, Value)> = Vec::new();
    for event in &events {
        let row = &world.events[*event];
        let cause = row.cause.as_ref().map(|cause| cause.request_id.as_str());
        let call = cause.and_then(|cause| by_id.get(cause).copied());
        used.extend(cause);
        let sent = deliveries.get(event).map(Vec::as_slice).unwrap_or_default();
        groups.push((row.created, group(&world, row, cause, call, sent)));
    }
    for feature in Feature::ALL {
        let attempt = world.accounts[account].attempt(feature);
        let Some(attempt) = attempt.filter(|attempt| attempt.status == RefreshStatus::Pending) else {
            continue;
        };
        let cause = attempt.cause.as_ref().map(|cause| cause.request_id.as_str());
        used.extend(cause);
        let mut steps = asked_steps(cause, cause.and_then(|cause| by_id.get(cause).copied()), attempt.at);
        steps.push(json!({ "stage": "pending", "at": attempt.at, "status": "pending" }));
        groups.push((i64::MAX, json!({ "title": title(feature), "steps": steps })));
    }
    let rest = calls.iter().filter(|call| call.request_id.as_deref().is_none_or(|id| !used.contains(id)));
    groups.extend(
        rest.take(NEWEST).map(|call| (call.at, json!({ "title": call.what, "steps": [step(call)] }))),
    );
    groups.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let groups: Vec<Value> = groups.into_iter().map(|(_, group)| group).collect();
    Ok(json!({ "groups": groups }).into())
}

/// The calls of this world that name the account, newest first.
fn calls(sandbox: &Sandbox, world: &str, id: &str) -> Vec<Asked> {
    let log = sandbox.state.log.requests();
    let names = |request: &LoggedRequest, part| request.text(part).is_some_and(|text| text.contains(id));
    let about = log.newest_first().filter(|(_, request)| {
        (names(request, Part::Target) || names(request, Part::RequestBody))
            && request.caller().is_some_and(|caller| caller.world_name() == world)
    });
    about
        .map(|(number, request)| Asked {
            request_id: request.text(Part::RequestId).map(Cow::into_owned),
            at: request.at,
            what: format!(
                "{} {}",
                request.text(Part::Method).unwrap_or_default(),
                masked_form(&request.text(Part::Target).unwrap_or_default())
            ),
            status: request.status,
            number,
        })
        .collect()
}

/// The newest events whose object is the account, newest first.
fn events_of(world: &World, id: &str) -> Vec<u32> {
    let name = format!("\"id\":\"{id}\"");
    let mut events: Vec<u32> = Vec::new();
    let numbers: Vec<u32> = world.events.numbers().collect();
    for number in numbers.into_iter().rev() {
        let event = &world.events[number];
        // A session has its accounts in it.
        let is_about_account = is_listed(event) && event.kind != EventType::SessionUpdated;
        if is_about_account && event.object.contains(&name) {
            events.push(number);
            if events.len() == NEWEST {
                break;
            }
        }
    }
    events
}

fn deliveries_of<'a>(world: &'a World, events: &[u32]) -> HashMap<u32, Vec<&'a Delivery>> {
    let events: HashSet<u32> = events.iter().copied().collect();
    let mut by_event: HashMap<u32, Vec<&Delivery>> = HashMap::new();
    for (_, delivery) in world.deliveries.rows().filter(|(_, row)| events.contains(&row.event)) {
        by_event.entry(delivery.event).or_default().push(delivery);
    }
    by_event
}

fn title(feature: Feature) -> String {
    format!("Refresh of the {feature}")
}

/// The group of an event.
fn group(
    world: &World,
    event: &Event,
    cause: Option<&str>,
    call: Option<&Asked>,
    sent: &[&Delivery],
) -> Value {
    let kind = event.kind.as_str();
    let short = kind.strip_prefix("financial_connections.").unwrap_or(kind);
    let feature = Feature::ALL.into_iter().find(|feature| feature.event() == event.kind);
    let mut steps = asked_steps(cause, call, event.created);
    let mut settled = json!({ "stage": "settled", "at": event.created, "event": event.id, "type": kind });
    if let Some(feature) = feature {
        let member = match feature {
            Feature::Balance => "balance_refresh",
            Feature::Ownership => "ownership_refresh",
            Feature::Transactions => "transaction_refresh",
            Feature::InferredBalances => "inferred_balances_refresh",
        };
        // The object is the account as it was then, so it has the times of this refresh.
        let part = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default()[member].clone();
        let in_preview = event.preview.as_deref().filter(|_| feature == Feature::InferredBalances);
        let refresh = part(in_preview.unwrap_or(&event.object));
        steps.push(json!({ "stage": "pending", "at": refresh["last_attempted_at"] }));
        settled["status"] = refresh["status"].clone();
    }
    steps.push(settled);
    steps.extend(sent.iter().map(|delivery| delivered(world, delivery)));
    json!({ "title": feature.map_or_else(|| short.to_owned(), title), "steps": steps })
}

/// The call that asked for something. A call that the log no longer has is named by its id.
fn asked_steps(cause: Option<&str>, call: Option<&Asked>, at: i64) -> Vec<Value> {
    match (cause, call) {
        (_, Some(call)) => vec![step(call)],
        (Some(id), None) => vec![json!({ "stage": "asked", "at": at, "request_id": id })],
        (None, None) => Vec::new(),
    }
}

fn step(call: &Asked) -> Value {
    json!({
        "stage": "asked",
        "at": call.at,
        "request": call.number,
        "request_id": call.request_id,
        "what": call.what,
        "status": call.status,
    })
}

fn delivered(world: &World, delivery: &Delivery) -> Value {
    let (state, next) = match delivery.state {
        DeliveryState::Due(at) => ("pending", Some(at.unix())),
        DeliveryState::Succeeded => ("succeeded", None),
        DeliveryState::Failed => ("failed", None),
        DeliveryState::Cancelled => ("cancelled", None),
    };
    let last = delivery.attempts.last();
    let answer = last.map(|attempt| match &attempt.outcome {
        Outcome::Answered(status) => json!(status),
        Outcome::Failed(error) => json!(error),
    });
    json!({
        "stage": "delivered",
        "at": last.map(|attempt| attempt.at),
        "delivery": delivery.id,
        "url": world.webhook_endpoints[delivery.endpoint].url,
        "status": state,
        "answer": answer,
        "attempts": delivery.attempts.len(),
        "next_attempt_at": next,
    })
}
