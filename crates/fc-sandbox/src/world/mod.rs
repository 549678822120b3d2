//! Worlds: everything that one key, or one connected account under it, can see.

pub(crate) mod idempotency;
pub(crate) mod outbox;
pub(crate) mod restore;
pub(crate) mod schedule;

use std::collections::HashMap;
use std::sync::Arc;

use crate::bank::ledger::{AccountLedger, Ledger, Place};
use crate::bank::simulation::{Bank, usage};
use crate::bank::transaction_id::{TransactionIds, TransactionKey};
use crate::caller::Caller;
use crate::fault::Faults;
use crate::model::account::{Account, AccountStatus};
use crate::model::authorization::Authorization;
use crate::model::customer::Customer;
use crate::model::event::Event;
use crate::model::holder::Holder;
use crate::model::refresh::{Owner, Ownership, TransactionRefresh};
use crate::model::session::Session;
use crate::model::settings::Settings;
use crate::model::webhook::{Delivery, WebhookEndpoint};
use crate::random::Random;
use crate::store::record::Records;
use crate::store::table::Table;
use crate::world::idempotency::IdempotencyStore;
use crate::world::outbox::Outbox;
use crate::world::schedule::Schedule;

/// The tables of a world, and its scheduled tasks.
///
/// A world is a function of its seed and of the calls made to it: nothing happens on its own. A caller that locks the world
/// first runs the tasks that are due (`lifecycle::run::catch_up`), in order and each at its due time.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) livemode: bool,
    /// The connected account whose world this is.
    pub(crate) connected_account: Option<String>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) faults: Arc<Faults>,
    /// Draws the ids.
    pub(crate) random: Random,
    pub(crate) customers: Table<Customer>,
    pub(crate) sessions: Table<Session>,
    /// Log-ins at institutions.
    pub(crate) authorizations: Table<Authorization>,
    pub(crate) accounts: Table<Account>,
    pub(crate) ownerships: Table<Ownership>,
    pub(crate) owners: Table<Owner>,
    pub(crate) refreshes: Table<TransactionRefresh>,
    pub(crate) ledger: Ledger,
    pub(crate) events: Table<Event>,
    pub(crate) webhook_endpoints: Table<WebhookEndpoint>,
    pub(crate) deliveries: Table<Delivery>,
    pub(crate) outbox: Outbox,
    pub(crate) responses: IdempotencyStore,
    pub(crate) schedule: Schedule,
    seed: u64,
    session_by_secret: HashMap<String, u32>,
    /// Rows of a holder's accounts, oldest first.
    accounts_of: HashMap<Holder, Vec<u32>>,
}

impl World {
    pub(crate) fn new(caller: &Caller, seed: u64, settings: Arc<Settings>, faults: Arc<Faults>) -> Self {
        let [key, account] = caller.labels();
        Self {
            livemode: caller.livemode(),
            connected_account: caller.account.clone(),
            settings,
            faults,
            random: Random::new(seed, &["world", key, account]),
            customers: Table::default(),
            sessions: Table::default(),
            authorizations: Table::default(),
            accounts: Table::default(),
            ownerships: Table::default(),
            owners: Table::default(),
            refreshes: Table::default(),
            ledger: Ledger::new(TransactionIds::new(seed, &[key, account])),
            events: Table::default(),
            webhook_endpoints: Table::default(),
            deliveries: Table::default(),
            outbox: Outbox::default(),
            responses: IdempotencyStore::default(),
            schedule: Schedule::default(),
            seed,
            session_by_secret: HashMap::new(),
            accounts_of: HashMap::new(),
        }
    }

