//! Recording changes: each goes into the store together with the clock at which it happened.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::clock::{Clock, ClockState};
use crate::lock::lock;
use crate::store::change::{Change, StoreFailure};
use crate::store::writer::Store;

/// Puts changes into the store, if there is one.
#[derive(Debug)]
pub(crate) struct Recorder {
    clock: Clock,
    store: Option<Arc<Store>>,
    /// The clock as it was last put; none before the first put. It is locked while changes are put, so that an older time never
    /// follows a newer one.
    stored_clock: Mutex<Option<ClockState>>,
    /// The number of the next world. A number is given once, so late changes of a replaced world reach no other world.
    next_number: AtomicU32,
    /// Counts the transactions that changed a world.
    revision: AtomicU64,
}

impl Recorder {
    /// A recorder without a store.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            store: None,
            stored_clock: Mutex::default(),
            next_number: AtomicU32::new(0),
            revision: AtomicU64::new(0),
        }
    }

    /// A recorder for a store that has this clock, and worlds with smaller numbers than `next_number`.
    #[cfg(any(test, feature = "sqlite"))]
    pub(crate) fn with_store(
        clock: Clock,
        store: Arc<Store>,
        stored_clock: Option<ClockState>,
        next_number: u32,
    ) -> Self {
        let (stored_clock, next_number) = (Mutex::new(stored_clock), AtomicU32::new(next_number));
        Self { clock, store: Some(store), stored_clock, next_number, revision: AtomicU64::new(0) }
    }

    /// The number of a new world.
    pub(crate) fn new_number(&self) -> u32 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Counts the changes of all worlds.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Relaxed)
    }

    /// Counts a change of a world.
    pub(crate) fn count_change(&self) {
        self.revision.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether changes are recorded at all.
    pub(crate) fn is_recording(&self) -> bool {
        self.store.is_some()
    }

    /// Puts changes into the store as one transaction, after the clock if it was moved. So the file never holds an event from
    /// the future of its clock.
    pub(crate) fn record(&self, changes: Vec<Change>) {
        self.record_after(|_| (), changes);
    }

    /// As [`record`](Self::record), unless `is_late` says, in the order of the puts, that the changes came too late.
    pub(crate) fn record_unless(&self, is_late: impl FnOnce() -> bool, changes: Vec<Change>) {
        let mut stored = lock(&self.stored_clock);
        if !is_late() {
            self.put(&mut stored, changes);
        }
    }

    /// Sets the clock, and puts changes together with it.
    pub(crate) fn record_after(&self, set: impl FnOnce(&Clock), changes: Vec<Change>) {
        let mut stored = lock(&self.stored_clock);
        set(&self.clock);
        self.put(&mut stored, changes);
    }

    fn put(&self, stored: &mut Option<ClockState>, changes: Vec<Change>) {
        let Some(store) = &self.store else { return };
        let clock = self.clock.state();
        let mut all = Vec::with_capacity(changes.len() + 1);
        if *stored != Some(clock) {
            *stored = Some(clock);
            all.push(Change::Clock(clock));
        }
        all.extend(changes);
        if !all.is_empty() {
            store.put(all);
        }
    }

    /// Waits until every change so far is in the data file, the clock included.
    ///
    /// # Errors
    ///
    /// If the data file can no longer be written.
    pub(crate) async fn written(&self) -> Result<(), StoreFailure> {
        let Some(store) = &self.store else { return Ok(()) };
        self.record(Vec::new());
        store.written().await
    }

    /// Whether the data file can no longer be written.
    pub(crate) fn has_failed(&self) -> bool {
        self.store.as_ref().is_some_and(|store| store.has_failed())
    }

    /// Waits until the data file can no longer be written.
    pub(crate) async fn failed(&self) -> StoreFailure {
        match &self.store {
            Some(store) => store.failed().await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    /// What the store gets, one text for each change.
    fn written(act: impl FnOnce(&Recorder, &Clock)) -> Vec<String> {
        let (sender, batches) = channel();
        let write = move |batch: &[Change]| {
            batch.iter().for_each(|change| sender.send(format!("{change:?}")).expect("the test is waiting"));
            Ok(())
        };
        let store = Arc::new(Store::start(write).expect("a thread"));
        let clock = Clock::frozen(0);
        let recorder = Recorder::with_store(clock.clone(), store, None, 0);
        act(&recorder, &clock);
        // Dropping the store writes the queue.
        drop(recorder);
        batches.iter().collect()
    }

    #[test]
    fn a_change_follows_the_clock_at_which_it_happened() {
        let change = || vec![Change::Replaced { seed: 1 }];
        let written = written(|recorder, clock| {
            recorder.record(change());
            recorder.record(change());
            clock.advance(Duration::from_secs(1));
            recorder.record(change());
        });
        let kinds: Vec<_> = written.iter().map(|change| change.split(['(', ' ']).next()).collect();
        assert_eq!(kinds, ["Clock", "Replaced", "Replaced", "Clock", "Replaced"].map(Some));
    }
}
