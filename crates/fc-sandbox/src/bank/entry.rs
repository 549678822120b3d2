//! Entries of a simulated account, and how a bank reports them. Times are in seconds and amounts in cents.

use crate::bank::calendar::{business_morning, is_weekend};

/// One movement of money.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The number of entries before it.
    pub(crate) number: u32,
    pub(crate) transacted_at: i64,
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) end: End,
    /// Its row in the reader's list, if it was reported while pending.
    pub(crate) row: Option<u32>,
}

/// How and when an entry becomes final.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Posts { at: i64, amount: i64 },
    Voids { at: i64 },
}

/// The status of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionStatus {
    Pending,
    Posted { at: i64 },
    Void { at: i64 },
}

/// One line of a report.
#[derive(Debug)]
pub(crate) struct Line {
    /// The row of the same entry from an earlier report.
    pub(crate) row: Option<u32>,
    pub(crate) transacted_at: i64,
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) status: TransactionStatus,
}

impl Entry {
    /// An entry that posts immediately, or after the weekend.
    pub(crate) fn posting_from(at: i64, amount: i64, description: String) -> Self {
        let posts_at = if is_weekend(at) { business_morning(at, 1) } else { at };
        let end = End::Posts { at: posts_at, amount };
        Self { number: 0, transacted_at: at, amount, description, end, row: None }
    }

    pub(crate) fn ends_at(&self) -> i64 {
        match self.end {
            End::Posts { at, .. } | End::Voids { at } => at,
        }
    }

    pub(crate) fn posted_amount(&self) -> i64 {
        match self.end {
            End::Posts { amount, .. } => amount,
            End::Voids { .. } => 0,
        }
    }

    /// The difference that the end makes to the projected balance.
    pub(crate) fn projected_change(&self) -> i64 {
        self.posted_amount() - self.amount
    }

    /// The report of the entry while it is pending.
    pub(crate) fn pending_line(&self) -> Line {
        Line {
            row: self.row,
            transacted_at: self.transacted_at,
            amount: self.amount,
            description: self.description.clone(),
            status: TransactionStatus::Pending,
        }
    }

    /// The report of the entry after it became final. With `moves_dates`, every second entry that was reported as pending
    /// gets the date on which it posted.
    pub(crate) fn into_final_line(self, moves_dates: bool) -> Line {
        let (amount, status) = match self.end {
            End::Posts { at, amount } => (amount, TransactionStatus::Posted { at }),
            End::Voids { at } => (self.amount, TransactionStatus::Void { at }),
        };
        let moves = moves_dates && self.row.is_some() && self.number.is_multiple_of(2);
        let transacted_at = match status {
            TransactionStatus::Posted { at } if moves => at,
            _ => self.transacted_at,
        };
        Line { row: self.row, transacted_at, amount, description: self.description, status }
    }
}
