//! Queues of due deliveries.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use crate::clock::Instant;

/// The deliveries that are due, by endpoint. It is rebuilt from the deliveries of a world.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    due: BTreeMap<u32, BTreeSet<(Instant, u32)>>,
    /// Endpoints that a worker is sending to.
    pub(crate) busy: HashSet<u32>,
}

impl Outbox {
    pub(crate) fn insert(&mut self, endpoint: u32, at: Instant, delivery: u32) {
        self.due.entry(endpoint).or_default().insert((at, delivery));
    }

    pub(crate) fn remove(&mut self, endpoint: u32, at: Instant, delivery: u32) {
        if let Some(due) = self.due.get_mut(&endpoint) {
            due.remove(&(at, delivery));
        }
    }

    /// The first `limit` deliveries to `endpoint` that are due by `now`.
    pub(crate) fn due(&self, endpoint: u32, now: Instant, limit: usize) -> Vec<(Instant, u32)> {
        let due = self.due.get(&endpoint).into_iter().flatten();
        due.take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }

    /// The endpoints with a due delivery and no worker.
    pub(crate) fn waiting(&self, now: Instant) -> Vec<u32> {
        let due = |due: &BTreeSet<(Instant, u32)>| due.first().is_some_and(|(at, _)| *at <= now);
        let waiting = self.due.iter().filter(|(endpoint, set)| due(set) && !self.busy.contains(endpoint));
        waiting.map(|(endpoint, _)| *endpoint).collect()
    }

    /// The first time after `now` at which a delivery falls due.
    pub(crate) fn next_after(&self, now: Instant) -> Option<Instant> {
        let later = (Bound::Excluded((now, u32::MAX)), Bound::Unbounded);
        self.due.values().filter_map(|set| set.range(later).next()).map(|(at, _)| *at).min()
    }
}
