//! Inferred balances of the preview: the balance at the end of past days.

use serde_json::{Map, Value, json};

use crate::bank::ledger::balances;
use crate::clock::DAY;
use crate::world::World;

/// The number of days that a refresh infers balances for.
const DAYS: i64 = 90;

/// The last seconds (Unix) of the days with an inferred balance, oldest first. None before a successful refresh.
pub(crate) fn inferred_days(world: &World, account: u32) -> Vec<i64> {
    let Some(refreshed_at) = world.accounts[account].inferred_balances_at else { return Vec::new() };
    let day = DAY.as_secs() as i64;
    let midnight = refreshed_at - refreshed_at.rem_euclid(day);
    (0..DAYS).rev().map(|ago| midnight - ago * day - 1).collect()
}

/// The id of an inferred balance.
pub(crate) fn inferred_balance_id(world: &World, account: u32, as_of: i64) -> String {
    let account = &world.accounts[account].id;
    world.random_of("inferred balance", &format!("{account} {as_of}")).id("fcinfbal_")
}

/// Renders inferred balances, in the order of `days`, which descends.
pub(crate) fn render_inferred_balances(world: &World, account: u32, days: &[i64]) -> Vec<Value> {
    let currency = &world.accounts[account].currency;
    let ascending = days.iter().rev().copied();
    let points = balances(world.open_bank(account), ascending);
    let rendered = points.into_iter().rev().map(|(as_of, balance)| {
        json!({
            "id": inferred_balance_id(world, account, as_of),
            "object": "financial_connections.account_inferred_balance",
            "as_of": as_of,
            "current": Map::from_iter([(currency.clone(), Value::from(balance.current))]),
        })
    });
    rendered.collect()
}
