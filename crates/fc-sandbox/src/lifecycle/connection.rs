//! Connections: how an account's status changes, and how the log-in behind it ends and is renewed.

use crate::bank::institution::{Connection, Institution};
use crate::clock::Instant;
use crate::lifecycle::event::{emit, emit_authorization};
use crate::lifecycle::notice::{SOON, Warning, schedule_end};
use crate::lifecycle::retention;
use crate::model::account::{AccountStatus, InactiveCause};
use crate::model::authorization::Authorization;
use crate::model::event::{Cause, EventType};
use crate::model::feature::Feature;
use crate::model::refresh::RefreshStatus;
use crate::world::World;
use crate::world::schedule::Task;

/// Adds a log-in at an institution, without accounts yet.
pub(crate) fn authorize(world: &mut World, institution_name: &str) -> u32 {
    let authorization = Authorization {
        id: world.random.id("fcauth_"),
        institution_name: institution_name.to_owned(),
        accounts: Vec::new(),
        ends_at: None,
        plan: 0,
    };
    world.authorizations.add(authorization)
}

/// Plans what the institution does with a log-in after its accounts are linked.
pub(crate) fn begin(world: &mut World, authorization: u32, now: Instant) {
    match connection_of(world, authorization) {
        Connection::Lasting => {}
        Connection::BreaksSoon { .. } => {
            let plan = world.authorizations[authorization].plan;
            world.schedule.add(now.after(SOON), Task::EndConnection { authorization, plan });
        }
        Connection::Limited { lasts } => {
            plan_end(world, authorization, Some(now.after(lasts).unix()), now);
        }
    }
}

/// Sets, moves or removes the time at which a log-in is expected to end. The same time again changes nothing.
pub(crate) fn plan_end(world: &mut World, authorization: u32, ends_at: Option<i64>, now: Instant) {
    if world.authorizations[authorization].ends_at == ends_at {
        return;
    }
    let row = &mut world.authorizations[authorization];
    row.ends_at = ends_at;
    row.plan += 1;
    let plan = row.plan;
    for account in world.active_accounts(authorization) {
        emit(world, EventType::AccountDeactivationDateUpdated, account, None, now);
    }
    emit_authorization(world, EventType::AuthorizationDeactivationDateUpdated, authorization, now);
    let Some(ends_at) = ends_at else { return };
    let warn_task = Task::WarnOfDeactivation { authorization, plan };
    let end_task = Task::EndConnection { authorization, plan };
    if schedule_end(world, ends_at, warn_task, end_task, now) == Warning::Now {
        warn(world, authorization, plan, now);
    }
}

/// Warns of a planned end. A warning of an earlier plan does nothing.
pub(crate) fn warn(world: &mut World, authorization: u32, plan: u32, at: Instant) {
    let active = world.active_accounts(authorization);
    if world.authorizations[authorization].plan != plan || active.is_empty() {
        return;
    }
    for account in active {
        emit(world, EventType::AccountUpcomingDeactivation, account, None, at);
    }
    emit_authorization(world, EventType::AuthorizationUpcomingDeactivation, authorization, at);
}

/// Ends a log-in because its time is over: its active accounts turn inactive. An end of an earlier plan does nothing.
pub(crate) fn end(world: &mut World, authorization: u32, plan: u32, at: Instant) {
    let row = &mut world.authorizations[authorization];
    if row.plan != plan {
        return;
    }
    row.ends_at = None;
    row.plan += 1;
    for account in world.active_accounts(authorization) {
        deactivate(world, account, InactiveCause::AccessExpired, at);
    }
}

/// The bank cuts the connection. Returns whether the account was active before.
pub(crate) fn deactivate(world: &mut World, account: u32, cause: InactiveCause, now: Instant) -> bool {
    if world.accounts[account].status != AccountStatus::Active {
        return false;
    }
    world.accounts[account].status = AccountStatus::Inactive;
    world.accounts[account].inactive_cause = Some(cause);
    emit(world, EventType::AccountDeactivated, account, None, now);
    true
}

/// The user logs in at the bank again. Returns whether the account was inactive before.
pub(crate) fn reactivate(world: &mut World, account: u32, now: Instant) -> bool {
    if world.accounts[account].status != AccountStatus::Inactive {
        return false;
    }
    let authorization = world.accounts[account].authorization;
    // The planned end was that of the log-in before.
    plan_end(world, authorization, None, now);
    activate(world, account, now);
    renew(world, authorization, now);
    true
}

/// The user logs in again and shares these accounts: those that are inactive are active again, and the planned end of the
/// log-in before is over.
pub(crate) fn log_in_again(world: &mut World, authorization: u32, accounts: &[u32], now: Instant) {
    plan_end(world, authorization, None, now);
    for account in accounts {
        if world.accounts[*account].status == AccountStatus::Inactive {
            activate(world, *account, now);
        }
    }
    renew(world, authorization, now);
}

fn activate(world: &mut World, account: u32, now: Instant) {
    world.accounts[account].status = AccountStatus::Active;
    world.accounts[account].inactive_cause = None;
    emit(world, EventType::AccountReactivated, account, None, now);
}

/// Ends the connection permanently and removes the data. A second time does nothing.
pub(crate) fn disconnect(world: &mut World, account: u32, cause: &Cause, now: Instant) {
    if world.accounts[account].status == AccountStatus::Disconnected {
        return;
    }
    let row = &mut world.accounts[account];
    row.status = AccountStatus::Disconnected;
    row.balance = None;
    row.ownership = None;
    row.inactive_cause = None;
    row.inferred_balances_at = None;
    for feature in Feature::ALL {
        if let Some(subscription) = row.subscription_mut(feature) {
            subscription.active = false;
        }
    }
    // A pending refresh fails with the disconnection, and has no event of its own after it.
    for feature in Feature::ALL {
        if let Some(attempt) = row.attempt_mut(feature)
            && attempt.status == RefreshStatus::Pending
        {
            attempt.status = RefreshStatus::Failed;
        }
    }
    retention::forget_data(world, account);
    emit(world, EventType::AccountDisconnected, account, Some(cause), now);
}

/// Plans what the institution does with a log-in after the user has logged in again.
fn renew(world: &mut World, authorization: u32, now: Instant) {
    // An end without notice was planned for the log-in before: a new plan number makes its task stale.
    world.authorizations[authorization].plan += 1;
    if let Connection::BreaksSoon { renewal: Some(lasts) } | Connection::Limited { lasts } =
        connection_of(world, authorization)
    {
        plan_end(world, authorization, Some(now.after(lasts).unix()), now);
    }
}

fn connection_of(world: &World, authorization: u32) -> Connection {
    let name = &world.authorizations[authorization].institution_name;
    Institution::named(name).map_or(Connection::Lasting, Institution::connection)
}
