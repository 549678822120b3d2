//! Subscriptions: daily refreshes of an account's transactions; in the preview also of its balances.

use crate::clock::{DAY, Instant};
use crate::lifecycle::refresh;
use crate::lifecycle::refusal::{
    AccountRefusal, Disconnected, require_active, require_connected, require_permission,
};
use crate::model::account::AccountStatus;
use crate::model::event::Cause;
use crate::model::feature::Feature;
use crate::world::World;
use crate::world::schedule::Task;

/// Subscribes to daily refreshes of features, and starts the first ones. A second time does nothing.
pub(crate) fn subscribe(
    world: &mut World,
    account: u32,
    features: &[Feature],
    cause: &Cause,
    now: Instant,
) -> Result<(), AccountRefusal> {
    require_active(world, account)?;
    for feature in features {
        require_permission(world, account, feature.permission())?;
    }
    for feature in features.iter().copied() {
        let Some(subscription) = world.accounts[account].subscription_mut(feature) else { continue };
        if !subscription.active {
            subscription.active = true;
            subscription.number += 1;
            let subscription = subscription.number;
            refresh::start(world, account, feature, Some(cause), now);
            world.schedule.add(now.after(DAY), daily(account, feature, subscription));
        }
    }
    Ok(())
}

/// Ends the daily refreshes of features. The data that was read stays.
pub(crate) fn unsubscribe(world: &mut World, account: u32, features: &[Feature]) -> Result<(), Disconnected> {
    require_connected(world, account)?;
    for feature in features {
        if let Some(subscription) = world.accounts[account].subscription_mut(*feature) {
            subscription.active = false;
        }
    }
    Ok(())
}

/// Starts the daily refresh of a feature and schedules the next one. An inactive account skips the refresh of that day.
pub(crate) fn refresh_daily(
    world: &mut World,
    account: u32,
    feature: Feature,
    subscription: u32,
    at: Instant,
) {
    let row = &world.accounts[account];
    if !row.subscription(feature).is_some_and(|row| row.active && row.number == subscription) {
        return;
    }
    if row.status == AccountStatus::Active {
        refresh::start(world, account, feature, None, at);
    }
    // At the end of the clock, the next day is now: scheduling it would loop endlessly.
    let next = at.after(DAY);
    if next > at {
        world.schedule.add(next, daily(account, feature, subscription));
    }
}

fn daily(account: u32, feature: Feature, subscription: u32) -> Task {
    match feature {
        Feature::Transactions => Task::RefreshSubscription { account, subscription },
        feature => Task::RefreshFeatureSubscription { account, feature, subscription },
    }
}
