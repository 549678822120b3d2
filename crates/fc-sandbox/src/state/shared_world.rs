//! Worlds that requests share.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::task::yield_now;

use crate::caller::Caller;
use crate::clock::Instant;
use crate::lifecycle::delivery::next_work;
use crate::lifecycle::run::catch_up_slice;
use crate::lock::lock;
use crate::state::recorder::Recorder;
use crate::state::wake::Wake;
use crate::store::change::Change;
use crate::world::World;

/// A world that requests lock in turn.
#[derive(Debug)]
pub(crate) struct SharedWorld {
    caller: Caller,
    /// The name in the controls.
    name: String,
    /// The number in the store; none until the world has something to keep.
    number: OnceLock<u32>,
    world: Mutex<World>,
    /// The number of visits. The table of worlds counts them under its lock.
    visits: AtomicUsize,
    /// Whether an import has replaced the world. What a late visitor does to it is not stored.
    replaced: AtomicBool,
    recorder: Arc<Recorder>,
    wake: Arc<Wake>,
}

impl SharedWorld {
    /// A world that has nothing to keep yet.
    pub(crate) fn new(caller: Caller, world: World, recorder: &Arc<Recorder>, wake: &Arc<Wake>) -> Self {
        let (recorder, wake) = (Arc::clone(recorder), Arc::clone(wake));
        Self {
            name: caller.world_name(),
            caller,
            number: OnceLock::new(),
            world: Mutex::new(world),
            visits: AtomicUsize::new(0),
            replaced: AtomicBool::new(false),
            recorder,
            wake,
        }
    }

    /// A world that is in the store already.
    pub(crate) fn stored(
        number: u32,
        caller: Caller,
        world: World,
        recorder: &Arc<Recorder>,
        wake: &Arc<Wake>,
    ) -> Self {
        Self { number: OnceLock::from(number), ..Self::new(caller, world, recorder, wake) }
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The name in the controls.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn number(&self) -> Option<u32> {
        self.number.get().copied()
    }

    /// Whether the world has something to keep.
    pub(crate) fn is_kept(&self) -> bool {
        self.number.get().is_some()
    }

    /// Whether an import has replaced the world.
    pub(crate) fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Acquire)
    }

    /// Notes that an import has replaced the world.
    pub(crate) fn set_replaced(&self) {
        self.replaced.store(true, Ordering::Release);
    }

    /// Counts a visit.
    pub(crate) fn enter(&self) {
        self.visits.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends a visit. Returns whether it was the last one.
    pub(crate) fn leave(&self) -> bool {
        self.visits.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// Locks the world. When it is unlocked, the dispatcher wakes if there is work for it.
    pub(crate) fn lock(&self) -> OpenWorld<'_> {
        OpenWorld { shared: self, world: lock(&self.world), wakes: true }
    }

    /// Locks the world without waking the dispatcher, for the dispatcher and for tasks that it is awake for.
    pub(crate) fn lock_quietly(&self) -> OpenWorld<'_> {
        OpenWorld { shared: self, world: lock(&self.world), wakes: false }
    }

    /// Locks the world after running its due tasks, and returns the time up to which they ran. Between slices of tasks others
    /// may lock the world.
    pub(crate) fn lock_now(&self) -> (OpenWorld<'_>, Instant) {
        loop {
            let mut world = self.lock_quietly();
            let now = self.recorder.clock().instant();
            if catch_up_slice(&mut world, now) {
                world.wakes = true;
                return (world, now);
            }
        }
    }

    /// Runs the due tasks. Between slices of tasks other futures of this thread run.
    ///
    /// Cancel safe: what ran is recorded, and the rest stays scheduled.
    pub(crate) async fn play(&self) {
        while !catch_up_slice(&mut self.lock_quietly(), self.recorder.clock().instant()) {
            yield_now().await;
        }
    }
}

/// A locked world. Dropping it unlocks the world, puts its changes into the store as one transaction, and wakes the
/// dispatcher.
#[derive(Debug)]
pub(crate) struct OpenWorld<'a> {
    shared: &'a SharedWorld,
    world: MutexGuard<'a, World>,
    wakes: bool,
}

impl Deref for OpenWorld<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for OpenWorld<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for OpenWorld<'_> {
    /// The changes are put under the lock, so the store gets them in their order.
    fn drop(&mut self) {
        let SharedWorld { caller, number, recorder, wake, .. } = self.shared;
        let mut changes = Vec::new();
        let mut has_changed = false;
        for (kind, part) in self.world.parts() {
            for record_number in part.take_changes() {
                has_changed = true;
                if recorder.is_recording() {
                    // The number of a new world follows below, once it is known that it has something to keep.
                    changes.push((kind, record_number, part.record(record_number)));
                }
            }
        }
        if has_changed {
            let is_new = number.get().is_none();
            let world = *number.get_or_init(|| recorder.new_number());
            let new = is_new.then(|| Change::World { number: world, caller: caller.clone() });
            let records = changes.into_iter().map(|(kind, number, record)| Change::Record {
                world,
                kind,
                number,
                record,
            });
            // A new world and its first records are one transaction: a crash leaves both or neither.
            recorder.record_unless(|| self.shared.is_replaced(), new.into_iter().chain(records).collect());
            recorder.count_change();
        }
        if self.wakes {
            wake.for_work_at(next_work(&self.world, recorder.clock().instant()));
        }
    }
}

/// All records of a world, as changes.
pub(crate) fn all_records(world: u32, records: &mut World) -> Vec<Change> {
    let mut changes = Vec::new();
    for (kind, part) in records.parts() {
        for number in part.record_numbers() {
            changes.push(Change::Record { world, kind, number, record: part.record(number) });
        }
    }
    changes
}
