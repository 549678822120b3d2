//! Restoring a world from its records.

use std::collections::{HashMap, HashSet};

use serde_json::value::RawValue;

use crate::bank::account_spec::AccountSpec;
use crate::bank::ledger::SucceededRefresh;
use crate::model::account::AccountStatus;
use crate::model::refresh::TransactionRefresh;
use crate::model::webhook::{Delivery, DeliveryState};
use crate::world::World;
use crate::world::schedule::Task;

/// Puts records back into a new world, each with its kind and number; the numbers of a kind ascend.
///
/// # Errors
///
/// The kind and number of a record that cannot be restored, and why.
pub(crate) fn restore<'a>(
    world: &mut World,
    records: impl IntoIterator<Item = (&'a str, u64, &'a RawValue)>,
) -> Result<(), String> {
    for (kind, number, record) in records {
        let mut parts = world.parts();
        let part = parts.iter_mut().find(|(name, _)| *name == kind);
        let (_, part) = part.ok_or_else(|| format!("there is no kind of record called {kind}"))?;
        part.restore(number, record).map_err(|error| format!("{kind} {number}: {error}"))?;
    }
    for (_, part) in world.parts() {
        part.take_changes();
    }
    check(world)?;
    rebuild_indexes(world);
    Ok(())
}

/// Checks what a record alone cannot show: that each row that it refers to exists, that counts are right, and that no account
/// has more transactions than its bank can have.
fn check(world: &mut World) -> Result<(), String> {
    let rows: HashMap<&str, HashSet<u64>> = world
        .parts()
        .into_iter()
        .map(|(kind, part)| (kind, part.record_numbers().into_iter().collect()))
        .collect();
    let refer = |kind: &str, number: u32, target: &str, targets: &[u32]| match targets
        .iter()
        .find(|row| !rows[target].contains(&u64::from(**row)))
    {
        Some(row) => Err(format!("{kind} {number} refers to {target} {row}, which does not exist")),
        None => Ok(()),
    };
    for number in world.sessions.numbers() {
        let session = &world.sessions[number];
        refer("session", number, "account", &session.accounts)?;
        if let Some(relink) = session.relink {
            refer("session", number, "authorization", &[relink.authorization])?;
            refer("session", number, "account", relink.account.as_slice())?;
        }
    }
    for number in world.accounts.numbers() {
        let account = &world.accounts[number];
        let most = AccountSpec::MAX_TRANSACTIONS;
        if account.transactions > most {
            return Err(format!(
                "account {number} has {} transactions: the maximum is {most}",
                account.transactions
            ));
        }
        refer("account", number, "authorization", &[account.authorization])?;
        refer("account", number, "ownership", account.ownership.as_slice())?;
        refer("account", number, "transaction_refresh", account.transaction_refresh.as_slice())?;
    }
    for number in world.ownerships.numbers() {
        let ownership = &world.ownerships[number];
        refer("ownership", number, "account", &[ownership.account])?;
        refer("ownership", number, "owner", &ownership.owners)?;
    }
    for number in world.owners.numbers() {
        refer("owner", number, "ownership", &[world.owners[number].ownership])?;
    }
    for number in world.refreshes.numbers() {
        refer("transaction_refresh", number, "account", &[world.refreshes[number].account])?;
    }
    for number in world.authorizations.numbers() {
        refer("authorization", number, "account", &world.authorizations[number].accounts)?;
    }
    for number in world.deliveries.numbers() {
        let delivery = &world.deliveries[number];
        refer("delivery", number, "event", &[delivery.event])?;
        refer("delivery", number, "webhook_endpoint", &[delivery.endpoint])?;
    }
    check_deliveries(world)?;
    for (number, task) in world.schedule.tasks() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match task {
            Task::FinishRefresh { account, .. }
            | Task::RefreshSubscription { account, .. }
            | Task::RefreshFeatureSubscription { account, .. }
            | Task::WarnOfExpiry { account, .. }
            | Task::ExpireNumber { account, .. } => refer("task", number, "account", &[account])?,
            Task::WarnOfDeactivation { authorization, .. } | Task::EndConnection { authorization, .. } => {
                refer("task", number, "authorization", &[authorization])?;
            }
            // The refresh may have been removed with the data of its account.
            Task::ForgetRefresh { .. } => {}
        }
    }
    Ok(())
}

/// Checks that the deliveries are in the order of their events, and that each event counts its own.
fn check_deliveries(world: &World) -> Result<(), String> {
    let mut pending: HashMap<u32, u32> = HashMap::new();
    let mut last = 0;
    for (number, delivery) in world.deliveries.rows() {
        if delivery.event < last {
            return Err(format!("delivery {number} is after one of a later event"));
        }
        last = delivery.event;
        if matches!(delivery.state, DeliveryState::Due(_) | DeliveryState::Failed) {
            *pending.entry(delivery.event).or_default() += 1;
        }
    }
    for (number, event) in world.events.rows() {
        let count = pending.get(&number).copied().unwrap_or_default();
        if event.pending_webhooks != count {
            return Err(format!(
                "event {number} has {} pending_webhooks, not {count}",
                event.pending_webhooks
            ));
        }
    }
    Ok(())
}

/// Rebuilds what is not recorded because it follows from the records.
fn rebuild_indexes(world: &mut World) {
    for session in world.sessions.numbers() {
        world.session_by_secret.insert(world.sessions[session].client_secret.clone(), session);
    }
    for account in world.accounts.numbers() {
        world.accounts_of.entry(world.accounts[account].holder.clone()).or_default().push(account);
    }
    for delivery in world.deliveries.numbers() {
        let Delivery { endpoint, state, .. } = world.deliveries[delivery];
        if let DeliveryState::Due(at) = state {
            world.outbox.insert(endpoint, at, delivery);
        }
    }
    for refresh in world.refreshes.numbers() {
        let TransactionRefresh { account, succeeded_at, .. } = world.refreshes[refresh];
        if let Some(at) = succeeded_at
            && world.accounts[account].status != AccountStatus::Disconnected
        {
            world.ledger.add_refresh(account, SucceededRefresh { refresh, at });
        }
    }
}
