//! A minimal model of how accounts of the sandbox behave.

use std::collections::BTreeMap;

use fc_sandbox::{Feature, RefreshOutcome};
use serde_json::{Value, json};

const DELAY: i64 = 1;
const DAY: i64 = 86_400;

/// The features in the order in which the tests name them.
pub(crate) const FEATURES: [Feature; 3] = [Feature::Balance, Feature::Ownership, Feature::Transactions];
/// The names of the features in `features[]`, in the account, and in its events.
pub(crate) const NAMES: [&str; 3] = ["balance", "ownership", "transactions"];
const FIELDS: [&str; 3] = ["balance_refresh", "ownership_refresh", "transaction_refresh"];
/// The minimum time between two refreshes, in seconds.
const INTERVALS: [i64; 3] = [60, DAY, 3600];
const TRANSACTIONS: usize = 2;

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) now: i64,
    pub(crate) accounts: Vec<Account>,
    /// How many refreshes of each feature will still fail because of a fault.
    pub(crate) faults: [u32; 3],
    schedule: BTreeMap<(i64, u64), Task>,
    scheduled: u64,
}

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) status: Status,
    attempts: [Option<Attempt>; 3],
    subscribed: bool,
    subscriptions: u32,
    pub(crate) planned: Vec<(usize, RefreshOutcome)>,
    /// The events about the account, oldest first.
    pub(crate) events: Vec<String>,
    /// Whether transactions can be read.
    pub(crate) synced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    Inactive,
    Disconnected,
}

#[derive(Clone, Copy, Debug)]
enum Attempt {
    Pending { at: i64 },
    Done { at: i64, succeeded: bool, next: i64 },
}

#[derive(Clone, Copy, Debug)]
enum Task {
    Finish { account: usize, feature: usize },
    Daily { account: usize, subscription: u32 },
}

impl Model {
    pub(crate) fn new(now: i64) -> Self {
        Self { now, accounts: Vec::new(), faults: [0; 3], schedule: BTreeMap::new(), scheduled: 0 }
    }

    pub(crate) fn link(&mut self) {
        self.accounts.push(Account {
            status: Status::Active,
            attempts: [None; 3],
            subscribed: false,
            subscriptions: 0,
            planned: Vec::new(),
            events: vec!["created".to_owned()],
            synced: false,
        });
    }

    pub(crate) fn advance(&mut self, seconds: i64) {
        let until = self.now + seconds;
        while let Some(entry) = self.schedule.first_entry().filter(|entry| entry.key().0 <= until) {
            ((self.now, _), _) = (*entry.key(), ());
            match entry.remove() {
                Task::Finish { account, feature } => self.finish(account, feature),
                Task::Daily { account, subscription } => self.daily(account, subscription),
            }
        }
        self.now = until;
    }

    /// Starts refreshes; false if the call is refused.
    pub(crate) fn refresh(&mut self, account: usize, features: &[usize]) -> bool {
        if self.accounts[account].status != Status::Active {
            return false;
        }
        for &feature in features {
            let early = match self.accounts[account].attempts[feature] {
                Some(Attempt::Done { next, .. }) => self.now < next,
                _ => false,
            };
            if !early {
                self.start(account, feature);
            }
        }
        true
    }

    pub(crate) fn subscribe(&mut self, account: usize) -> bool {
        let row = &mut self.accounts[account];
        if row.status != Status::Active {
            return false;
        }
        if !row.subscribed {
            row.subscribed = true;
            row.subscriptions += 1;
            let subscription = row.subscriptions;
            self.start(account, TRANSACTIONS);
            self.schedule(DAY, Task::Daily { account, subscription });
        }
        true
    }

    pub(crate) fn unsubscribe(&mut self, account: usize) -> bool {
        self.accounts[account].subscribed = false;
        self.accounts[account].status != Status::Disconnected
    }

    pub(crate) fn plan(&mut self, account: usize, feature: usize, outcome: RefreshOutcome) -> bool {
        let row = &mut self.accounts[account];
        if row.status == Status::Disconnected {
            return false;
        }
        row.planned.push((feature, outcome));
        true
    }

    pub(crate) fn disconnect(&mut self, account: usize) {
        let row = &mut self.accounts[account];
        if row.status != Status::Disconnected {
            row.status = Status::Disconnected;
            row.subscribed = false;
            // A pending refresh fails, and has no event of its own.
            for attempt in &mut row.attempts {
                if let Some(Attempt::Pending { at }) = *attempt {
                    *attempt = Some(Attempt::Done { at, succeeded: false, next: 0 });
                }
            }
            row.events.push("disconnected".to_owned());
        }
    }

