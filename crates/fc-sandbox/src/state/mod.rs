//! The state of a sandbox: all worlds, and what they share.

pub(crate) mod claim;
pub(crate) mod recorder;
pub(crate) mod shared_world;
pub(crate) mod wake;
pub(crate) mod worlds;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, watch};

use crate::caller::Caller;
use crate::clock::{Clock, Instant};
use crate::fault::Faults;
use crate::limiter::Limiter;
use crate::lock::lock;
use crate::model::settings::Settings;
use crate::random::Random;
use crate::request_log::RequestLog;
use crate::state::claim::Claims;
use crate::state::recorder::Recorder;
use crate::state::shared_world::{SharedWorld, all_records};
use crate::state::wake::Wake;
use crate::state::worlds::{Visit, Worlds};
use crate::store::change::{Change, StoreFailure};
use crate::store::record::FORMAT;
use crate::store::snapshot::{ImportError, Snapshot, Time, WorldSnapshot};
use crate::world::World;
use crate::world::restore::restore;

/// Characters of a request's id after its prefix.
const REQUEST_ID_LENGTH: usize = 14;
/// The number of webhook requests at one time. Each takes a file of the process.
const SENDS_AT_ONCE: usize = 32;

/// The state of a sandbox.
pub(crate) struct State {
    pub(crate) clock: Clock,
    settings: Arc<Settings>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) limiter: Option<Limiter>,
    pub(crate) wake: Arc<Wake>,
    pub(crate) claims: Arc<Claims>,
    /// Bounds the number of webhook requests at one time.
    pub(crate) sends: Semaphore,
    pub(crate) worlds: Worlds,
    pub(crate) log: RequestLog,
    /// Changes when a server ends, so that streams without an end do not delay it.
    pub(crate) endings: watch::Sender<()>,
    /// Draws the ids of requests.
    requests: Mutex<Random>,
    recorder: Arc<Recorder>,
}

