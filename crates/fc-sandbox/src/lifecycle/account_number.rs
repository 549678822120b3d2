//! Account numbers and payment methods: how they change, and how a number expires.

use crate::clock::Instant;
use crate::lifecycle::event::emit;
use crate::lifecycle::notice::{SOON, Warning, schedule_end};
use crate::model::account_number::{AccountNumber, AccountNumberStatus, NumberPlan, PaymentMethodType};
use crate::model::event::EventType;
use crate::world::World;
use crate::world::schedule::Task;

/// The number of an account that is linked now.
pub(crate) fn issue(plan: NumberPlan, now: Instant) -> AccountNumber {
    let status = match plan {
        NumberPlan::Deactivated => AccountNumberStatus::Deactivated,
        NumberPlan::Plain | NumberPlan::Expiring { .. } | NumberPlan::ExpiresSoon => {
            AccountNumberStatus::Transactable
        }
    };
    let expires_at = match plan {
        NumberPlan::Expiring { lasts } => Some(now.after(lasts).unix()),
        NumberPlan::Plain | NumberPlan::ExpiresSoon | NumberPlan::Deactivated => None,
    };
    AccountNumber { tokenized: plan != NumberPlan::Plain, status, expires_at, plan: 0 }
}

/// Plans what happens to the number of an account that was just linked.
pub(crate) fn begin(world: &mut World, account: u32, plan: NumberPlan, now: Instant) {
    if plan == NumberPlan::ExpiresSoon {
        world.schedule.add(now.after(SOON), Task::ExpireNumber { account, plan: 0 });
    }
    plan_expiry(world, account, now);
}

/// The bank changes the number's status and the time at which it expires. None if the account has no number.
pub(crate) fn change(
    world: &mut World,
    account: u32,
    status: AccountNumberStatus,
    expires_at: Option<i64>,
    now: Instant,
) -> Option<()> {
    let number = world.accounts[account].number?;
    if (number.status, number.expires_at) == (status, expires_at) {
        return Some(());
    }
    // Only tokens expire.
    let tokenized = number.tokenized || expires_at.is_some();
    let plan = number.plan + 1;
    world.accounts[account].number = Some(AccountNumber { tokenized, status, expires_at, plan });
    emit_if_visible(world, EventType::AccountNumbersUpdated, account, now);
    plan_expiry(world, account, now);
    Some(())
}

/// Warns of an expiry. A warning of an earlier plan does nothing.
pub(crate) fn warn(world: &mut World, account: u32, plan: u32, at: Instant) {
    if world.accounts[account].number.is_some_and(|number| number.plan == plan) {
        emit_if_visible(world, EventType::AccountUpcomingNumberExpiry, account, at);
    }
}

/// Expires a number. An expiry of an earlier plan does nothing.
pub(crate) fn expire(world: &mut World, account: u32, plan: u32, at: Instant) {
    if world.accounts[account].number.is_some_and(|number| number.plan == plan) {
        change(world, account, AccountNumberStatus::Expired, Some(at.unix()), at);
    }
}

/// The bank changes the payment methods. The same methods again change nothing.
pub(crate) fn change_payment_methods(
    world: &mut World,
    account: u32,
    methods: Vec<PaymentMethodType>,
    now: Instant,
) {
    if world.accounts[account].payment_methods != methods {
        world.accounts[account].payment_methods = methods;
        emit(world, EventType::AccountPaymentMethodsUpdated, account, None, now);
    }
}

fn plan_expiry(world: &mut World, account: u32, now: Instant) {
    let Some(AccountNumber { status: AccountNumberStatus::Transactable, expires_at: Some(at), plan, .. }) =
        world.accounts[account].number
    else {
        return;
    };
    let warn_task = Task::WarnOfExpiry { account, plan };
    if schedule_end(world, at, warn_task, Task::ExpireNumber { account, plan }, now) == Warning::Now {
        warn(world, account, plan, now);
    }
}

/// Records an event, unless the caller may not see the number.
fn emit_if_visible(world: &mut World, kind: EventType, account: u32, at: Instant) {
    if world.accounts[account].visible_number().is_some() {
        emit(world, kind, account, None, at);
    }
}
