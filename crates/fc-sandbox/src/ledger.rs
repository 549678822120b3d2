//! Transactions as the API has them: what refreshes brought, in order, with an index by id.
//!
//! A page costs its own length and a few binary searches, however many transactions there are.

use std::collections::HashMap;

use crate::bank::{Line, Standing};
use crate::page::Ordered;
use crate::random::{Random, Token};

/// What the ids of transactions begin with.
pub(crate) const PREFIX: &str = "fctxn_";

/// The place of a transaction in a list: its time, then its row. Lists are in descending order of it.
pub(crate) type Place = (i64, u32);

/// The transactions of a world.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    rows: Vec<Transaction>,
    by_token: HashMap<Token, u32>,
}

/// One transaction, small enough to have a million of.
#[derive(Debug)]
pub(crate) struct Transaction {
    token: Token,
    pub(crate) account: u32,
    /// Row of the refresh that last created or changed it.
    pub(crate) refresh: u32,
    pub(crate) transacted_at: i64,
    pub(crate) amount: i64,
    pub(crate) description: Box<str>,
    pub(crate) standing: Standing,
    pub(crate) updated: i64,
}

/// The order of one account's transactions.
#[derive(Debug, Default)]
pub(crate) struct AccountLedger {
    /// All, in ascending order.
    order: Vec<Place>,
    /// What each successful refresh brought or changed, oldest refresh first.
    changes: Vec<Change>,
}

#[derive(Debug)]
struct Change {
    refresh: u32,
    /// In ascending order. A row that a later refresh changed stays here as well and is passed over when read.
    places: Vec<Place>,
}

impl Transaction {
    pub(crate) fn id(&self) -> String {
        PREFIX.chars().chain(self.token.iter().copied().map(char::from)).collect()
    }
}

impl AccountLedger {
    /// Whether any refresh has succeeded.
    pub(crate) fn is_synced(&self) -> bool {
        !self.changes.is_empty()
    }
}

impl Ledger {
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        let token: Token = id.strip_prefix(PREFIX)?.as_bytes().try_into().ok()?;
        self.by_token.get(&token).copied()
    }

    /// The place of a transaction, of whatever account.
    pub(crate) fn place(&self, id: &str) -> Option<Place> {
        self.find(id).map(|row| (self.rows[row as usize].transacted_at, row))
    }

    pub(crate) fn row(&self, row: u32) -> &Transaction {
        &self.rows[row as usize]
    }

    /// Takes in what a refresh brought. `report` calls its argument once for each line, as [`crate::bank::Bank::report`].
    pub(crate) fn pull(
        &mut self,
        account: u32,
        ledger: &mut AccountLedger,
        refresh: u32,
        now: i64,
        random: &mut Random,
        report: impl FnOnce(&mut dyn FnMut(Line) -> u32),
    ) {
        let mut places = Vec::new();
        report(&mut |line| {
            let row = match line.row {
                Some(row) => {
                    let transaction = &mut self.rows[row as usize];
                    transaction.amount = line.amount;
                    transaction.description = line.description.into();
                    transaction.standing = line.standing;
                    transaction.refresh = refresh;
                    transaction.updated = now;
                    row
                }
                None => {
                    let row = u32::try_from(self.rows.len())
                        .expect("fewer than four thousand million transactions");
                    let token = random.token();
                    self.by_token.insert(token, row);
                    self.rows.push(Transaction {
                        token,
                        account,
                        refresh,
                        transacted_at: line.transacted_at,
                        amount: line.amount,
                        description: line.description.into(),
                        standing: line.standing,
                        updated: now,
                    });
                    ledger.insert((line.transacted_at, row));
                    row
                }
            };
            places.push((self.rows[row as usize].transacted_at, row));
            row
        });
        places.sort_unstable();
        ledger.changes.push(Change { refresh, places });
    }

    /// The account's transactions with times in `range`, both ends included; with `after`, only those that a refresh later
    /// than that one created or changed.
    pub(crate) fn view<'a>(
        &'a self,
        ledger: &'a AccountLedger,
        range: Option<(i64, i64)>,
        after: Option<u32>,
    ) -> View<'a> {
        let (low, high) = range.unwrap_or((i64::MIN, i64::MAX));
        let clip = |places: &'a [Place]| {
            let start = places.partition_point(|place| place.0 < low);
            let end = places.partition_point(|place| place.0 <= high);
            &places[start..end.max(start)]
        };
        let lists = match after {
            None => vec![(None, clip(&ledger.order))],
            Some(after) => {
                let later = ledger.changes.partition_point(|change| change.refresh <= after);
                ledger.changes[later..]
                    .iter()
                    .map(|change| (Some(change.refresh), clip(&change.places)))
                    .collect()
            }
        };
        View { rows: &self.rows, lists }
    }
}

impl AccountLedger {
    /// Most come in order; a late one is a short way from the end.
    fn insert(&mut self, place: Place) {
        let at = match self.order.last() {
            Some(last) if *last > place => self.order.partition_point(|other| *other < place),
            _ => self.order.len(),
        };
        self.order.insert(at, place);
    }
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