/// Without the worlds, which are full of secrets.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl State {
    pub(crate) fn new(clock: Clock, seed: u64, settings: Settings) -> Self {
        Self {
            log: RequestLog::new(settings.log),
            endings: watch::Sender::default(),
            limiter: settings.limits.map(Limiter::new),
            settings: Arc::new(settings),
            faults: Arc::default(),
            wake: Arc::default(),
            claims: Arc::default(),
            sends: Semaphore::new(SENDS_AT_ONCE),
            worlds: Worlds::new(seed, Vec::new()),
            requests: Mutex::new(Random::new(seed, &["requests"])),
            recorder: Arc::new(Recorder::new(clock.clone())),
            clock,
        }
    }

    /// The same state, with its changes written to `store`.
    #[cfg(test)]
    pub(crate) fn with_store(self, store: Arc<crate::store::writer::Store>) -> Self {
        let recorder = Arc::new(Recorder::with_store(self.clock.clone(), store, None, 0));
        Self { recorder, ..self }
    }

    /// The state of a data file, which gets all later changes. An existing file has its own seed and clock.
    #[cfg(feature = "sqlite")]
    pub(crate) fn open(
        path: &std::path::Path,
        clock: Clock,
        seed: u64,
        settings: Settings,
    ) -> Result<Self, crate::store::sqlite::DataError> {
        let (file, loaded) = crate::store::sqlite::DataFile::open(path, seed)?;
        let seed = loaded.seed;
        let mut state = Self::new(clock, seed, settings);
        let (mut worlds, mut next_number, mut callers) = (Vec::new(), 0, HashSet::new());
        for loaded in loaded.worlds {
            let damaged = |what: String| file.damaged(format!("world {}: {what}", loaded.number));
            if !callers.insert(loaded.caller.clone()) {
                return Err(damaged("an earlier world has the same key and account".to_owned()));
            }
            let mut world = state.new_world(&loaded.caller, seed);
            let records =
                loaded.records.iter().map(|(kind, number, record)| (kind.as_str(), *number, &**record));
            restore(&mut world, records).map_err(damaged)?;
            // The worlds come in ascending order of their numbers.
            next_number =
                loaded.number.checked_add(1).ok_or_else(|| damaged("no number follows".to_owned()))?;
            worlds.push((loaded.number, loaded.caller, world));
        }
        if loaded.starts > 0 {
            // Each start has its own stream, so no id of an earlier request comes again.
            let stream = Random::new(seed, &["requests", &loaded.starts.to_string()]);
            state.requests = Mutex::new(stream);
        }
        let store = Arc::new(file.into_store()?);
        if let Some(clock) = loaded.clock {
            state.clock.set(clock);
        }
        let recorder = Recorder::with_store(state.clock.clone(), store, loaded.clock, next_number);
        state.recorder = Arc::new(recorder);
        if loaded.clock.is_none() {
            // A new file gets the clock before its first world.
            state.recorder.record(Vec::new());
        }
        let worlds = worlds
            .into_iter()
            .map(|(number, caller, world)| {
                SharedWorld::stored(number, caller, world, &state.recorder, &state.wake)
            })
            .collect();
        state.worlds = Worlds::new(seed, worlds);
        Ok(state)
    }

    fn new_world(&self, caller: &Caller, seed: u64) -> World {
        World::new(caller, seed, Arc::clone(&self.settings), Arc::clone(&self.faults))
    }

    /// Waits until every change so far is in the data file.
    ///
    /// # Errors
    ///
    /// If the data file can no longer be written.
    pub(crate) async fn written(&self) -> Result<(), StoreFailure> {
        self.recorder.written().await
    }

    /// Whether the data file can no longer be written.
    pub(crate) fn has_failed(&self) -> bool {
        self.recorder.has_failed()
    }

    /// Waits until the data file can no longer be written.
    pub(crate) async fn failed(&self) -> StoreFailure {
        self.recorder.failed().await
    }

    /// All worlds and the clock. One world is locked at a time, so an export does not stop the calls of other keys.
    pub(crate) fn export(&self) -> Snapshot {
        loop {
            let all = self.worlds.all();
            let mut worlds: Vec<WorldSnapshot> = all
                .worlds
                .iter()
                .map(|world| WorldSnapshot::of(world.caller(), world.lock().parts()))
                .collect();
            worlds.sort_by(|a, b| a.owner().cmp(&b.owner()));
            // The clock is read last, so no event is later than it. An import meanwhile has set another clock.
            let clock = Time { now: self.clock.instant(), frozen: self.clock.is_frozen() };
            if all.generation == self.worlds.generation() {
                return Snapshot { format: FORMAT, seed: all.seed, clock, worlds };
            }
        }
    }

    /// Replaces all worlds by those of an exported state.
    pub(crate) fn import(&self, snapshot: &Snapshot) -> Result<(), ImportError> {
        let (mut restored, mut callers) = (Vec::new(), HashSet::new());
        for (index, world) in snapshot.worlds.iter().enumerate() {
            let error = |what| ImportError(format!("worlds[{index}]: {what}"));
            let caller = world.caller().map_err(error)?;
            if !callers.insert(caller.clone()) {
                return Err(error("an earlier world has the same key and account".to_owned()));
            }
            let mut new = self.new_world(&caller, snapshot.seed);
            restore(&mut new, world.records()).map_err(error)?;
            restored.push((caller, new));
        }
        let mut changes = vec![Change::Replaced { seed: snapshot.seed }];
        let mut worlds = Vec::new();
        for (caller, mut world) in restored {
            let number = self.recorder.new_number();
            if self.recorder.is_recording() {
                changes.push(Change::World { number, caller: caller.clone() });
                changes.extend(all_records(number, &mut world));
            }
            worlds.push(SharedWorld::stored(number, caller, world, &self.recorder, &self.wake));
        }
        let Time { now, frozen } = snapshot.clock;
        let replace = |clock: &Clock| {
            // The clock comes first: a request that finds a new world must not run its tasks up to the old time.
            clock.show(now, frozen);
            self.worlds.replace(snapshot.seed, worlds);
        };
        // Together with the put, so that no late change of an old world follows it.
        self.recorder.record_after(replace, changes);
        self.recorder.count_change();
        // The dispatcher may have seen the old worlds only.
        self.wake.for_work_at(Some(self.clock.instant()));
        Ok(())
    }

    /// Replaces all worlds by none.
    pub(crate) fn wipe(&self) -> Result<(), ImportError> {
        let clock = Time { now: self.clock.instant(), frozen: self.clock.is_frozen() };
        self.import(&Snapshot { format: FORMAT, seed: self.seed(), clock, worlds: Vec::new() })
    }

    /// Counts the changes of all worlds.
    pub(crate) fn revision(&self) -> u64 {
        self.recorder.revision()
    }

    pub(crate) fn seed(&self) -> u64 {
        self.worlds.seed()
    }

    /// Whether there are no worlds yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.worlds.is_empty()
    }

    /// A new `req_…`.
    pub(crate) fn new_request_id(&self) -> String {
        lock(&self.requests).id_of::<REQUEST_ID_LENGTH>("req_")
    }

    /// The world of a caller. A new caller gets a new world, which stays if it has something to keep.
    pub(crate) fn visit(&self, caller: &Caller) -> Visit<'_> {
        self.worlds.visit(caller, |seed| {
            let world = self.new_world(caller, seed);
            SharedWorld::new(caller.clone(), world, &self.recorder, &self.wake)
        })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether an object with this id exists under the same key of the other mode.
    pub(crate) fn exists_in_other_mode(&self, caller: &Caller, id: &str) -> bool {
        self.worlds.find(&caller.in_other_mode()).is_some_and(|world| world.lock().has(id))
    }

    /// Runs `action` in the first world where `find` finds something, after running the tasks that are due there.
    pub(crate) fn within<K, T>(
        &self,
        find: impl Fn(&World) -> Option<K>,
        action: impl FnOnce(&mut World, K, Instant) -> T,
    ) -> Option<T> {
        for world in self.worlds.all().worlds {
            if find(&world.lock()).is_none() {
                continue;
            }
            let (mut world, now) = world.lock_now();
            if let Some(found) = find(&world) {
                return Some(action(&mut world, found, now));
            }
        }
        None
    }
}
