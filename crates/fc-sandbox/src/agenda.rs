//! What the time will bring.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Instant;
use crate::model::Feature;
use crate::record::{Changes, Records, encode};

/// Something that happens later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// A pending refresh ends.
    FinishRefresh { account: u32, feature: Feature },
    /// A subscribed account gets its daily refresh.
    RefreshSubscription { account: u32, subscription: u32 },
    /// A log-in ends in thirty days.
    WarnOfDeactivation { authorization: u32, plan: u32 },
    /// A log-in ends, as planned or without notice.
    EndConnection { authorization: u32, plan: u32 },
    /// An account number expires in thirty days.
    WarnOfExpiry { account: u32, plan: u32 },
    /// An account number expires.
    ExpireNumber { account: u32, plan: u32 },
}

/// A task and its time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Due {
    at: Instant,
    task: Task,
}

/// Tasks, by their time and then by when they were entered.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    tasks: BTreeMap<u64, Due>,
    order: BinaryHeap<Reverse<(Instant, u64)>>,
    next_number: u64,
    changes: Changes,
}

impl Agenda {
    pub(crate) fn enter(&mut self, at: Instant, task: Task) {
        self.insert(self.next_number, Due { at, task });
    }

    /// When the first task is due.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.order.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the first task that is due by `now`.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, Task)> {
        let Reverse((at, number)) = *self.order.peek()?;
        if at > now {
            return None;
        }
        self.order.pop();
        self.changes.mark(number);
        self.tasks.remove(&number).map(|due| (due.at, due.task))
    }

    /// All tasks with their numbers.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = (u64, Task)> {
        self.tasks.iter().map(|(number, due)| (*number, due.task))
    }

    fn insert(&mut self, number: u64, due: Due) {
        self.order.push(Reverse((due.at, number)));
        self.tasks.insert(number, due);
        self.next_number = number + 1;
        self.changes.mark(number);
    }
}

impl Records for Agenda {
    fn take_changes(&mut self) -> Vec<u64> {
        self.changes.take()
    }

    fn record_numbers(&self) -> Vec<u64> {
        self.tasks.keys().copied().collect()
    }

    fn record(&self, number: u64) -> Option<Box<RawValue>> {
        self.tasks.get(&number).map(encode)
    }

    fn restore(&mut self, number: u64, record: &RawValue) -> Result<(), serde_json::Error> {
        self.insert(number, serde_json::from_str(record.get())?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(account: u32) -> Task {
        Task::FinishRefresh { account, feature: Feature::Balance }
    }

    #[test]
    fn tasks_come_by_time_and_then_in_the_order_they_were_entered() {
        let at = Instant::from_unix;
        let mut agenda = Agenda::default();
        for (seconds, account) in [(5, 0), (3, 1), (5, 2), (3, 3), (9, 4)] {
            agenda.enter(at(seconds), task(account));
        }
        let due: Vec<_> = std::iter::from_fn(|| agenda.pop(at(5))).collect();
        assert_eq!(due, [(at(3), task(1)), (at(3), task(3)), (at(5), task(0)), (at(5), task(2))]);
    }

    #[test]
    fn a_restored_agenda_goes_on_as_the_first_would_have() {
        let at = Instant::from_unix;
        let mut first = Agenda::default();
        for (seconds, account) in [(1, 0), (5, 1), (5, 2)] {
            first.enter(at(seconds), task(account));
        }
        first.pop(at(1));
        let mut second = Agenda::default();
        for number in first.record_numbers() {
            second.restore(number, &first.record(number).expect("it is listed")).expect("it is readable");
        }
        for agenda in [&mut first, &mut second] {
            agenda.enter(at(5), task(3));
            let due: Vec<_> = std::iter::from_fn(|| agenda.pop(at(5))).map(|(_, task)| task).collect();
            assert_eq!(due, [task(1), task(2), task(3)]);
        }
    }
}
