//! Transactions as the API lists them: the entries that refreshes reported, in order.
//!
//! No transaction is stored. The transactions of an account follow from its bank and from the times of successful refreshes.
//! They are computed on the first read. A page costs its length and a few binary searches.
//!
//! Rejected: storing one row per transaction, because a million rows would cost start time and disk.

use crate::bank::entry::{Line, TransactionStatus};
use crate::bank::simulation::Bank;
use crate::bank::transaction_id::TransactionIds;
use crate::model::account::Balance;
use crate::paging::Ordered;

/// The position of a transaction in a list: its time, then its row. Lists are in descending order.
pub(crate) type Place = (i64, u32);

/// The transactions of a world.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) ids: TransactionIds,
    /// By the row of the account. An account without a successful refresh may have none.
    accounts: Vec<AccountLedger>,
    empty: AccountLedger,
}

/// A successful refresh of an account's transactions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SucceededRefresh {
    pub(crate) refresh: u32,
    pub(crate) at: i64,
}

/// The transactions of one account.
#[derive(Debug, Default)]
pub(crate) struct AccountLedger {
    /// All successful refreshes, oldest first.
    refreshes: Vec<SucceededRefresh>,
    /// The number of refreshes whose transactions are in the rows.
    synced: usize,
    /// The bank at the time of the last read; none before the first.
    bank: Option<Bank>,
    /// In the order in which refreshes reported them.
    rows: Vec<Transaction>,
    /// The positions of all rows, in ascending order.
    order: Vec<Place>,
    /// What each refresh created or changed, oldest first.
    changes: Vec<Change>,
}

/// One transaction. It is small, because an account can have a million.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// The row of the refresh that last created or changed it.
    pub(crate) refresh: u32,
    pub(crate) transacted_at: i64,
    pub(crate) amount: i64,
    pub(crate) description: Box<str>,
    pub(crate) status: TransactionStatus,
    pub(crate) updated: i64,
}

#[derive(Debug)]
struct Change {
    refresh: u32,
    /// In ascending order. A row that a later refresh changed is here too; a reader skips it.
    places: Vec<Place>,
}

impl Ledger {
    pub(crate) fn new(ids: TransactionIds) -> Self {
        Self { ids, accounts: Vec::new(), empty: AccountLedger::default() }
    }

    /// Records a successful refresh.
    pub(crate) fn add_refresh(&mut self, account: u32, refresh: SucceededRefresh) {
        self.of_mut(account).refreshes.push(refresh);
    }

    /// Forgets the transactions of an account.
    pub(crate) fn forget(&mut self, account: u32) {
        if let Some(ledger) = self.accounts.get_mut(account as usize) {
            *ledger = AccountLedger::default();
        }
    }

    /// The ledger of an account, as it was last synced.
    pub(crate) fn of(&self, account: u32) -> &AccountLedger {
        self.accounts.get(account as usize).unwrap_or(&self.empty)
    }

    fn of_mut(&mut self, account: u32) -> &mut AccountLedger {
        let number = account as usize;
        if number >= self.accounts.len() {
            self.accounts.resize_with(number + 1, AccountLedger::default);
        }
        &mut self.accounts[number]
    }

    /// Adds the transactions of the refreshes since the last sync. The first sync opens the bank.
    pub(crate) fn sync(&mut self, account: u32, open: impl FnOnce() -> Bank) -> &mut AccountLedger {
        let ledger = self.of_mut(account);
        let mut bank = ledger.bank.take().unwrap_or_else(open);
        for refresh in ledger.synced..ledger.refreshes.len() {
            ledger.apply(&mut bank, ledger.refreshes[refresh]);
        }
        ledger.synced = ledger.refreshes.len();
        ledger.bank = Some(bank);
        ledger
    }
}

impl AccountLedger {
    /// Whether a refresh has succeeded.
    pub(crate) fn has_refresh(&self) -> bool {
        !self.refreshes.is_empty()
    }

    /// The row with this number; none past the last one.
    pub(crate) fn row(&self, row: u32) -> Option<&Transaction> {
        self.rows.get(row as usize)
    }

    /// The number of transactions.
    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    /// The balance at the bank. None before the first sync.
    pub(crate) fn balance(&mut self, now: i64) -> Option<Balance> {
        self.bank.as_mut().map(|bank| bank.balance(now))
    }

