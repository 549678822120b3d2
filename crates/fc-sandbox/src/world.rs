//! One world: everything that a key, or a connected account under it, can see.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::account_spec::AccountSpec;
use crate::agenda::{Agenda, Task};
use crate::auth::Caller;
use crate::authorization::Authorization;
use crate::bank::Bank;
use crate::clock::Instant;
use crate::fault::Faults;
use crate::idempotency::Answers;
use crate::ledger::{Book, Ledger, Place, Pull};
use crate::model::{
    Account, Customer, Event, Holder, Owner, Ownership, Session, Settings, TransactionRefresh, usage,
};
use crate::random::Random;
use crate::record::Records;
use crate::table::Table;
use crate::transaction_id::{TransactionIds, TransactionKey};
use crate::webhook::{Delivery, DeliveryState, Outbox, WebhookEndpoint};

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
    pub(crate) faults: Arc<Faults>,
    pub(crate) random: Random,
    pub(crate) customers: Table<Customer>,
    pub(crate) sessions: Table<Session>,
    pub(crate) session_by_secret: HashMap<String, u32>,
    /// Log-ins at institutions.
    pub(crate) authorizations: Table<Authorization>,
    pub(crate) accounts: Table<Account>,
    /// Rows of a holder's accounts, oldest first.
    pub(crate) accounts_of: HashMap<Holder, Vec<u32>>,
    pub(crate) ownerships: Table<Ownership>,
    pub(crate) owners: Table<Owner>,
    pub(crate) refreshes: Table<TransactionRefresh>,
    pub(crate) ledger: Ledger,
    pub(crate) events: Table<Event>,
    pub(crate) webhook_endpoints: Table<WebhookEndpoint>,
    pub(crate) deliveries: Table<Delivery>,
    pub(crate) outbox: Outbox,
    pub(crate) answers: Answers,
    pub(crate) agenda: Agenda,
}

impl World {
    pub(crate) fn new(caller: &Caller, seed: u64, settings: Arc<Settings>, faults: Arc<Faults>) -> Self {
        let [key, account] = caller.labels();
        Self {
            livemode: caller.livemode(),
            connected_account: caller.account.clone(),
            seed,
            settings,
            faults,
            random: Random::new(seed, &["world", key, account]),
            customers: Table::default(),
            sessions: Table::default(),
            session_by_secret: HashMap::new(),
            authorizations: Table::default(),
            accounts: Table::default(),
            accounts_of: HashMap::new(),
            ownerships: Table::default(),
            owners: Table::default(),
            refreshes: Table::default(),
            ledger: Ledger::new(TransactionIds::new(seed, &[key, account])),
            events: Table::default(),
            webhook_endpoints: Table::default(),
            deliveries: Table::default(),
            outbox: Outbox::default(),
            answers: Answers::default(),
            agenda: Agenda::default(),
        }
    }

    /// Everything that is kept of the world, by kind. A kind's name is part of the data file's format.
    ///
    /// The pattern names every field, so that none is forgotten: a new one is a part, or follows from the parts
    /// ([`World::reindex`]), or belongs to the sandbox and not to the world.
    pub(crate) fn parts(&mut self) -> [(&'static str, &mut dyn Records); 13] {
        let Self {
            livemode: _,
            connected_account: _,
            seed: _,
            settings: _,
            faults: _,
            random,
            customers,
            sessions,
            session_by_secret: _,
            authorizations,
            accounts,
            accounts_of: _,
            ownerships,
            owners,
            refreshes,
            ledger: _,
            events,
            webhook_endpoints,
            deliveries,
            outbox: _,
            answers,
            agenda,
        } = self;
        [
            ("random", random),
            ("customer", customers),
            ("session", sessions),
            ("authorization", authorizations),
            ("account", accounts),
            ("ownership", ownerships),
            ("owner", owners),
            ("transaction_refresh", refreshes),
            ("event", events),
            ("webhook_endpoint", webhook_endpoints),
            ("delivery", deliveries),
            ("idempotent_answer", answers),
            ("task", agenda),
        ]
    }

    /// Puts records back into a new world, each with its kind and number; a kind's numbers ascend. An error says what is
    /// wrong with which.
    pub(crate) fn restore<'a>(
        &mut self,
        records: impl IntoIterator<Item = (&'a str, u64, &'a RawValue)>,
    ) -> Result<(), String> {
        for (kind, number, record) in records {
            let mut parts = self.parts();
            let part = parts.iter_mut().find(|(name, _)| *name == kind);
            let (_, part) = part.ok_or_else(|| format!("there is no kind of record called {kind}"))?;
            part.restore(number, record).map_err(|error| format!("{kind} {number}: {error}"))?;
        }
        for (_, part) in self.parts() {
            part.take_changes();
        }
        self.check()?;
        self.reindex();
        Ok(())
    }

