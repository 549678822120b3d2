//! Refreshes: how one starts, how it ends, and what it brings.

use crate::bank::ledger::SucceededRefresh;
use crate::clock::Instant;
use crate::lifecycle::connection;
use crate::lifecycle::event::{emit, emit_outcome};
use crate::lifecycle::refusal::{AccountRefusal, require_active, require_permission};
use crate::model::account::{AccountStatus, InactiveCause};
use crate::model::event::{Cause, RETENTION};
use crate::model::feature::{Feature, RefreshOutcome};
use crate::model::refresh::{Owner, Ownership, RefreshAttempt, RefreshStatus, TransactionRefresh};
use crate::world::World;
use crate::world::schedule::Task;

/// Starts the refresh of each feature that an API call or a control asks for. A feature whose refresh is pending or too recent is left as
/// it is, or refused if the settings say so.
pub(crate) fn request(
    world: &mut World,
    account: u32,
    features: &[Feature],
    cause: Option<&Cause>,
    now: Instant,
) -> Result<(), AccountRefusal> {
    require_active(world, account)?;
    for feature in features {
        require_permission(world, account, feature.permission())?;
    }
    let early = |feature: &Feature| {
        world.accounts[account].attempt(*feature).is_some_and(|attempt| attempt.is_too_recent(now))
    };
    let pending = |feature: &Feature| {
        let attempt = world.accounts[account].attempt(*feature);
        attempt.is_some_and(|attempt| attempt.status == RefreshStatus::Pending)
    };
    if world.settings.refuse_pending_refresh && features.iter().any(pending) {
        return Err(AccountRefusal::RefreshPending);
    }
    if world.settings.refuse_early_refresh && features.iter().any(early) {
        return Err(AccountRefusal::RefreshedTooRecently);
    }
    let due: Vec<Feature> = features.iter().filter(|feature| !early(feature)).copied().collect();
    for feature in due {
        start(world, account, feature, cause, now);
    }
    Ok(())
}

/// Starts a refresh, unless one is pending.
pub(crate) fn start(world: &mut World, account: u32, feature: Feature, cause: Option<&Cause>, now: Instant) {
    let attempt = world.accounts[account].attempt_mut(feature);
    if attempt.as_ref().is_some_and(|attempt| attempt.status == RefreshStatus::Pending) {
        return;
    }
    let status = RefreshStatus::Pending;
    *attempt = Some(RefreshAttempt { status, at: now.unix(), next_at: None, cause: cause.cloned() });
    if feature == Feature::Transactions {
        forget_failed_later(world, account, now);
        let id = world.random.id("fctxnref_");
        let refresh = world.refreshes.add(TransactionRefresh { id, account, succeeded_at: None });
        world.accounts[account].transaction_refresh = Some(refresh);
    }
    world.schedule.add(now.after(world.settings.refresh_delay), Task::FinishRefresh { account, feature });
}

/// Schedules the end of a failed refresh that another one follows. No transaction refers to it.
fn forget_failed_later(world: &mut World, account: u32, now: Instant) {
    if let Some(refresh) = world.accounts[account].transaction_refresh
        && world.refreshes[refresh].succeeded_at.is_none()
    {
        world.schedule.add(now.after(RETENTION), Task::ForgetRefresh { refresh });
    }
}

/// Ends a pending refresh. A refresh that ended with the connection stays as it is.
pub(crate) fn finish(world: &mut World, account: u32, feature: Feature, at: Instant) {
    if world.accounts[account].attempt(feature).is_none_or(|attempt| attempt.status != RefreshStatus::Pending)
    {
        return;
    }
    let interval = world.settings.interval(feature);
    let outcome = outcome(world, account, feature);
    let succeeded = outcome == RefreshOutcome::Succeeded;
    let mut cause = None;
    if let Some(attempt) = world.accounts[account].attempt_mut(feature) {
        attempt.status = if succeeded { RefreshStatus::Succeeded } else { RefreshStatus::Failed };
        attempt.next_at = Some(at.after(interval).unix());
        cause = attempt.cause.take();
    }
    if succeeded {
        match feature {
            Feature::Balance => {
                let balance = world.sync_ledger(account).balance(at.unix());
                world.accounts[account].balance = balance;
            }
            Feature::Ownership => read_owners(world, account, at),
            Feature::Transactions => read_transactions(world, account, at),
            Feature::InferredBalances => world.accounts[account].inferred_balances_at = Some(at.unix()),
        }
    }
    emit(world, feature.event(), account, cause.as_ref(), at);
    emit_outcome(world, feature, succeeded, account, cause.as_ref(), at);
    if outcome == RefreshOutcome::FailedAndInactive {
        connection::deactivate(world, account, InactiveCause::AccessDenied, at);
    }
}

/// How a refresh ends. The first of these decides: a plan for the account, its bank, a fault; else it succeeds.
fn outcome(world: &mut World, account: u32, feature: Feature) -> RefreshOutcome {
    let row = &world.accounts[account];
    if let Some(place) = row.outcomes.iter().position(|(planned, _)| *planned == feature) {
        let (_, planned) = world.accounts[account].outcomes.remove(place);
        if world.accounts[account].status == AccountStatus::Active {
            return planned;
        }
    }
    let row = &world.accounts[account];
    if row.status != AccountStatus::Active || row.failing.contains(&feature) {
        return RefreshOutcome::Failed;
    }
    if let Some(outcome) = world.faults.refresh_outcome(feature) {
        return outcome;
    }
    if world.faults.is_down(&row.institution_name) {
        return RefreshOutcome::Failed;
    }
    RefreshOutcome::Succeeded
}

/// Takes a snapshot of the owners. An account whose bank names no owner gets none.
fn read_owners(world: &mut World, account: u32, at: Instant) {
    if world.accounts[account].owners.is_empty() {
        return;
    }
    let id = world.random.id("fcaowns_");
    let ownership = world.ownerships.add(Ownership { id, account, created: at.unix(), owners: Vec::new() });
    for owner in world.accounts[account].owners.clone() {
        let id = world.random.id("fcaown_");
        let row = world.owners.add(Owner { id, ownership, owner, refreshed_at: at.unix() });
        world.ownerships[ownership].owners.push(row);
    }
    world.accounts[account].ownership = Some(ownership);
}

fn read_transactions(world: &mut World, account: u32, at: Instant) {
    if let Some(refresh) = world.accounts[account].transaction_refresh {
        world.refreshes[refresh].succeeded_at = Some(at.unix());
        world.ledger.add_refresh(account, SucceededRefresh { refresh, at: at.unix() });
    }
}