    /// Adds what the bank reports for one refresh.
    fn apply(&mut self, bank: &mut Bank, SucceededRefresh { refresh, at }: SucceededRefresh) {
        let mut places = Vec::new();
        bank.report(at, |line| {
            let Line { row, transacted_at, amount, description, status } = line;
            let description = description.into();
            let transaction =
                Transaction { refresh, transacted_at, amount, description, status, updated: at };
            let row = match row {
                Some(row) => {
                    let old = std::mem::replace(&mut self.rows[row as usize], transaction);
                    if old.transacted_at != transacted_at {
                        remove(&mut self.order, (old.transacted_at, row));
                        insert(&mut self.order, (transacted_at, row));
                    }
                    row
                }
                None => {
                    let row = u32::try_from(self.rows.len())
                        .expect("fewer than four thousand million transactions");
                    self.rows.push(transaction);
                    insert(&mut self.order, (transacted_at, row));
                    row
                }
            };
            places.push((transacted_at, row));
            row
        });
        places.sort_unstable();
        self.changes.push(Change { refresh, places });
    }

    /// The transactions with times in `range`, both ends included. With `after`, only those that a later refresh created or
    /// changed.
    pub(crate) fn view(&self, range: Option<(i64, i64)>, after: Option<u32>) -> View<'_> {
        let (low, high) = range.unwrap_or((i64::MIN, i64::MAX));
        let clip = |places| clip(places, low, high);
        let lists = match after {
            None => vec![(None, clip(&self.order))],
            Some(after) => {
                let later = self.changes.partition_point(|change| change.refresh <= after);
                self.changes[later..]
                    .iter()
                    .map(|change| (Some(change.refresh), clip(&change.places)))
                    .collect()
            }
        };
        View { rows: &self.rows, lists }
    }
}

/// The balances at a bank at these times, which ascend. A time before the first entry has the opening balance.
pub(crate) fn balances(mut bank: Bank, times: impl Iterator<Item = i64>) -> Vec<(i64, Balance)> {
    times.map(|at| (at, bank.balance(at))).collect()
}

/// Inserts a position. Most belong at the end, and the others close to it.
fn insert(order: &mut Vec<Place>, place: Place) {
    let at = match order.last() {
        Some(last) if *last > place => order.partition_point(|other| *other < place),
        _ => order.len(),
    };
    order.insert(at, place);
}

fn remove(order: &mut Vec<Place>, place: Place) {
    if let Ok(at) = order.binary_search(&place) {
        order.remove(at);
    }
}

fn clip(places: &[Place], low: i64, high: i64) -> &[Place] {
    let start = places.partition_point(|place| place.0 < low);
    let end = places.partition_point(|place| place.0 <= high);
    &places[start..end.max(start)]
}

/// A selection of one account's transactions.
#[derive(Debug)]
pub(crate) struct View<'a> {
    rows: &'a [Transaction],
    /// Lists in ascending order, each with the refresh whose rows count in it. A row counts in one list only.
    lists: Vec<(Option<u32>, &'a [Place])>,
}

impl View<'_> {
    fn counts(&self, refresh: Option<u32>, place: Place) -> bool {
        refresh.is_none_or(|refresh| self.rows[place.1 as usize].refresh == refresh)
    }
}

impl Ordered<Place> for View<'_> {
    fn older(&self, bound: Option<Place>) -> impl Iterator<Item = Place> {
        let lists = self.lists.iter().map(move |&(refresh, places)| {
            let end = bound.map_or(places.len(), |bound| places.partition_point(|place| *place < bound));
            places[..end].iter().rev().copied().filter(move |&place| self.counts(refresh, place))
        });
        merge(lists, |place, best| place > best)
    }

    fn newer(&self, bound: Place) -> impl Iterator<Item = Place> {
        let lists = self.lists.iter().map(move |&(refresh, places)| {
            let start = places.partition_point(|place| *place <= bound);
            places[start..].iter().copied().filter(move |&place| self.counts(refresh, place))
        });
        merge(lists, |place, best| place < best)
    }
}

/// Merges sorted lists; `first` decides which of two heads comes first.
fn merge<I: Iterator<Item = Place>>(
    lists: impl Iterator<Item = I>,
    first: impl Fn(Place, Place) -> bool,
) -> impl Iterator<Item = Place> {
    let mut heads: Vec<(Place, I)> =
        lists.filter_map(|mut list| list.next().map(|head| (head, list))).collect();
    std::iter::from_fn(move || {
        let best = (0..heads.len())
            .reduce(|best, other| if first(heads[other].0, heads[best].0) { other } else { best })?;
        let (head, list) = &mut heads[best];
        let place = *head;
        match list.next() {
            Some(next) => *head = next,
            None => drop(heads.swap_remove(best)),
        }
        Some(place)
    })
}