    /// Whether every row that a row names is there.
    fn check(&self) -> Result<(), String> {
        let check = |kind: &str, number: u32, names: &str, row: u32, rows: Range<u32>| {
            let lost = || format!("{kind} {number} names {names} {row}, and there is none");
            rows.contains(&row).then_some(()).ok_or_else(lost)
        };
        let (accounts, owners, ownerships) =
            (self.accounts.numbers(), self.owners.numbers(), self.ownerships.numbers());
        for number in self.sessions.numbers() {
            for &account in &self.sessions[number].accounts {
                check("session", number, "account", account, accounts.clone())?;
            }
        }
        for number in accounts.clone() {
            let Account { authorization, ownership, transaction_refresh, transactions, .. } =
                &self.accounts[number];
            if *transactions > AccountSpec::MAX_TRANSACTIONS {
                let most = AccountSpec::MAX_TRANSACTIONS;
                return Err(format!("account {number} has {transactions} transactions: {most} is the most"));
            }
            check("account", number, "authorization", *authorization, self.authorizations.numbers())?;
            if let Some(row) = *ownership {
                check("account", number, "ownership", row, ownerships.clone())?;
            }
            if let Some(row) = *transaction_refresh {
                check("account", number, "transaction_refresh", row, self.refreshes.numbers())?;
            }
        }
        for number in ownerships.clone() {
            let ownership = &self.ownerships[number];
            check("ownership", number, "account", ownership.account, accounts.clone())?;
            for &owner in &ownership.owners {
                check("ownership", number, "owner", owner, owners.clone())?;
            }
        }
        for number in owners.clone() {
            check("owner", number, "ownership", self.owners[number].ownership, ownerships.clone())?;
        }
        for number in self.refreshes.numbers() {
            check(
                "transaction_refresh",
                number,
                "account",
                self.refreshes[number].account,
                accounts.clone(),
            )?;
        }
        for number in self.authorizations.numbers() {
            for &account in &self.authorizations[number].accounts {
                check("authorization", number, "account", account, accounts.clone())?;
            }
        }
        for number in self.deliveries.numbers() {
            let Delivery { event, endpoint, .. } = self.deliveries[number];
            check("delivery", number, "event", event, self.events.numbers())?;
            check("delivery", number, "webhook_endpoint", endpoint, self.webhook_endpoints.numbers())?;
        }
        for (number, task) in self.agenda.tasks() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            match task {
                Task::FinishRefresh { account, .. }
                | Task::RefreshSubscription { account, .. }
                | Task::WarnOfExpiry { account, .. }
                | Task::ExpireNumber { account, .. } => {
                    check("task", number, "account", account, accounts.clone())?;
                }
                Task::WarnOfDeactivation { authorization, .. }
                | Task::EndConnection { authorization, .. } => {
                    check("task", number, "authorization", authorization, self.authorizations.numbers())?;
                }
            }
        }
        Ok(())
    }

    /// Works out what follows from the parts, after these were restored.
    fn reindex(&mut self) {
        for session in self.sessions.numbers() {
            self.session_by_secret.insert(self.sessions[session].client_secret.clone(), session);
        }
        for account in self.accounts.numbers() {
            self.accounts_of.entry(self.accounts[account].holder.clone()).or_default().push(account);
        }
        for delivery in self.deliveries.numbers() {
            let Delivery { endpoint, state, .. } = self.deliveries[delivery];
            if let DeliveryState::Due(at) = state {
                self.outbox.insert(endpoint, at, delivery);
            }
        }
        for refresh in self.refreshes.numbers() {
            let TransactionRefresh { account, succeeded_at, .. } = self.refreshes[refresh];
            if let Some(at) = succeeded_at {
                self.ledger.pull(account, Pull { refresh, at });
            }
        }
    }

    pub(crate) fn add_session(&mut self, session: Session) -> u32 {
        let secret = session.client_secret.clone();
        let session = self.sessions.add(session);
        self.session_by_secret.insert(secret, session);
        session
    }

    pub(crate) fn schedule(&mut self, at: Instant, task: Task) {
        self.agenda.enter(at, task);
    }

    /// Does everything that was due by `now`.
    pub(crate) fn catch_up(&mut self, now: Instant) {
        while let Some((at, task)) = self.agenda.pop(now) {
            self.run(task, at);
        }
    }

    fn run(&mut self, task: Task, at: Instant) {
        match task {
            Task::FinishRefresh { account, feature } => self.finish_refresh(account, feature, at),
            Task::RefreshSubscription { account, subscription } => {
                self.refresh_subscription(account, subscription, at);
            }
            Task::WarnOfDeactivation { authorization, plan } => {
                self.warn_of_deactivation(authorization, plan, at);
            }
            Task::EndConnection { authorization, plan } => self.end_connection(authorization, plan, at),
            Task::WarnOfExpiry { account, plan } => self.warn_of_expiry(account, plan, at),
            Task::ExpireNumber { account, plan } => self.expire_number(account, plan, at),
        }
    }

    /// Whether anything has this id.
    pub(crate) fn has(&mut self, id: &str) -> bool {
        self.customers.find(id).is_some()
            || self.sessions.find(id).is_some()
            || self.accounts.find(id).is_some()
            || self.ownerships.find(id).is_some()
            || self.owners.find(id).is_some()
            || self.refreshes.find(id).is_some()
            || self.events.find(id).is_some()
            || self.webhook_endpoint(id).is_some()
            || self.find_transaction(id).is_some()
    }

    /// The transactions and the bank of an account, with all that refreshes have brought.
    pub(crate) fn book(&mut self, account: u32) -> &mut Book {
        let Self { seed, accounts, ledger, .. } = self;
        let row = &accounts[account];
        ledger.write_up(account, || {
            let random = Random::new(*seed, &["bank", &row.id]);
            Bank::open(usage(&row.subcategory), row.transactions, row.created, random)
        })
    }

    /// The transaction of this id and its place among those of its account.
    pub(crate) fn find_transaction(&mut self, id: &str) -> Option<(TransactionKey, Place)> {
        let key = self.ledger.ids.key(id)?;
        if !self.accounts.numbers().contains(&key.account) {
            return None;
        }
        let transaction = self.book(key.account).row(key.row)?;
        Some((key, (transaction.transacted_at, key.row)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Clock;
    use crate::model::{Cause, Population};

    /// By hand and counted, since what this guards against never comes to an end.
    #[test]
    fn a_subscribed_account_comes_to_the_end_of_the_clock() {
        let population = Population { accounts: 1, transactions: 0 };
        let settings = Arc::new(Settings { population, ..Settings::default() });
        let caller = Caller::from_key("sk_test_world").expect("a key");
        let mut world = World::new(&caller, 0, settings, Arc::default());
        let clock = Clock::frozen(Instant::END.unix() - 60 * 60 * 60);
        world.populate(clock.instant());
        let cause = Cause { request_id: "req_1".to_owned(), idempotency_key: None };
        world.subscribe(0, &cause, clock.instant()).expect("it is active");
        clock.advance(Duration::MAX);
        let mut days = Vec::new();
        for _ in 0..100 {
            let Some((at, task)) = world.agenda.pop(clock.instant()) else { break };
            if matches!(task, Task::RefreshSubscription { .. }) {
                days.push((Instant::END.unix() - at.unix()) / 3600);
            }
            world.run(task, at);
        }
        assert_eq!(days, [36, 12, 0]);
        assert_eq!(world.agenda.next_at(), None);
    }
}
