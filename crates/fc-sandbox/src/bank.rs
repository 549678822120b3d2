//! The institution's side of an account: money that moves on its own, whoever looks.
//!
//! Entries follow from the seed and the time alone. A card purchase is pending until a business day or two later; now and
//! then it posts with another amount, or never. Wages, rent and bills come on their days. At a weekend nothing posts. What
//! the bank has told of it is another matter: see [`Bank::report`].

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::random::Random;

const DAY: i64 = 86_400;
/// How far back a bank gives its entries.
const HISTORY: i64 = 180 * DAY;
/// The usual time between two entries of a private account.
const PACE: i64 = 14 * 3600;

/// How an account is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    Checking,
    Savings,
    Card,
    Loan,
    Investment,
}

/// An account at its bank.
#[derive(Debug)]
pub(crate) struct Bank {
    usage: Usage,
    random: Random,
    /// The time up to which the account has been played.
    at: i64,
    /// The sum of what has posted.
    posted: i64,
    /// The same with what is pending.
    projected: i64,
    /// What it will come to once all pending has ended; decides what happens next, so that looking changes nothing.
    foreseen: i64,
    /// How many entries there have been.
    entries: u32,
    schedule: Schedule,
    bills: Vec<Bill>,
    /// Entries that are pending.
    open: Vec<Entry>,
    /// Entries that became final since the last report.
    news: Vec<Entry>,
}

/// When entries come: the n-th falls at a random place in the n-th of equal slots.
#[derive(Debug)]
struct Schedule {
    start: i64,
    /// The slot's length in milliseconds: an account with a million entries has four in a minute.
    slot: i64,
    next_slot: i64,
    next_at: i64,
}

/// Something that comes on its day.
#[derive(Debug)]
struct Bill {
    due: i64,
    day: BillDay,
    what: BillKind,
}

#[derive(Clone, Copy, Debug)]
enum BillDay {
    /// Every second Friday.
    Fortnight,
    /// This day of each month.
    Month(i8),
}

#[derive(Clone, Copy, Debug)]
enum BillKind {
    Fixed {
        amount: i64,
        description: &'static str,
    },
    /// A twelfth of the yearly rate, in hundredths of a percent, on what is there.
    Interest {
        rate: i64,
    },
    /// A good part of what is owed on a card; never so much that pending purchases are paid before they post.
    CardPayment,
}

#[derive(Debug)]
struct Entry {
    /// How many entries came before it.
    number: u32,
    transacted_at: i64,
    amount: i64,
    description: String,
    end: End,
    /// The row under which it was reported while pending.
    row: Option<u32>,
}

/// What becomes of an entry, and when.
#[derive(Clone, Copy, Debug)]
enum End {
    Posts { at: i64, amount: i64 },
    Voids { at: i64 },
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Pending,
    Posted { at: i64 },
    Void { at: i64 },
}

/// One line of a report.
#[derive(Debug)]
pub(crate) struct Line {
    /// The row of the same entry in an earlier report.
    pub(crate) row: Option<u32>,
    pub(crate) transacted_at: i64,
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) standing: Standing,
}

/// What the bank shows as the account's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Balance {
    /// When the bank worked it out.
    pub(crate) as_of: i64,
    pub(crate) current: i64,
    /// With what is pending: what can be spent of a deposit, or what is used of a credit line.
    pub(crate) projected: i64,
}

impl Bank {
    /// An account that will have had `entries` of them by `now`, in the last half year at most.
    pub(crate) fn open(usage: Usage, entries: u32, now: i64, mut random: Random) -> Self {
        let span = i64::from(entries).saturating_mul(PACE).clamp(1, HISTORY);
        let start = now - span;
        let opening = match usage {
            Usage::Checking => random.between(150_000, 450_000),
            Usage::Savings => random.between(800_000, 2_400_000),
            Usage::Card => random.between(-120_000, -20_000),
            Usage::Loan => random.between(-32_000_000, -9_000_000),
            Usage::Investment => random.between(500_000, 6_000_000),
        };
        let schedule = Schedule {
            start,
            slot: if entries == 0 { 0 } else { span * 1000 / i64::from(entries) },
            next_slot: 0,
            next_at: start,
        };
        let mut bank = Self {
            usage,
            at: start,
            posted: opening,
            projected: opening,
            foreseen: opening,
            entries: 0,
            schedule,
            bills: Vec::new(),
            open: Vec::new(),
            news: Vec::new(),
            random,
        };
        bank.bills = bank.first_bills();
        bank.plan();
        bank
    }

