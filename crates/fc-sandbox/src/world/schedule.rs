//! Scheduled tasks of a world.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Instant;
use crate::model::feature::Feature;
use crate::store::record::{Changes, Records, encode, number_after};

/// A task that runs at a later time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// The end of a pending refresh.
    FinishRefresh { account: u32, feature: Feature },
    /// The daily refresh of a subscribed account.
    RefreshSubscription { account: u32, subscription: u32 },
    /// The daily refresh of another feature that an account is subscribed to.
    RefreshFeatureSubscription { account: u32, feature: Feature, subscription: u32 },
    /// The warning thirty days before a log-in ends.
    WarnOfDeactivation { authorization: u32, plan: u32 },
    /// The end of a log-in, planned or without notice.
    EndConnection { authorization: u32, plan: u32 },
    /// The warning thirty days before an account number expires.
    WarnOfExpiry { account: u32, plan: u32 },
    /// The expiry of an account number.
    ExpireNumber { account: u32, plan: u32 },
    /// The end of the time in which a failed refresh of transactions can be named.
    ForgetRefresh { refresh: u32 },
}

/// A task and its due time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Due {
    at: Instant,
    task: Task,
}

/// Tasks, ordered by their due time and then by when they were added.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    tasks: BTreeMap<u64, Due>,
    order: BinaryHeap<Reverse<(Instant, u64)>>,
    next_number: u64,
    changes: Changes,
}

impl Schedule {
    pub(crate) fn add(&mut self, at: Instant, task: Task) {
        let number = self.next_number;
        self.next_number += 1;
        self.insert(number, Due { at, task });
    }

    /// The due time of the first task.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.order.peek().map(|Reverse((at, _))| *at)
    }

    /// Removes and returns the first task that is due by `now`.
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
        self.changes.mark(number);
    }
}

impl Records for Schedule {
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
        self.next_number = number_after(number)?;
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
    fn tasks_run_by_time_and_then_in_the_order_they_were_added() {
        let at = Instant::from_unix;
        let mut schedule = Schedule::default();
        for (seconds, account) in [(5, 0), (3, 1), (5, 2), (3, 3), (9, 4)] {
            schedule.add(at(seconds), task(account));
        }
        let due: Vec<_> = std::iter::from_fn(|| schedule.pop(at(5))).collect();
        assert_eq!(due, [(at(3), task(1)), (at(3), task(3)), (at(5), task(0)), (at(5), task(2))]);
    }

    #[test]
    fn a_restored_schedule_runs_the_same_tasks() {
        let at = Instant::from_unix;
        let mut first = Schedule::default();
        for (seconds, account) in [(1, 0), (5, 1), (5, 2)] {
            first.add(at(seconds), task(account));
        }
        first.pop(at(1));
        let mut second = Schedule::default();
        for number in first.record_numbers() {
            second
                .restore(number, &first.record(number).expect("the number is listed"))
                .expect("the record is readable");
        }
        for schedule in [&mut first, &mut second] {
            schedule.add(at(5), task(3));
            let due: Vec<_> = std::iter::from_fn(|| schedule.pop(at(5))).map(|(_, task)| task).collect();
            assert_eq!(due, [task(1), task(2), task(3)]);
        }
    }
}
