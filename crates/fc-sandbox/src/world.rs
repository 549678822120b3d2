//! One world: everything that a key, or a connected account under it, can see.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use crate::auth::Caller;
use crate::clock::Instant;
use crate::idempotency::Answers;
use crate::ledger::Ledger;
use crate::model::{
    Account, Cause, Customer, Event, Feature, Holder, Owner, Ownership, Session, Settings, TransactionRefresh,
};
use crate::random::Random;
use crate::table::Table;

/// The state, and the tasks that the time will bring.
///
/// Nothing happens by itself: whoever opens the world first lets it catch up ([`World::catch_up`]), and every task then
/// runs at the time at which it was due, in order. So a world is a function of its seed and of what was done to it when.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) livemode: bool,
    /// The connected account whose world this is.
    pub(crate) connected_account: Option<String>,
    pub(crate) seed: u64,
    pub(crate) settings: Arc<Settings>,
    pub(crate) random: Random,
    pub(crate) customers: Table<Customer>,
    pub(crate) sessions: Table<Session>,
    pub(crate) session_by_secret: HashMap<String, u32>,
    pub(crate) accounts: Table<Account>,
    /// Rows of a holder's accounts, oldest first.
    pub(crate) accounts_of: HashMap<Holder, Vec<u32>>,
    pub(crate) ownerships: Table<Ownership>,
    pub(crate) owners: Table<Owner>,
    pub(crate) refreshes: Table<TransactionRefresh>,
    pub(crate) ledger: Ledger,
    pub(crate) events: Table<Event>,
    pub(crate) answers: Answers,
    due: BinaryHeap<Reverse<Due>>,
    scheduled: u64,
}

/// A task, ordered by its time and then by when it was scheduled.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Instant,
    number: u64,
    task: Task,
}

/// Something that happens later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    /// A pending refresh ends.
    FinishRefresh { account: u32, feature: Feature },
    /// A subscribed account gets its daily refresh.
    RefreshSubscription { account: u32, subscription: u32 },
}

impl World {
    pub(crate) fn new(caller: &Caller, seed: u64, settings: Arc<Settings>) -> Self {
        let [key, account] = caller.labels();
        Self {
            livemode: caller.livemode(),
            connected_account: caller.account.clone(),
            seed,
            settings,
            random: Random::new(seed, &["world", key, account]),
            customers: Table::default(),
            sessions: Table::default(),
            session_by_secret: HashMap::new(),
            accounts: Table::default(),
            accounts_of: HashMap::new(),
            ownerships: Table::default(),
            owners: Table::default(),
            refreshes: Table::default(),
            ledger: Ledger::default(),
            events: Table::default(),
            answers: Answers::default(),
            due: BinaryHeap::new(),
            scheduled: 0,
        }
    }

    pub(crate) fn schedule(&mut self, at: Instant, task: Task) {
        self.due.push(Reverse(Due { at, number: self.scheduled, task }));
        self.scheduled += 1;
    }

    /// Does everything that was due by `now`.
    pub(crate) fn catch_up(&mut self, now: Instant) {
        while self.due.peek().is_some_and(|Reverse(due)| due.at <= now)
            && let Some(Reverse(due)) = self.due.pop()
        {
            match due.task {
                Task::FinishRefresh { account, feature } => self.finish_refresh(account, feature, due.at),
                Task::RefreshSubscription { account, subscription } => {
                    self.refresh_subscription(account, subscription, due.at);
                }
            }
        }
    }

    /// Writes an event about an account into the log.
    pub(crate) fn emit(&mut self, kind: &'static str, account: u32, cause: Option<&Cause>, at: Instant) {
        let event = Event {
            id: self.random.id("evt_"),
            created: at.unix(),
            kind,
            object: self.render_account(account).to_string(),
            cause: cause.cloned(),
        };
        self.events.add(event);
    }
}