    fn first_bills(&mut self) -> Vec<Bill> {
        let start = self.schedule.start;
        let random = &mut self.random;
        let mut bills = Vec::new();
        let mut bill = |day, what| bills.push(Bill { due: next_due(day, start), day, what });
        match self.usage {
            Usage::Checking => {
                let wages = random.between(1_650, 2_950) * 100;
                bill(
                    BillDay::Fortnight,
                    BillKind::Fixed { amount: wages, description: "NORTHWIND LLC PAYROLL" },
                );
                let rent = random.between(950, 1_650) * -100;
                bill(BillDay::Month(1), BillKind::Fixed { amount: rent, description: "MAPLE COURT RENT" });
                let power = random.between(-14_000, -4_500);
                bill(
                    BillDay::Month(12),
                    BillKind::Fixed { amount: power, description: "CITY LIGHT AND POWER" },
                );
            }
            Usage::Savings | Usage::Investment => bill(BillDay::Month(1), BillKind::Interest { rate: 410 }),
            Usage::Card => bill(BillDay::Month(20), BillKind::CardPayment),
            Usage::Loan => {
                let payment = random.between(120_000, 240_000);
                bill(BillDay::Month(5), BillKind::Fixed { amount: payment, description: "MONTHLY PAYMENT" });
                bill(BillDay::Month(1), BillKind::Interest { rate: 540 });
            }
        }
        bills
    }

    /// Draws the time of the next entry.
    fn plan(&mut self) {
        let schedule = &mut self.schedule;
        let offset =
            schedule.next_slot * schedule.slot + self.random.below(schedule.slot.max(1) as u64) as i64;
        schedule.next_at = schedule.start + offset / 1000;
        schedule.next_slot += 1;
    }

    /// Plays the account up to `now`. Going back does nothing.
    pub(crate) fn advance(&mut self, now: i64) {
        let news = &mut self.news;
        for entry in self.open.extract_if(.., |entry| entry.ends_at() <= now) {
            let change = entry.projected_change();
            self.posted += entry.posted_amount();
            self.projected += change;
            news.push(entry);
        }
        while self.schedule.slot > 0 && self.schedule.next_at <= now {
            let mut entry = self.next_entry(self.schedule.next_at);
            entry.number = self.entries;
            self.entries += 1;
            self.projected += entry.amount;
            self.foreseen += entry.posted_amount();
            if entry.ends_at() <= now {
                self.posted += entry.posted_amount();
                self.projected += entry.projected_change();
                self.news.push(entry);
            } else {
                self.open.push(entry);
            }
            self.plan();
        }
        self.at = self.at.max(now);
    }

    /// The balance as the bank last worked it out: on the quarter hour, unless it had to look later.
    pub(crate) fn balance(&mut self, now: i64) -> Balance {
        self.advance(now - now.rem_euclid(900));
        Balance { as_of: self.at, current: self.posted, projected: self.projected }
    }

    /// Tells every entry that is new or has changed since the last report. `record` gives the row that it keeps it under.
    pub(crate) fn report(&mut self, now: i64, mut record: impl FnMut(Line) -> u32) {
        self.advance(now);
        let mut news = std::mem::take(&mut self.news);
        // By the number as well, so that it does not matter when the bank was asked for the balance.
        news.sort_by_key(|entry| (entry.transacted_at, entry.number));
        for entry in news {
            let (amount, standing) = match entry.end {
                End::Posts { at, amount } => (amount, Standing::Posted { at }),
                End::Voids { at } => (entry.amount, Standing::Void { at }),
            };
            let Entry { row, transacted_at, description, .. } = entry;
            record(Line { row, transacted_at, amount, description, standing });
        }
        for entry in self.open.iter_mut().filter(|entry| entry.row.is_none()) {
            entry.row = Some(record(Line {
                row: None,
                transacted_at: entry.transacted_at,
                amount: entry.amount,
                description: entry.description.clone(),
                standing: Standing::Pending,
            }));
        }
    }

