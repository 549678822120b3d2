//! Worlds, and the summary of one.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::visited::{extend, is_listed, listed_event, listed_events, named};
use crate::clock::Instant;
use crate::control::reply::{Refusal, Reply};
use crate::lifecycle::delivery::next_after;
use crate::model::account::{Account, AccountStatus};
use crate::model::feature::Feature;
use crate::model::refresh::RefreshStatus;
use crate::model::webhook::DeliveryState;
use crate::render::webhook::render_webhook_endpoint;
use crate::sandbox::Sandbox;
use crate::state::shared_world::SharedWorld;
use crate::world::World;

/// The number of events of the summary.
const RECENT_EVENTS: usize = 8;

pub(super) async fn list(State(sandbox): State<Sandbox>) -> Reply {
    let all = sandbox.state.worlds.all();
    let worlds: Vec<Value> = all
        .worlds
        .iter()
        .map(|shared| {
            let (world, _) = shared.lock_now();
            let mut head = head(shared, &world);
            head["accounts"] = world.accounts.numbers().count().into();
            head["events"] = listed_events(&world).into();
            head
        })
        .collect();
    json!({
        "worlds": worlds,
        "seed": all.seed,
        "request_log": sandbox.state.log.is_on(),
        "next_due_at": sandbox.next_due().map(Instant::unix),
    })
    .into()
}

/// The members that name a world. The key is masked.
fn head(shared: &SharedWorld, world: &World) -> Value {
    json!({
        "id": shared.name(),
        "key": shared.caller().masked_key(),
        "account": shared.caller().account,
        "livemode": world.livemode,
    })
}

pub(super) async fn read(State(sandbox): State<Sandbox>, Path(name): Path<String>) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (world, now) = shared.lock_now();
    let mut summary = head(&shared, &world);
    let sessions = world.sessions.rows();
    let open = sessions.filter(|(_, session)| !session.finished).count();
    let deliveries = delivery_counts(&world);
    let more = json!({
        "accounts": accounts(&world),
        "banks": banks(&sandbox, &world),
        "customers": world.customers.rows().filter(|(_, customer)| !customer.deleted).count(),
        "deliveries": deliveries,
        "events": listed_events(&world),
        "next_due_at": next_after(&world, now).map(Instant::unix),
        "recent_events": recent_events(&world),
        "sessions": { "open": open, "total": world.sessions.numbers().count() },
        "webhook_endpoints": endpoints(&world),
    });
    extend(&mut summary, more);
    Ok(summary.into())
}

fn accounts(world: &World) -> Value {
    let mut counts = [0_u32; 3];
    let (mut failing, mut pending) = (0_u32, 0_u32);
    for (_, account) in world.accounts.rows() {
        counts[account.status as usize] += 1;
        failing += u32::from(has_refresh(account, RefreshStatus::Failed));
        pending += u32::from(has_refresh(account, RefreshStatus::Pending));
    }
    json!({
        "active": counts[AccountStatus::Active as usize],
        "inactive": counts[AccountStatus::Inactive as usize],
        "disconnected": counts[AccountStatus::Disconnected as usize],
        "total": counts.iter().sum::<u32>(),
        "last_refresh_failed": failing,
        "refreshing": pending,
    })
}

/// Whether the last refresh of a feature of a connected account has this status.
pub(super) fn has_refresh(account: &Account, status: RefreshStatus) -> bool {
    account.status != AccountStatus::Disconnected
        && Feature::ALL
            .iter()
            .any(|feature| account.attempt(*feature).is_some_and(|attempt| attempt.status == status))
}

fn banks(sandbox: &Sandbox, world: &World) -> Value {
    let mut accounts: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, account) in world.accounts.rows().filter(|(_, row)| row.status != AccountStatus::Disconnected) {
        *accounts.entry(&account.institution_name).or_default() += 1;
    }
    let banks = accounts.into_iter().map(|(name, accounts)| {
        json!({ "name": name, "accounts": accounts, "down": sandbox.faults().has_outage(name) })
    });
    banks.collect()
}

fn delivery_counts(world: &World) -> Value {
    let (mut pending, mut succeeded, mut failed, mut cancelled) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (_, delivery) in world.deliveries.rows() {
        match delivery.state {
            DeliveryState::Due(_) => pending += 1,
            DeliveryState::Succeeded => succeeded += 1,
            DeliveryState::Failed => failed += 1,
            DeliveryState::Cancelled => cancelled += 1,
        }
    }
    json!({ "pending": pending, "succeeded": succeeded, "failed": failed, "cancelled": cancelled })
}

fn recent_events(world: &World) -> Value {
    let snapshots = world.events.rows().filter(|(_, event)| is_listed(event));
    let mut events: Vec<u32> = snapshots.map(|(number, _)| number).collect();
    let recent = events.split_off(events.len().saturating_sub(RECENT_EVENTS));
    recent.into_iter().rev().map(|event| listed_event(world, event)).collect()
}

/// The webhook endpoints, each with its deliveries that did not succeed. Their secrets are not shown.
fn endpoints(world: &World) -> Value {
    let endpoints = world.webhook_endpoints.rows().filter(|(_, endpoint)| !endpoint.deleted);
    endpoints
        .map(|(number, _)| {
            let mut rendered = render_webhook_endpoint(world, number);
            let to_it = || world.deliveries.rows().filter(move |(_, row)| row.endpoint == number);
            let waiting = to_it().filter(|(_, row)| matches!(row.state, DeliveryState::Due(_))).count();
            let failed = to_it().filter(|(_, row)| row.state == DeliveryState::Failed).count();
            extend(&mut rendered, json!({ "deliveries": { "pending": waiting, "failed": failed } }));
            rendered
        })
        .collect()
}
