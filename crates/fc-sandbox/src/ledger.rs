//! Transactions as the API has them: what refreshes brought, in order.
//!
//! No transaction is kept. An account's transactions follow from its bank and from when refreshes of them succeeded, and
//! are worked out when somebody looks. A page costs its own length and a few binary searches, however many there are.

use crate::bank::{Balance, Bank, Line, Standing};
use crate::page::Ordered;
use crate::transaction_id::TransactionIds;

/// The place of a transaction in a list: its time, then its row. Lists are in descending order of it.
pub(crate) type Place = (i64, u32);

/// The transactions of a world.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) ids: TransactionIds,
    /// By the row of the account. An account of which nothing was pulled may lack one.
    books: Vec<Book>,
    empty: Book,
}

/// A refresh of an account's transactions that succeeded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull {
    pub(crate) refresh: u32,
    pub(crate) at: i64,
}

/// The transactions of one account.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// All that succeeded, oldest first.
    pulls: Vec<Pull>,
    /// How many of them are in the rows.
    entered: usize,
    /// The bank as it was when somebody last looked.
    bank: Option<Bank>,
    /// In the order in which they became known.
    rows: Vec<Transaction>,
    /// The places of all rows, in ascending order.
    order: Vec<Place>,
    /// What each pull brought or changed, oldest first.
    changes: Vec<Change>,
}

/// One transaction, small enough to have a million of.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// Row of the refresh that last created or changed it.
    pub(crate) refresh: u32,
    pub(crate) transacted_at: i64,
    pub(crate) amount: i64,
    pub(crate) description: Box<str>,
    pub(crate) standing: Standing,
    pub(crate) updated: i64,
}

#[derive(Debug)]
struct Change {
    refresh: u32,
    /// In ascending order. A row that a later refresh changed stays here as well and is passed over when read.
    places: Vec<Place>,
}

impl Ledger {
    pub(crate) fn new(ids: TransactionIds) -> Self {
        Self { ids, books: Vec::new(), empty: Book::default() }
    }

    /// Notes that a refresh succeeded.
    pub(crate) fn pull(&mut self, account: u32, pull: Pull) {
        self.book_mut(account).pulls.push(pull);
    }

    /// The account's book as it was last written up.
    pub(crate) fn book(&self, account: u32) -> &Book {
        self.books.get(account as usize).unwrap_or(&self.empty)
    }

    fn book_mut(&mut self, account: u32) -> &mut Book {
        let number = account as usize;
        if number >= self.books.len() {
            self.books.resize_with(number + 1, Book::default);
        }
        &mut self.books[number]
    }

    /// Enters what the refreshes brought since somebody last looked. The bank opens on the first look.
    pub(crate) fn write_up(&mut self, account: u32, open: impl FnOnce() -> Bank) -> &mut Book {
        let book = self.book_mut(account);
        let mut bank = book.bank.take().unwrap_or_else(open);
        for entered in book.entered..book.pulls.len() {
            book.enter(&mut bank, book.pulls[entered]);
        }
        book.entered = book.pulls.len();
        book.bank = Some(bank);
        book
    }
}

impl Book {
    /// Whether any refresh has succeeded.
    pub(crate) fn is_synced(&self) -> bool {
        !self.pulls.is_empty()
    }

    /// None if there are not so many rows.
    pub(crate) fn row(&self, row: u32) -> Option<&Transaction> {
        self.rows.get(row as usize)
    }

    /// The balance as the bank has it; the book is written up.
    pub(crate) fn balance(&mut self, now: i64) -> Option<Balance> {
        self.bank.as_mut().map(|bank| bank.balance(now))
    }

    fn enter(&mut self, bank: &mut Bank, Pull { refresh, at }: Pull) {
        let mut places = Vec::new();
        bank.report(at, |line| {
            let Line { row, transacted_at, amount, description, standing } = line;
            let description = description.into();
            let transaction =
                Transaction { refresh, transacted_at, amount, description, standing, updated: at };
            let row = match row {
                Some(row) => {
                    self.rows[row as usize] = transaction;
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

    /// The transactions with times in `range`, both ends included; with `after`, only those that a refresh later than that
    /// one created or changed.
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

/// Most come in order; a late one is a short way from the end.
fn insert(order: &mut Vec<Place>, place: Place) {
    let at = match order.last() {
        Some(last) if *last > place => order.partition_point(|other| *other < place),
        _ => order.len(),
    };
    order.insert(at, place);
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
    /// Lists in ascending order, each with the refresh whose rows count in it; no row counts in two.
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

/// Merges sorted lists, taking the head that comes `first`.
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
