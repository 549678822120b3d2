//! Retention: what can no longer be read is forgotten.

use crate::clock::Instant;
use crate::model::webhook::DeliveryState;
use crate::world::World;

/// Forgets old events with their deliveries, and expired responses. An event with a delivery that is still due stays, and so
/// do the events after it.
pub(crate) fn forget(world: &mut World, now: Instant) {
    world.responses.expire(now);
    while let Some((event, row)) = world.events.first()
        && !row.is_retained(now)
    {
        let mut deliveries = Vec::new();
        for (number, delivery) in world.deliveries.rows().take_while(|(_, delivery)| delivery.event == event)
        {
            if matches!(delivery.state, DeliveryState::Due(_)) {
                return;
            }
            deliveries.push(number);
        }
        for delivery in deliveries {
            world.deliveries.remove(delivery);
        }
        world.events.remove(event);
    }
}

/// Forgets a failed refresh of transactions, unless it is the latest of its account.
pub(crate) fn forget_refresh(world: &mut World, refresh: u32) {
    let Some(row) = world.refreshes.get(refresh) else { return };
    if row.succeeded_at.is_none() && world.accounts[row.account].transaction_refresh != Some(refresh) {
        world.refreshes.remove(refresh);
    }
}

/// Forgets the transactions, the owners and all but the latest refresh of a disconnected account.
pub(crate) fn forget_data(world: &mut World, account: u32) {
    let latest = world.accounts[account].transaction_refresh;
    let refreshes =
        world.refreshes.rows().filter(|(number, row)| row.account == account && Some(*number) != latest);
    let refreshes: Vec<u32> = refreshes.map(|(number, _)| number).collect();
    for refresh in refreshes {
        world.refreshes.remove(refresh);
    }
    let ownerships = world.ownerships.rows().filter(|(_, row)| row.account == account);
    let ownerships: Vec<(u32, Vec<u32>)> =
        ownerships.map(|(number, row)| (number, row.owners.clone())).collect();
    for (ownership, owners) in ownerships {
        for owner in owners {
            world.owners.remove(owner);
        }
        world.ownerships.remove(ownership);
    }
    world.ledger.forget(account);
}
