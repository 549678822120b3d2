//! The simulated bank: entries of an account, from the seed and the time alone.
//!
//! A card purchase is pending for one or two business days. Then it posts, sometimes with another amount, or it is voided.
//! Wages, rent and bills come on their due days. Nothing posts at a weekend. [`Bank::report`] is what a refresh sees of it.
//!
//! Times are in seconds and amounts in cents, unless a name says otherwise. Every constant and the order of the random draws
//! belong to the record format: a change gives other data for the same seed, so it needs a new `FORMAT`.

use crate::bank::calendar::{BillDay, DAY, HOUR, business_morning};
use crate::bank::entry::{End, Entry, Line};
use crate::bank::merchants::MERCHANTS;
use crate::model::account::Balance;
use crate::random::Random;

/// The maximum age of an entry at linking.
const HISTORY: i64 = 180 * DAY;
/// The usual time between two entries of a private account.
const PACE: i64 = 14 * HOUR;
/// The interval at which a bank computes balances.
const BALANCE_INTERVAL: i64 = HOUR / 4;
/// The oldest due day that a bill still makes up for. An account with few entries skips older ones.
const MAX_OVERDUE: i64 = 40 * DAY;

/// Below this expected balance, a checking account gets a transfer from savings.
const CHECKING_LOW: i64 = 25_000;
/// Above this expected balance, a checking account moves money to a brokerage.
const CHECKING_HIGH: i64 = 1_200_000;
/// The credit limit, as a balance. A card that owes more is paid.
const CARD_LIMIT: i64 = -700_000;
/// Below this expected balance, a savings account gets deposits only.
const SAVINGS_LOW: i64 = 300_000;
/// Above this expected balance, a loan is almost repaid and gets no more extra payments.
const LOAN_ALMOST_REPAID: i64 = -1_000_000;
/// Below this expected balance, an investment account sells shares only.
const INVESTMENT_LOW: i64 = 400_000;

/// Out of a thousand entries of a savings account, the number of deposits.
const DEPOSITS: u64 = 650;
/// Out of a thousand entries of a loan, the number of escrow disbursements.
const DISBURSEMENTS: u64 = 300;
/// Out of a thousand entries of an investment account, the number of sales.
const SALES: u64 = 500;
/// Out of a thousand purchases, the number that is voided.
const VOIDED: u64 = 15;

/// The business days between a purchase and its end, fewest and most.
const POSTING_DAYS: (i64, i64) = (1, 2);
/// The longest time between the start of posting and the posting of one purchase.
const POSTING_SPAN: i64 = 3 * HOUR;
/// The largest tip, in percent of the authorised amount.
const MAX_TIP: i64 = 25;
/// The part of a card's debt that an automatic payment covers, in percent, least and most. It is never all, so no purchase
/// is paid before it posts.
const AUTOPAY: (i64, i64) = (35, 70);

/// Yearly interest of a savings or investment account, in basis points (hundredths of a percent).
const SAVINGS_RATE: i64 = 410;
/// Yearly interest of a loan, in basis points.
const LOAN_RATE: i64 = 540;
/// A monthly interest payment is the balance times the yearly rate, divided by this: twelve months of 10,000 basis points.
const RATE_DIVISOR: i64 = 12 * 10_000;

/// A transfer between two accounts, with its smallest and largest amount.
struct Transfer {
    description: &'static str,
    low: i64,
    high: i64,
}

const fn transfer(description: &'static str, low: i64, high: i64) -> Transfer {
    Transfer { description, low, high }
}

const FROM_SAVINGS: Transfer = transfer("TRANSFER FROM SAVINGS", 20_000, 70_000);
const TO_BROKERAGE: Transfer = transfer("TRANSFER TO BROKERAGE", -500_000, -200_000);
const CARD_PAYMENT: Transfer = transfer("PAYMENT THANK YOU", 250_000, 500_000);
const FROM_CHECKING: Transfer = transfer("TRANSFER FROM CHECKING", 2_500, 40_000);
const TO_CHECKING: Transfer = transfer("TRANSFER TO CHECKING", -60_000, -5_000);
const ESCROW: Transfer = transfer("ESCROW DISBURSEMENT", -90_000, -20_000);
const EXTRA_PAYMENT: Transfer = transfer("ADDITIONAL PRINCIPAL", 5_000, 40_000);
const SALE: Transfer = transfer("SALE OF FUND SHARES", 10_000, 250_000);
const PURCHASE: Transfer = transfer("PURCHASE OF FUND SHARES", -250_000, -10_000);

