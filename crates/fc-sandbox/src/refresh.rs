//! The life of a linked account: refreshes, subscriptions, and how a connection ends.

use std::time::Duration;

use crate::agenda::Task;
use crate::clock::Instant;
use crate::error::ApiError;
use crate::ledger::Pull;
use crate::model::{
    AccountStatus, Attempt, Cause, Feature, Owner, Ownership, RefreshOutcome, RefreshStatus,
    TransactionRefresh,
};
use crate::world::World;

const DAILY: Duration = Duration::from_secs(24 * 60 * 60);

impl World {
    /// Refuses what needs a working connection.
    fn require_active(&self, account: u32) -> Result<(), ApiError> {
        match self.accounts[account].status {
            AccountStatus::Active => Ok(()),
            AccountStatus::Inactive => Err(ApiError::invalid(
                "The account is inactive, so its data cannot be refreshed. Ask the user to link it again.",
            )
            .code("financial_connections_account_inactive")),
            AccountStatus::Disconnected => Err(disconnected()),
        }
    }

    /// Refuses what the holder gave no permission for.
    pub(crate) fn require_permission(
        &self,
        account: u32,
        permission: &str,
        param: &str,
    ) -> Result<(), ApiError> {
        if self.accounts[account].permits(permission) {
            return Ok(());
        }
        let message = format!(
            "The account holder gave no permission for `{permission}`. Collect the account in a session that asks for it."
        );
        Err(ApiError::invalid(message).param(param))
    }

    /// Starts a refresh of each feature; one that is pending or was refreshed too recently is left as it is.
    pub(crate) fn refresh(
        &mut self,
        account: u32,
        features: &[Feature],
        cause: &Cause,
        now: Instant,
    ) -> Result<(), ApiError> {
        self.require_active(account)?;
        for feature in features {
            self.require_permission(account, feature.permission(), "features")?;
        }
        let early = |feature: &&Feature| {
            self.accounts[account].attempt(**feature).is_some_and(|attempt| attempt.is_too_recent(now))
        };
        if self.settings.refuse_early_refresh && features.iter().any(|feature| early(&feature)) {
            let message = "The account was refreshed too recently; see `next_refresh_available_at`.";
            return Err(ApiError::invalid(message).param("features"));
        }
        let due: Vec<Feature> = features.iter().filter(|feature| !early(feature)).copied().collect();
        for feature in due {
            self.start_refresh(account, feature, Some(cause), now);
        }
        Ok(())
    }

    /// Starts a refresh, unless one is pending.
    pub(crate) fn start_refresh(
        &mut self,
        account: u32,
        feature: Feature,
        cause: Option<&Cause>,
        now: Instant,
    ) {
        let attempt = self.accounts[account].attempt_mut(feature);
        if attempt.as_ref().is_some_and(|attempt| attempt.status == RefreshStatus::Pending) {
            return;
        }
        let status = RefreshStatus::Pending;
        *attempt = Some(Attempt { status, at: now.unix(), next_at: None, cause: cause.cloned() });
        if feature == Feature::Transactions {
            let id = self.random.id("fctxnref_");
            self.accounts[account].transaction_refresh =
                Some(self.refreshes.add(TransactionRefresh { id, account, succeeded_at: None }));
        }
        self.schedule(now.after(self.settings.refresh_delay), Task::FinishRefresh { account, feature });
    }

    /// Ends a pending refresh.
    pub(crate) fn finish_refresh(&mut self, account: u32, feature: Feature, at: Instant) {
        let interval = self.settings.interval(feature);
        let outcome = self.refresh_outcome(account, feature);
        let succeeded = outcome == RefreshOutcome::Succeeded;
        let mut cause = None;
        if let Some(attempt) = self.accounts[account].attempt_mut(feature) {
            attempt.status = if succeeded { RefreshStatus::Succeeded } else { RefreshStatus::Failed };
            attempt.next_at = Some(at.after(interval).unix());
            cause = attempt.cause.take();
        }
        if succeeded {
            match feature {
                Feature::Balance => {
                    let balance = self.book(account).balance(at.unix());
                    self.accounts[account].balance = balance;
                }
                Feature::Ownership => self.take_ownership(account, at),
                Feature::Transactions => self.take_transactions(account, at),
            }
        }
        self.emit(feature.event(), account, cause.as_ref(), at);
        if outcome == RefreshOutcome::FailedAndInactive {
            self.deactivate(account, at);
        }
    }

    /// How a refresh ends: as planned for the account, as its bank does, as a fault has it, or well.
    fn refresh_outcome(&mut self, account: u32, feature: Feature) -> RefreshOutcome {
        let row = &self.accounts[account];
        if let Some(place) = row.outcomes.iter().position(|(planned, _)| *planned == feature) {
            let (_, planned) = self.accounts[account].outcomes.remove(place);
            if self.accounts[account].status == AccountStatus::Active {
                return planned;
            }
        }
        let row = &self.accounts[account];
        if row.status != AccountStatus::Active || row.failing.contains(&feature) {
            return RefreshOutcome::Failed;
        }
        if let Some(outcome) = self.faults.refresh_outcome(feature) {
            return outcome;
        }
        if self.faults.is_down(&row.institution_name) {
            return RefreshOutcome::Failed;
        }
        RefreshOutcome::Succeeded
    }