    pub(crate) fn deactivate(&mut self, account: usize) -> bool {
        self.accounts[account].turn(Status::Active, Status::Inactive, "deactivated")
    }

    pub(crate) fn reactivate(&mut self, account: usize) -> bool {
        self.accounts[account].turn(Status::Inactive, Status::Active, "reactivated")
    }

    fn schedule(&mut self, later: i64, task: Task) {
        self.schedule.insert((self.now + later, self.scheduled), task);
        self.scheduled += 1;
    }

    fn start(&mut self, account: usize, feature: usize) {
        let attempt = &mut self.accounts[account].attempts[feature];
        if !matches!(attempt, Some(Attempt::Pending { .. })) {
            *attempt = Some(Attempt::Pending { at: self.now });
            self.schedule(DELAY, Task::Finish { account, feature });
        }
    }

    fn finish(&mut self, account: usize, feature: usize) {
        let row = &mut self.accounts[account];
        if row.status == Status::Disconnected {
            return;
        }
        let active = row.status == Status::Active;
        let plan = row.planned.iter().position(|(planned, _)| *planned == feature);
        let plan = plan.map(|place| row.planned.remove(place).1).filter(|_| active);
        let outcome = match plan {
            Some(outcome) => outcome,
            None if !active => RefreshOutcome::Failed,
            None if self.faults[feature] > 0 => {
                self.faults[feature] -= 1;
                RefreshOutcome::Failed
            }
            None => RefreshOutcome::Succeeded,
        };
        let Some(Attempt::Pending { at }) = row.attempts[feature] else {
            panic!("only a pending refresh ends")
        };
        let succeeded = outcome == RefreshOutcome::Succeeded;
        row.attempts[feature] = Some(Attempt::Done { at, succeeded, next: self.now + INTERVALS[feature] });
        row.synced |= succeeded && feature == TRANSACTIONS;
        row.events.push(format!("refreshed_{}", NAMES[feature]));
        if outcome == RefreshOutcome::FailedAndInactive {
            self.deactivate(account);
        }
    }

    fn daily(&mut self, account: usize, subscription: u32) {
        let row = &self.accounts[account];
        if row.subscribed && row.subscriptions == subscription {
            if row.status == Status::Active {
                self.start(account, TRANSACTIONS);
            }
            self.schedule(DAY, Task::Daily { account, subscription });
        }
    }
}

impl Account {
    fn turn(&mut self, from: Status, to: Status, event: &str) -> bool {
        let turns = self.status == from;
        if turns {
            self.status = to;
            self.events.push(event.to_owned());
        }
        turns
    }

    /// Whether the latest refresh of the transactions succeeded.
    pub(crate) fn is_fresh(&self) -> bool {
        matches!(self.attempts[TRANSACTIONS], Some(Attempt::Done { succeeded: true, .. }))
    }

    /// The members of the account that the model predicts.
    pub(crate) fn shown(&self) -> Value {
        let status = match self.status {
            Status::Active => "active",
            Status::Inactive => "inactive",
            Status::Disconnected => "disconnected",
        };
        let subscriptions = if self.subscribed { json!(["transactions"]) } else { json!([]) };
        let mut shown = json!({ "status": status, "subscriptions": subscriptions });
        for (field, attempt) in FIELDS.iter().zip(self.attempts) {
            shown[field] = match attempt {
                None => Value::Null,
                Some(Attempt::Pending { at }) => {
                    json!({ "status": "pending", "last_attempted_at": at, "next_refresh_available_at": null })
                }
                Some(Attempt::Done { at, succeeded, next }) => json!({
                    "status": if succeeded { "succeeded" } else { "failed" },
                    "last_attempted_at": at,
                    "next_refresh_available_at": (self.status == Status::Active).then_some(next),
                }),
            };
        }
        shown
    }

    /// The same members of an account that was read from the sandbox.
    pub(crate) fn seen(account: &Value) -> Value {
        let mut seen = json!({ "status": account["status"], "subscriptions": account["subscriptions"] });
        for field in FIELDS {
            seen[field] = account[field].clone();
            if let Some(members) = seen[field].as_object_mut() {
                members.remove("id");
            }
        }
        seen
    }
}