/// How an account is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    Checking,
    Savings,
    Card,
    Loan,
    Investment,
}

impl Usage {
    /// The smallest and the largest balance at the start of the history.
    const fn opening_balance(self) -> (i64, i64) {
        match self {
            Self::Checking => (150_000, 450_000),
            Self::Savings => (800_000, 2_400_000),
            Self::Card => (-120_000, -20_000),
            Self::Loan => (-32_000_000, -9_000_000),
            Self::Investment => (500_000, 6_000_000),
        }
    }
}

/// The use of an account of this subcategory.
pub(crate) fn usage(subcategory: &str) -> Usage {
    match subcategory {
        "savings" => Usage::Savings,
        "credit_card" => Usage::Card,
        "mortgage" | "line_of_credit" => Usage::Loan,
        "other" => Usage::Investment,
        _ => Usage::Checking,
    }
}

/// An account at its bank.
#[derive(Debug)]
pub(crate) struct Bank {
    usage: Usage,
    random: Random,
    /// The time up to which the account is simulated.
    at: i64,
    /// The balance of posted entries.
    posted: i64,
    /// The balance of posted and pending entries.
    projected: i64,
    /// The balance after all pending entries end. It decides the next entry, so that reads change nothing.
    expected: i64,
    /// The number of entries so far.
    entries: u32,
    schedule: Schedule,
    bills: Vec<Bill>,
    pending: Vec<Entry>,
    /// Entries that became final since the last report.
    unreported: Vec<Entry>,
    /// Whether some entries get a new date when they post.
    moves_dates: bool,
}

/// The times of entries: time is divided into equal slots, and the n-th entry has a random time in the n-th slot.
#[derive(Debug)]
struct Schedule {
    start: i64,
    /// The length of the history.
    span: i64,
    /// The number of slots in the history; an account with a million entries has four in a minute.
    slots: u32,
    next_slot: u64,
    next_at: i64,
}

impl Schedule {
    /// The start of a slot, in milliseconds after `start`. It is computed from the whole history, so that no rounding adds up
    /// and the history has exactly its number of slots.
    fn slot_start(&self, slot: u64) -> i128 {
        i128::from(slot) * i128::from(self.span) * 1000 / i128::from(self.slots.max(1))
    }

    /// The time of an offset, in milliseconds after `start`. The last slot of the history ends at its last second, and no
    /// later slot begins there.
    fn second(&self, offset: i128) -> i64 {
        self.start + 1 + (offset / 1000) as i64
    }
}

/// A payment that recurs on its due day.
#[derive(Debug)]
struct Bill {
    due: i64,
    day: BillDay,
    kind: BillKind,
}

#[derive(Clone, Copy, Debug)]
enum BillKind {
    Fixed {
        amount: i64,
        description: &'static str,
    },
    /// A month of interest at this yearly rate, in basis points.
    Interest {
        rate: i64,
    },
    /// An automatic payment of a part of a card's debt.
    CardPayment,
}

impl Bank {
    /// An account with `entries` entries up to `now`, within the last [`HISTORY`].
    pub(crate) fn open(usage: Usage, entries: u32, now: i64, mut random: Random) -> Self {
        let span = i64::from(entries).saturating_mul(PACE).clamp(1, HISTORY);
        let start = now - span;
        let (low, high) = usage.opening_balance();
        let opening = random.between(low, high);
        let schedule = Schedule { start, span, slots: entries, next_slot: 0, next_at: start };
        let mut bank = Self {
            usage,
            at: start,
            posted: opening,
            projected: opening,
            expected: opening,
            entries: 0,
            schedule,
            bills: Vec::new(),
            pending: Vec::new(),
            unreported: Vec::new(),
            moves_dates: false,
            random,
        };
        bank.bills = bank.first_bills();
        bank.draw_next_time();
        bank
    }

    /// Sets whether every second entry that was reported as pending gets the date on which it posts.
    pub(crate) fn move_posting_dates(mut self, moving: bool) -> Self {
        self.moves_dates = moving;
        self
    }