    /// A bank that knows of no owner leaves the account without a snapshot.
    fn take_ownership(&mut self, account: u32, at: Instant) {
        if self.accounts[account].owners.is_empty() {
            return;
        }
        let id = self.random.id("fcaowns_");
        let ownership =
            self.ownerships.add(Ownership { id, account, created: at.unix(), owners: Vec::new() });
        for owner in self.accounts[account].owners.clone() {
            let id = self.random.id("fcaown_");
            let row = self.owners.add(Owner { id, ownership, owner, refreshed_at: at.unix() });
            self.ownerships[ownership].owners.push(row);
        }
        self.accounts[account].ownership = Some(ownership);
    }

    fn take_transactions(&mut self, account: u32, at: Instant) {
        if let Some(refresh) = self.accounts[account].transaction_refresh {
            self.refreshes[refresh].succeeded_at = Some(at.unix());
            self.ledger.pull(account, Pull { refresh, at: at.unix() });
        }
    }

    /// Subscribes to daily transactions; the first refresh starts at once. A second time does nothing.
    pub(crate) fn subscribe(&mut self, account: u32, cause: &Cause, now: Instant) -> Result<(), ApiError> {
        self.require_active(account)?;
        self.require_permission(account, Feature::Transactions.permission(), "features")?;
        let subscription = &mut self.accounts[account].subscription;
        if !subscription.active {
            subscription.active = true;
            subscription.number += 1;
            let subscription = subscription.number;
            self.start_refresh(account, Feature::Transactions, Some(cause), now);
            self.schedule(now.after(DAILY), Task::RefreshSubscription { account, subscription });
        }
        Ok(())
    }

    /// Ends the daily refreshes; what was read stays.
    pub(crate) fn unsubscribe(&mut self, account: u32) -> Result<(), ApiError> {
        if self.accounts[account].status == AccountStatus::Disconnected {
            return Err(disconnected());
        }
        self.accounts[account].subscription.active = false;
        Ok(())
    }

    /// The daily refresh; an inactive account misses it and goes on when it is active again.
    pub(crate) fn refresh_subscription(&mut self, account: u32, subscription: u32, at: Instant) {
        let row = &self.accounts[account];
        if !row.subscription.active || row.subscription.number != subscription {
            return;
        }
        if row.status == AccountStatus::Active {
            self.start_refresh(account, Feature::Transactions, None, at);
        }
        // At the clock's end the next day would be now, again and again.
        let next = at.after(DAILY);
        if next > at {
            self.schedule(next, Task::RefreshSubscription { account, subscription });
        }
    }

    /// Ends the connection for good and takes the data away. A second time does nothing.
    pub(crate) fn disconnect(&mut self, account: u32, cause: &Cause, now: Instant) {
        let row = &mut self.accounts[account];
        if row.status == AccountStatus::Disconnected {
            return;
        }
        row.status = AccountStatus::Disconnected;
        row.balance = None;
        row.ownership = None;
        row.subscription.active = false;
        self.emit("financial_connections.account.disconnected", account, Some(cause), now);
    }

    /// The bank cuts the connection. Only an active account can turn inactive.
    pub(crate) fn deactivate(&mut self, account: u32, now: Instant) -> bool {
        let kind = "financial_connections.account.deactivated";
        self.change_status(account, AccountStatus::Active, AccountStatus::Inactive, kind, now)
    }

    /// The user logs in at the bank again. Only an inactive account can turn active.
    pub(crate) fn reactivate(&mut self, account: u32, now: Instant) -> bool {
        let kind = "financial_connections.account.reactivated";
        // Whatever end was planned was that of the log-in before.
        if self.accounts[account].status == AccountStatus::Inactive {
            self.plan_end(self.accounts[account].authorization, None, now);
        }
        let changed = self.change_status(account, AccountStatus::Inactive, AccountStatus::Active, kind, now);
        if changed {
            self.renew_connection(self.accounts[account].authorization, now);
        }
        changed
    }

    fn change_status(
        &mut self,
        account: u32,
        from: AccountStatus,
        to: AccountStatus,
        event: &'static str,
        now: Instant,
    ) -> bool {
        let row = &mut self.accounts[account];
        if row.status != from {
            return false;
        }
        row.status = to;
        self.emit(event, account, None, now);
        true
    }
}

impl Attempt {
    /// Whether the next refresh may not start yet.
    fn is_too_recent(&self, now: Instant) -> bool {
        self.status == RefreshStatus::Pending || self.next_at.is_some_and(|next| now.unix() < next)
    }
}

/// The refusal of what a disconnected account cannot do.
pub(crate) fn disconnected() -> ApiError {
    ApiError::invalid(
        "The account is disconnected, and its data are gone. Ask the user to link an account again.",
    )
}