    fn next_entry(&mut self, at: i64) -> Entry {
        // The earliest first, so that entries keep to the order of their times.
        let earliest = (0..self.bills.len()).min_by_key(|&number| self.bills[number].due);
        if let Some(number) = earliest.filter(|&number| self.bills[number].due <= at) {
            return self.pay(number, at);
        }
        match self.usage {
            Usage::Checking if self.foreseen < 25_000 => {
                self.transfer(at, "TRANSFER FROM SAVINGS", 20_000, 70_000)
            }
            Usage::Checking if self.foreseen > 1_200_000 => {
                self.transfer(at, "TRANSFER TO BROKERAGE", -500_000, -200_000)
            }
            Usage::Card if self.foreseen < -700_000 => {
                self.transfer(at, "PAYMENT THANK YOU", 250_000, 500_000)
            }
            Usage::Checking | Usage::Card => self.purchase(at),
            Usage::Savings if self.foreseen < 300_000 || self.random.chance(650) => {
                self.transfer(at, "TRANSFER FROM CHECKING", 2_500, 40_000)
            }
            Usage::Savings => self.transfer(at, "TRANSFER TO CHECKING", -60_000, -5_000),
            Usage::Loan if self.foreseen > -1_000_000 || self.random.chance(300) => {
                self.transfer(at, "ESCROW DISBURSEMENT", -90_000, -20_000)
            }
            Usage::Loan => self.transfer(at, "ADDITIONAL PRINCIPAL", 5_000, 40_000),
            Usage::Investment if self.foreseen < 400_000 || self.random.chance(500) => {
                self.transfer(at, "SALE OF FUND SHARES", 10_000, 250_000)
            }
            Usage::Investment => self.transfer(at, "PURCHASE OF FUND SHARES", -250_000, -10_000),
        }
    }

    /// A bill falls on its day, however late the slot in which it is entered. One that is long overdue, because the account
    /// has few entries, comes once and not many times.
    fn pay(&mut self, number: usize, at: i64) -> Entry {
        let bill = &mut self.bills[number];
        let due = bill.due;
        bill.due = next_due(bill.day, due.max(at - 40 * DAY));
        let (amount, description) = match bill.what {
            BillKind::Fixed { amount, description } => (amount, description),
            BillKind::Interest { rate } => (self.foreseen * rate / 120_000, "INTEREST"),
            BillKind::CardPayment => {
                (-self.foreseen.min(0) * self.random.between(35, 70) / 100, "AUTOPAY PAYMENT THANK YOU")
            }
        };
        Entry::final_from(due, amount, description.to_owned())
    }

    fn transfer(&mut self, at: i64, description: &str, low: i64, high: i64) -> Entry {
        let amount = self.random.between(low, high);
        Entry::final_from(at, amount, description.to_owned())
    }

    fn purchase(&mut self, at: i64) -> Entry {
        let random = &mut self.random;
        let merchant = random.pick(MERCHANTS);
        let amount = -random.between(merchant.low, merchant.high);
        let description = if merchant.numbered {
            format!("{} #{}", merchant.name, random.between(100, 999))
        } else {
            merchant.name.to_owned()
        };
        let posts_at = {
            let days = random.between(1, 2);
            business_morning(at, days) + random.between(0, 3 * 3600)
        };
        let end = if random.chance(15) {
            End::Voids { at: posts_at }
        } else if merchant.tipped {
            End::Posts { at: posts_at, amount: amount + amount * random.between(0, 25) / 100 }
        } else {
            End::Posts { at: posts_at, amount }
        };
        Entry { number: 0, transacted_at: at, amount, description, end, row: None }
    }
}

impl Entry {
    /// Posts at once, or after the weekend: banks do not post on one.
    fn final_from(at: i64, amount: i64, description: String) -> Self {
        let posts_at = if is_weekend(at.div_euclid(DAY)) { business_morning(at, 1) } else { at };
        let end = End::Posts { at: posts_at, amount };
        Self { number: 0, transacted_at: at, amount, description, end, row: None }
    }

    fn ends_at(&self) -> i64 {
        match self.end {
            End::Posts { at, .. } | End::Voids { at } => at,
        }
    }

    fn posted_amount(&self) -> i64 {
        match self.end {
            End::Posts { amount, .. } => amount,
            End::Voids { .. } => 0,
        }
    }

    /// What the end changes of what was foreseen.
    fn projected_change(&self) -> i64 {
        self.posted_amount() - self.amount
    }
}

/// Six in the morning, `days` business days after `at`.
fn business_morning(at: i64, days: i64) -> i64 {
    let mut day = at.div_euclid(DAY);
    let mut left = days;
    while left > 0 {
        day += 1;
        if !is_weekend(day) {
            left -= 1;
        }
    }
    day * DAY + 6 * 3600
}