    /// All records of the world, by kind. The name of a kind is part of the data file's format.
    ///
    /// The pattern names every field, so that the compiler finds a forgotten one. A new field is a part, or is rebuilt from
    /// the parts ([`restore`]), or belongs to the sandbox.
    pub(crate) fn parts(&mut self) -> [(&'static str, &mut dyn Records); 13] {
        let Self {
            livemode: _,
            connected_account: _,
            settings: _,
            faults: _,
            random,
            customers,
            sessions,
            authorizations,
            accounts,
            ownerships,
            owners,
            refreshes,
            ledger: _,
            events,
            webhook_endpoints,
            deliveries,
            outbox: _,
            responses,
            schedule,
            seed: _,
            session_by_secret: _,
            accounts_of: _,
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
            ("idempotent_answer", responses),
            ("task", schedule),
        ]
    }

    /// Whether no object was created yet: every object has a drawn id.
    pub(crate) fn is_untouched(&self) -> bool {
        self.random.is_untouched()
    }

    /// Makes the world as it was before its first object. The saved responses stay.
    pub(crate) fn clear(&mut self, caller: &Caller) {
        let responses = std::mem::take(&mut self.responses);
        let empty = Self::new(caller, self.seed, Arc::clone(&self.settings), Arc::clone(&self.faults));
        *self = Self { responses, ..empty };
    }

    /// A stream of random values that belongs to the object with this id.
    pub(crate) fn random_of(&self, purpose: &str, id: &str) -> Random {
        Random::new(self.seed, &[purpose, id])
    }

    pub(crate) fn add_session(&mut self, session: Session) -> u32 {
        let secret = session.client_secret.clone();
        let session = self.sessions.add(session);
        self.session_by_secret.insert(secret, session);
        session
    }

    pub(crate) fn add_account(&mut self, account: Account) -> u32 {
        let holder = account.holder.clone();
        let account = self.accounts.add(account);
        self.accounts_of.entry(holder).or_default().push(account);
        account
    }

    /// The session with this client secret.
    pub(crate) fn session_by_secret(&self, client_secret: &str) -> Option<u32> {
        self.session_by_secret.get(client_secret).copied()
    }

    /// The session with this id or client secret.
    pub(crate) fn session(&self, id_or_secret: &str) -> Option<u32> {
        self.sessions.find(id_or_secret).or_else(|| self.session_by_secret(id_or_secret))
    }

    /// Rows of a holder's accounts, oldest first.
    pub(crate) fn accounts_of(&self, holder: &Holder) -> &[u32] {
        self.accounts_of.get(holder).map(Vec::as_slice).unwrap_or_default()
    }

    /// Rows of the active accounts that were linked with a log-in.
    pub(crate) fn active_accounts(&self, authorization: u32) -> Vec<u32> {
        let accounts = self.authorizations[authorization].accounts.iter().copied();
        accounts.filter(|account| self.accounts[*account].status == AccountStatus::Active).collect()
    }

    /// Rows of the accounts that were linked with a log-in and not disconnected since.
    pub(crate) fn connected_accounts(&self, authorization: u32) -> Vec<u32> {
        let accounts = self.authorizations[authorization].accounts.iter().copied();
        accounts.filter(|account| self.accounts[*account].status != AccountStatus::Disconnected).collect()
    }

    /// The customer with this id, unless it was deleted.
    pub(crate) fn customer(&self, id: &str) -> Option<u32> {
        self.customers.find(id).filter(|customer| !self.customers[*customer].deleted)
    }

    /// The webhook endpoint with this id, unless it was deleted.
    pub(crate) fn webhook_endpoint(&self, id: &str) -> Option<u32> {
        self.webhook_endpoints.find(id).filter(|endpoint| !self.webhook_endpoints[*endpoint].deleted)
    }

    /// Whether an object has this id.
    pub(crate) fn has(&mut self, id: &str) -> bool {
        self.customers.find(id).is_some()
            || self.sessions.find(id).is_some()
            || self.accounts.find(id).is_some()
            || self.ownerships.find(id).is_some()
            || self.owners.find(id).is_some()
            || self.refreshes.find(id).is_some()
            || self.authorizations.find(id).is_some()
            || self.events.find(id).is_some()
            || self.webhook_endpoint(id).is_some()
            || self.find_transaction(id).is_some()
    }

    /// Computes the transactions of all successful refreshes of an account.
    pub(crate) fn sync_ledger(&mut self, account: u32) -> &mut AccountLedger {
        let Self { seed, accounts, ledger, .. } = self;
        ledger.sync(account, || open_bank(*seed, &accounts[account]))
    }

    /// The bank of an account as it is before its first entry.
    pub(crate) fn open_bank(&self, account: u32) -> Bank {
        open_bank(self.seed, &self.accounts[account])
    }

    /// The account of the transaction with this id, which may not exist.
    pub(crate) fn account_of_transaction(&self, id: &str) -> Option<u32> {
        let key = self.ledger.ids.key(id)?;
        self.accounts.get(key.account).map(|_| key.account)
    }

    /// The transaction of this id and its place among those of its account.
    pub(crate) fn find_transaction(&mut self, id: &str) -> Option<(TransactionKey, Place)> {
        let key = self.ledger.ids.key(id)?;
        self.accounts.get(key.account)?;
        let transaction = self.sync_ledger(key.account).row(key.row)?;
        Some((key, (transaction.transacted_at, key.row)))
    }
}

fn open_bank(seed: u64, account: &Account) -> Bank {
    let random = Random::new(seed, &["bank", &account.id]);
    Bank::open(usage(&account.subcategory), account.transactions, account.created, random)
        .move_posting_dates(account.moves_dates)
}
