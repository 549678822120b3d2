//! The balance of an account over time.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::visited::{aside, named, no_account};
use crate::bank::ledger::balances;
use crate::clock::DAY;
use crate::control::reply::{Refusal, Reply};
use crate::model::account::{AccountStatus, Balance};
use crate::sandbox::Sandbox;

/// The number of days that are shown, today included.
const DAYS: i64 = 90;

/// The balance at the bank at the end of each day, and now. It is what the bank would answer, and not what a client has read.
pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (bank, currency, category, last_read, now) = {
        let (world, now) = shared.lock_now();
        let row = world.accounts.find(&id).ok_or_else(no_account)?;
        let account = &world.accounts[row];
        // The data of a disconnected account is gone.
        let bank = (account.status != AccountStatus::Disconnected).then(|| world.open_bank(row));
        (bank, account.currency.clone(), account.category.clone(), account.balance, now.unix())
    };
    let day = DAY.as_secs() as i64;
    let times = move || {
        let last_midnight = now - now.rem_euclid(day);
        (0..DAYS).rev().map(move |ago| last_midnight - ago * day).chain([now])
    };
    // A bank with a million entries takes a moment, and no lock is held meanwhile.
    let points = aside(move || bank.map_or_else(Vec::new, |bank| balances(bank, times()))).await?;
    Ok(json!({
        "currency": currency,
        "category": category,
        "at_bank": points.iter().map(|(at, balance)| point(*at, balance)).collect::<Value>(),
        "last_read": last_read.map(|balance| point(balance.as_of, &balance)),
    })
    .into())
}

fn point(at: i64, balance: &Balance) -> Value {
    json!({ "at": at, "as_of": balance.as_of, "current": balance.current, "projected": balance.projected })
}