/// Of a day counted from the first of January 1970, which was a Thursday, so that day 2 was a Saturday.
fn is_weekend(day: i64) -> bool {
    matches!(day.rem_euclid(7), 2 | 3)
}

/// The first time after `after` that falls on `day`, at nine in the morning.
fn next_due(day: BillDay, after: i64) -> i64 {
    match day {
        // Day 1 of 1970 was a Friday.
        BillDay::Fortnight => {
            let number = after.div_euclid(DAY);
            let mut next = number + (1 - number).rem_euclid(14);
            if next * DAY + 9 * 3600 <= after {
                next += 14;
            }
            next * DAY + 9 * 3600
        }
        BillDay::Month(day) => next_in_month(day, after).unwrap_or(i64::MAX),
    }
}

/// None past the end of the calendar.
fn next_in_month(day: i8, after: i64) -> Option<i64> {
    let first = Timestamp::from_second(after).ok()?.to_zoned(TimeZone::UTC).date().first_of_month();
    let in_month = |first: Date| {
        let date = first.with().day(day).build().ok()?;
        Some(date.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    };
    let this = in_month(first)?;
    if this > after { Some(this) } else { in_month(first.checked_add(1.month()).ok()?) }
}

struct Merchant {
    name: &'static str,
    low: i64,
    high: i64,
    /// Chains show the number of the shop.
    numbered: bool,
    /// Posts with another amount than was authorised.
    tipped: bool,
}

const fn merchant(name: &'static str, low: i64, high: i64) -> Merchant {
    Merchant { name, low, high, numbered: false, tipped: false }
}

const fn chain(name: &'static str, low: i64, high: i64) -> Merchant {
    Merchant { name, low, high, numbered: true, tipped: false }
}

const fn restaurant(name: &'static str, low: i64, high: i64) -> Merchant {
    Merchant { name, low, high, numbered: false, tipped: true }
}

const MERCHANTS: &[Merchant] = &[
    chain("GREENLEAF MARKET", 1_250, 14_800),
    chain("GREENLEAF MARKET", 1_250, 14_800),
    chain("HILLTOP GROCERS", 900, 9_600),
    chain("PUMP AND GO FUEL", 2_400, 7_100),
    chain("CORNER PHARMACY", 450, 4_200),
    chain("HARBOR HARDWARE", 780, 12_500),
    restaurant("BLUE DOOR DINER", 1_600, 6_400),
    restaurant("TAQUERIA DEL SOL", 1_100, 4_300),
    restaurant("NOODLE HOUSE 88", 1_300, 5_200),
    merchant("MORNING CUP COFFEE", 375, 1_450),
    merchant("MORNING CUP COFFEE", 375, 1_450),
    merchant("METRO TRANSIT", 275, 2_750),
    merchant("STREAMBOX SUBSCRIPTION", 1_599, 1_599),
    merchant("PAPER LANTERN BOOKS", 899, 5_600),
    merchant("RIVERSIDE CINEMA", 1_200, 4_400),
    merchant("OAK STREET GYM", 3_900, 3_900),
];

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn bank(usage: Usage, entries: u32) -> Bank {
        Bank::open(usage, entries, NOW, Random::new(1, &["bank"]))
    }

    /// What a reader of all reports knows.
    fn read(bank: &mut Bank, rows: &mut Vec<Line>, now: i64) {
        bank.report(now, |line| match line.row {
            Some(row) => {
                rows[row as usize] = line;
                row
            }
            None => {
                rows.push(line);
                rows.len() as u32 - 1
            }
        });
    }

    #[test]
    fn the_history_has_exactly_as_many_entries_as_were_asked_for() {
        for entries in [0, 1, 25, 1_000, 20_000] {
            let mut rows = Vec::new();
            read(&mut bank(Usage::Checking, entries), &mut rows, NOW);
            assert_eq!(rows.len(), entries as usize);
            assert!(rows.iter().all(|line| line.transacted_at <= NOW && line.transacted_at >= NOW - HISTORY));
        }
    }

    #[test]
    fn the_balance_is_the_opening_plus_what_posted() {
        for usage in [Usage::Checking, Usage::Savings, Usage::Card, Usage::Loan, Usage::Investment] {
            let mut bank = bank(usage, 300);
            let opening = bank.posted;
            let mut rows = Vec::new();
            // On the quarter hour, when the balance is worked out.
            for day in 0..60 {
                let now = (NOW / 900) * 900 + day * DAY;
                read(&mut bank, &mut rows, now);
                let sum = |wanted: fn(Standing) -> bool| -> i64 {
                    rows.iter().filter(|line| wanted(line.standing)).map(|line| line.amount).sum()
                };
                let posted = opening + sum(|standing| matches!(standing, Standing::Posted { .. }));
                let pending = sum(|standing| standing == Standing::Pending);
                let balance = bank.balance(now);
                assert_eq!(balance, Balance { as_of: now, current: posted, projected: posted + pending });
            }
        }
    }

    #[test]
    fn pending_purchases_end_and_some_are_void_or_change() {
        let mut bank = bank(Usage::Card, 2_000);
        let mut rows = Vec::new();
        read(&mut bank, &mut rows, NOW);
        let pending: Vec<(usize, i64)> = (0..rows.len())
            .filter(|&row| rows[row].standing == Standing::Pending)
            .map(|row| (row, rows[row].amount))
            .collect();
        assert!(!pending.is_empty());
        let count = rows.len();
        read(&mut bank, &mut rows, NOW + 5 * DAY);
        assert!(rows.len() > count, "life goes on");
        assert!(pending.iter().all(|&(row, _)| rows[row].standing != Standing::Pending));
        assert!(pending.iter().any(|&(row, amount)| rows[row].amount != amount), "a tip was added");
        assert!(rows.iter().any(|line| matches!(line.standing, Standing::Void { .. })));
    }

    #[test]
    fn nothing_posts_or_is_voided_at_a_weekend() {
        for usage in [Usage::Checking, Usage::Savings, Usage::Card, Usage::Loan, Usage::Investment] {
            let mut rows = Vec::new();
            read(&mut bank(usage, 2_000), &mut rows, NOW);
            for line in &rows {
                if let Standing::Posted { at } | Standing::Void { at } = line.standing {
                    let day = Timestamp::from_second(at).expect("a time").to_zoned(TimeZone::UTC).weekday();
                    assert!(!matches!(day, Weekday::Saturday | Weekday::Sunday), "{usage:?}: {line:?}");
                    assert!(at >= line.transacted_at);
                }
            }
            // NOW is a Monday; on the day before, what was done since the Friday had not posted.
            let (mut open, sunday) = (Vec::new(), NOW - DAY);
            read(&mut Bank::open(usage, 2_000, sunday, Random::new(1, &["bank"])), &mut open, sunday);
            assert!(open.iter().any(|line| line.standing == Standing::Pending), "{usage:?}");
        }
    }

    #[test]
    fn wages_come_on_every_second_friday() {
        let mut rows = Vec::new();
        read(&mut bank(Usage::Checking, 300), &mut rows, NOW);
        let paid: Vec<i64> = rows
            .iter()
            .filter(|line| line.description.contains("PAYROLL"))
            .map(|line| line.transacted_at)
            .collect();
        assert!(paid.len() >= 10);
        assert!(paid.iter().all(|at| at.div_euclid(DAY).rem_euclid(7) == 1));
        assert!(paid.windows(2).all(|pair| pair[1] - pair[0] == 14 * DAY));
    }

    #[test]
    fn a_checking_account_stays_in_credit_and_a_card_stays_owed() {
        let year = |usage, seed| {
            let mut bank = Bank::open(usage, 300, NOW, Random::new(seed, &["bank"]));
            (0..365).map(|day| bank.balance(NOW + day * DAY)).collect::<Vec<_>>()
        };
        for seed in 0..20 {
            assert!(
                year(Usage::Checking, seed).iter().all(|day| (-200_000..3_000_000).contains(&day.projected))
            );
            assert!(year(Usage::Card, seed).iter().all(|day| (-1_000_000..0).contains(&day.current)));
        }
    }

    #[test]
    fn looking_often_or_once_makes_no_difference() {
        for usage in [Usage::Savings, Usage::Card] {
            let (mut often, mut once) = (Vec::new(), Vec::new());
            let (mut watched, mut left) = (bank(usage, 100), bank(usage, 100));
            for day in 0..=30 {
                read(&mut watched, &mut often, NOW + day * DAY);
            }
            read(&mut left, &mut once, NOW + 30 * DAY);
            let key = |line: &Line| (line.transacted_at, line.amount, line.description.clone());
            let mut often: Vec<_> = often.iter().map(key).collect();
            often.sort();
            let mut once: Vec<_> = once.iter().map(key).collect();
            once.sort();
            assert_eq!(often, once);
        }
    }
}