    fn first_bills(&mut self) -> Vec<Bill> {
        let start = self.schedule.start;
        let random = &mut self.random;
        let mut bills = Vec::new();
        let mut bill = |day: BillDay, kind| bills.push(Bill { due: day.next(start), day, kind });
        match self.usage {
            Usage::Checking => {
                // Wages and rent are whole dollars.
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
            Usage::Savings | Usage::Investment => {
                bill(BillDay::Month(1), BillKind::Interest { rate: SAVINGS_RATE });
            }
            Usage::Card => bill(BillDay::Month(20), BillKind::CardPayment),
            Usage::Loan => {
                let payment = random.between(120_000, 240_000);
                bill(BillDay::Month(5), BillKind::Fixed { amount: payment, description: "MONTHLY PAYMENT" });
                bill(BillDay::Month(1), BillKind::Interest { rate: LOAN_RATE });
            }
        }
        bills
    }

    /// Draws the time of the next entry.
    fn draw_next_time(&mut self) {
        let schedule = &mut self.schedule;
        let [from, to] = [schedule.next_slot, schedule.next_slot + 1].map(|slot| schedule.slot_start(slot));
        let offset = from + i128::from(self.random.below((to - from) as u64));
        schedule.next_at = schedule.second(offset);
        schedule.next_slot += 1;
    }

    /// Simulates the account up to `now`. A time in the past does nothing.
    pub(crate) fn advance(&mut self, now: i64) {
        let unreported = &mut self.unreported;
        for entry in self.pending.extract_if(.., |entry| entry.ends_at() <= now) {
            let change = entry.projected_change();
            self.posted += entry.posted_amount();
            self.projected += change;
            unreported.push(entry);
        }
        while self.schedule.slots > 0 && self.schedule.next_at <= now {
            let mut entry = self.next_entry(self.schedule.next_at);
            entry.number = self.entries;
            self.entries += 1;
            self.projected += entry.amount;
            self.expected += entry.posted_amount();
            if entry.ends_at() <= now {
                self.posted += entry.posted_amount();
                self.projected += entry.projected_change();
                self.unreported.push(entry);
            } else {
                self.pending.push(entry);
            }
            self.draw_next_time();
        }
        self.at = self.at.max(now);
    }

    /// The balance as the bank last computed it: at the last [`BALANCE_INTERVAL`], or at a later report.
    pub(crate) fn balance(&mut self, now: i64) -> Balance {
        self.advance(now - now.rem_euclid(BALANCE_INTERVAL));
        Balance { as_of: self.at, current: self.posted, projected: self.projected }
    }

    /// Reports every entry that is new or changed since the last report. `record` returns the row of the entry in the
    /// reader's list.
    pub(crate) fn report(&mut self, now: i64, mut record: impl FnMut(Line) -> u32) {
        self.advance(now);
        let mut entries = std::mem::take(&mut self.unreported);
        // Also by number, so that earlier reads of the balance do not change the order.
        entries.sort_by_key(|entry| (entry.transacted_at, entry.number));
        for entry in entries {
            record(entry.into_final_line(self.moves_dates));
        }
        for entry in self.pending.iter_mut().filter(|entry| entry.row.is_none()) {
            entry.row = Some(record(entry.pending_line()));
        }
    }

    fn next_entry(&mut self, at: i64) -> Entry {
        // The earliest bill first, so that entries stay in order of time.
        let earliest = (0..self.bills.len()).min_by_key(|&number| self.bills[number].due);
        if let Some(number) = earliest.filter(|&number| self.bills[number].due <= at) {
            return self.pay_bill(number, at);
        }
        match self.usage {
            Usage::Checking if self.expected < CHECKING_LOW => self.transfer(at, &FROM_SAVINGS),
            Usage::Checking if self.expected > CHECKING_HIGH => self.transfer(at, &TO_BROKERAGE),
            Usage::Card if self.expected < CARD_LIMIT => self.transfer(at, &CARD_PAYMENT),
            Usage::Checking | Usage::Card => self.purchase(at),
            Usage::Savings if self.expected < SAVINGS_LOW || self.random.chance(DEPOSITS) => {
                self.transfer(at, &FROM_CHECKING)
            }
            Usage::Savings => self.transfer(at, &TO_CHECKING),
            Usage::Loan if self.expected > LOAN_ALMOST_REPAID || self.random.chance(DISBURSEMENTS) => {
                self.transfer(at, &ESCROW)
            }
            Usage::Loan => self.transfer(at, &EXTRA_PAYMENT),
            Usage::Investment if self.expected < INVESTMENT_LOW || self.random.chance(SALES) => {
                self.transfer(at, &SALE)
            }
            Usage::Investment => self.transfer(at, &PURCHASE),
        }
    }

    /// The entry of a bill. Its time is the due day, even if its slot is later.
    fn pay_bill(&mut self, number: usize, at: i64) -> Entry {
        let bill = &mut self.bills[number];
        let due = bill.due;
        bill.due = bill.day.next(due.max(at - MAX_OVERDUE));
        let (amount, description) = match bill.kind {
            BillKind::Fixed { amount, description } => (amount, description),
            BillKind::Interest { rate } => (self.expected * rate / RATE_DIVISOR, "INTEREST"),
            BillKind::CardPayment => {
                let percent = self.random.between(AUTOPAY.0, AUTOPAY.1);
                (-self.expected.min(0) * percent / 100, "AUTOPAY PAYMENT THANK YOU")
            }
        };
        Entry::posting_from(due, amount, description.to_owned())
    }

    fn transfer(&mut self, at: i64, transfer: &Transfer) -> Entry {
        let amount = self.random.between(transfer.low, transfer.high);
        Entry::posting_from(at, amount, transfer.description.to_owned())
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
        let days = random.between(POSTING_DAYS.0, POSTING_DAYS.1) as u32;
        let posts_at = business_morning(at, days) + random.between(0, POSTING_SPAN);
        let end = if random.chance(VOIDED) {
            End::Voids { at: posts_at }
        } else if merchant.tipped {
            End::Posts { at: posts_at, amount: amount + amount * random.between(0, MAX_TIP) / 100 }
        } else {
            End::Posts { at: posts_at, amount }
        };
        Entry { number: 0, transacted_at: at, amount, description, end, row: None }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::Weekday;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::bank::entry::TransactionStatus;

    const NOW: i64 = 1_790_000_000;

    fn bank(usage: Usage, entries: u32) -> Bank {
        Bank::open(usage, entries, NOW, Random::new(1, &["bank"]))
    }

    /// Updates the list of a reader with a report.
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
    fn the_history_has_exactly_the_given_number_of_entries() {
        // Counts that do not divide the history evenly too.
        for entries in [0, 1, 2, 7, 25, 311, 999, 1_000, 20_000, 600_001, 999_983] {
            let mut rows = Vec::new();
            read(&mut bank(Usage::Checking, entries), &mut rows, NOW);
            assert_eq!(rows.len(), entries as usize);
            read(&mut bank(Usage::Savings, entries), &mut rows, NOW - HISTORY);
            assert_eq!(rows.len(), entries as usize, "the history begins with none");
            assert!(rows.iter().all(|line| line.transacted_at <= NOW && line.transacted_at >= NOW - HISTORY));
        }
    }

    #[test]
    fn the_last_slot_of_the_history_ends_at_its_last_second() {
        for slots in [1, 2, 7, 1_000, 600_001, 999_983] {
            let schedule = bank(Usage::Checking, slots).schedule;
            let end = schedule.slot_start(u64::from(slots));
            let seconds = [end - 1, end].map(|offset| schedule.second(offset));
            assert_eq!(seconds, [NOW, NOW + 1], "{slots} slots");
        }
    }

    #[test]
    fn the_balance_is_the_opening_balance_plus_the_posted_entries() {
        for usage in [Usage::Checking, Usage::Savings, Usage::Card, Usage::Loan, Usage::Investment] {
            let mut bank = bank(usage, 300);
            let opening = bank.posted;
            let mut rows = Vec::new();
            // At the time at which the bank computes balances.
            for day in 0..60 {
                let now = NOW - NOW % BALANCE_INTERVAL + day * DAY;
                read(&mut bank, &mut rows, now);
                let sum = |wanted: fn(TransactionStatus) -> bool| -> i64 {
                    rows.iter().filter(|line| wanted(line.status)).map(|line| line.amount).sum()
                };
                let posted = opening + sum(|status| matches!(status, TransactionStatus::Posted { .. }));
                let pending = sum(|status| status == TransactionStatus::Pending);
                let balance = bank.balance(now);
                assert_eq!(balance, Balance { as_of: now, current: posted, projected: posted + pending });
            }
        }
    }

    #[test]
    fn pending_purchases_become_final_and_some_are_voided_or_change() {
        let mut bank = bank(Usage::Card, 2_000);
        let mut rows = Vec::new();
        read(&mut bank, &mut rows, NOW);
        let pending: Vec<(usize, i64)> = (0..rows.len())
            .filter(|&row| rows[row].status == TransactionStatus::Pending)
            .map(|row| (row, rows[row].amount))
            .collect();
        assert!(!pending.is_empty());
        let count = rows.len();
        read(&mut bank, &mut rows, NOW + 5 * DAY);
        assert!(rows.len() > count, "new entries follow");
        assert!(pending.iter().all(|&(row, _)| rows[row].status != TransactionStatus::Pending));
        assert!(pending.iter().any(|&(row, amount)| rows[row].amount != amount), "one amount includes a tip");
        assert!(rows.iter().any(|line| matches!(line.status, TransactionStatus::Void { .. })));
    }

    #[test]
    fn with_moving_dates_some_pending_entries_get_the_date_on_which_they_post() {
        for moving in [false, true] {
            let mut bank = bank(Usage::Card, 2_000).move_posting_dates(moving);
            let mut rows = Vec::new();
            read(&mut bank, &mut rows, NOW);
            let before: Vec<i64> = rows.iter().map(|line| line.transacted_at).collect();
            read(&mut bank, &mut rows, NOW + 5 * DAY);
            let moved = |row: &usize| rows[*row].transacted_at != before[*row];
            assert_eq!((0..before.len()).any(|row| moved(&row)), moving);
            for row in (0..before.len()).filter(moved) {
                assert_eq!(rows[row].status, TransactionStatus::Posted { at: rows[row].transacted_at });
            }
            let posted_later =
                |row: &usize| matches!(rows[*row].status, TransactionStatus::Posted { at } if at > NOW);
            assert!((0..before.len()).filter(posted_later).any(|row| !moved(&row)), "others keep their date");
        }
    }

    #[test]
    fn no_entry_becomes_final_at_a_weekend() {
        for usage in [Usage::Checking, Usage::Savings, Usage::Card, Usage::Loan, Usage::Investment] {
            let mut rows = Vec::new();
            read(&mut bank(usage, 2_000), &mut rows, NOW);
            for line in &rows {
                if let TransactionStatus::Posted { at } | TransactionStatus::Void { at } = line.status {
                    let day = Timestamp::from_second(at).expect("a time").to_zoned(TimeZone::UTC).weekday();
                    assert!(!matches!(day, Weekday::Saturday | Weekday::Sunday), "{usage:?}: {line:?}");
                    assert!(at >= line.transacted_at);
                }
            }
            // NOW is a Monday. On the day before, the entries since Friday have not posted.
            let (mut entries, sunday) = (Vec::new(), NOW - DAY);
            read(&mut Bank::open(usage, 2_000, sunday, Random::new(1, &["bank"])), &mut entries, sunday);
            assert!(entries.iter().any(|line| line.status == TransactionStatus::Pending), "{usage:?}");
        }
    }

    #[test]
    fn wages_are_paid_every_second_friday() {
        let mut rows = Vec::new();
        read(&mut bank(Usage::Checking, 300), &mut rows, NOW);
        let paid: Vec<i64> = rows
            .iter()
            .filter(|line| line.description.contains("PAYROLL"))
            .map(|line| line.transacted_at)
            .collect();
        assert!(paid.len() >= 10);
        let weekday =
            |at: &i64| Timestamp::from_second(*at).expect("a time").to_zoned(TimeZone::UTC).weekday();
        assert!(paid.iter().all(|at| weekday(at) == Weekday::Friday));
        assert!(paid.windows(2).all(|pair| pair[1] - pair[0] == 14 * DAY));
    }

    #[test]
    fn a_checking_account_stays_positive_and_a_card_stays_in_debt() {
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
    fn many_reads_give_the_same_entries_as_one() {
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
