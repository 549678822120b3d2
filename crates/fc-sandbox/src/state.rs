//! All worlds of a sandbox, and what they share.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;

use crate::auth::Caller;
use crate::clock::{Clock, Hands, Instant};
use crate::courier::Bell;
use crate::error::{ApiError, ErrorType};
use crate::fault::Faults;
use crate::model::Settings;
use crate::random::Random;
use crate::snapshot::{FORMAT, ImportError, Snapshot, Time, WorldSnapshot};
use crate::store::{Change, Store, StoreFailure};
use crate::world::World;

/// What the server holds.
pub(crate) struct State {
    pub(crate) clock: Clock,
    settings: Arc<Settings>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) bell: Bell,
    /// Idempotency keys of requests that have no answer yet.
    in_flight: Mutex<HashSet<(Caller, String)>>,
    worlds: Mutex<Worlds>,
    requests: Mutex<Random>,
    store: Option<Arc<dyn Store>>,
    /// The clock as the store has it.
    kept_clock: Mutex<Hands>,
}

/// The worlds by whose they are.
#[derive(Debug)]
pub(crate) struct Worlds {
    pub(crate) seed: u64,
    /// The number of the next world; none is given twice, so that changes to one that an import replaced reach no other.
    pub(crate) next_number: u32,
    pub(crate) by_caller: HashMap<Caller, Arc<SharedWorld>>,
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
            settings: Arc::new(settings),
            faults: Arc::default(),
            bell: Bell::default(),
            in_flight: Mutex::default(),
            worlds: Mutex::new(Worlds { seed, next_number: 0, by_caller: HashMap::new() }),
            requests: Mutex::new(Random::new(seed, &["requests"])),
            store: None,
            kept_clock: Mutex::new(clock.read()),
            clock,
        }
    }

    /// The same, with its changes going to `store`.
    #[cfg(test)]
    pub(crate) fn with_store(self, store: Arc<dyn Store>) -> Self {
        Self { store: Some(store), ..self }
    }

    /// The state of a data file, which also gets all changes from here on. An old file brings its own seed and clock.
    #[cfg(feature = "sqlite")]
    pub(crate) fn open(
        path: &std::path::Path,
        clock: Clock,
        seed: u64,
        settings: Settings,
    ) -> Result<Self, crate::sqlite::DataError> {
        let (file, loaded) = crate::sqlite::DataFile::open(path, seed)?;
        let seed = loaded.seed;
        let mut state = Self::new(clock, seed, settings);
        let mut worlds = Vec::new();
        for loaded in loaded.worlds {
            let mut world = state.new_world(&loaded.caller, seed);
            let records =
                loaded.records.iter().map(|(kind, number, record)| (kind.as_str(), *number, &**record));
            world
                .restore(records)
                .map_err(|what| file.damaged(format!("world {}: {what}", loaded.number)))?;
            worlds.push((loaded.number, loaded.caller, world));
        }
        if loaded.starts > 0 {
            // Else the ids of the requests before would come again.
            let stream = Random::new(seed, &["requests", &loaded.starts.to_string()]);
            state.requests = Mutex::new(stream);
        }
        let store: Arc<dyn Store> = Arc::new(file.into_store()?);
        match loaded.clock {
            Some(hands) => state.clock.set(hands),
            None => store.put(vec![Change::Clock(state.clock.read())]),
        }
        state.kept_clock = Mutex::new(state.clock.read());
        state.store = Some(Arc::clone(&store));
        let mut open = lock(&state.worlds);
        for (number, caller, world) in worlds {
            let world = SharedWorld::new(number, world, Some(Arc::clone(&store)));
            open.by_caller.insert(caller, Arc::new(world));
            open.next_number = open.next_number.max(number + 1);
        }
        drop(open);
        Ok(state)
    }

    fn new_world(&self, caller: &Caller, seed: u64) -> World {
        World::new(caller, seed, Arc::clone(&self.settings), Arc::clone(&self.faults))
    }

    /// Done when everything that changed so far is kept, or cannot be.
    pub(crate) async fn written(&self) -> Result<(), StoreFailure> {
        let Some(store) = &self.store else { return Ok(()) };
        {
            let mut kept = lock(&self.kept_clock);
            let hands = self.clock.read();
            if *kept != hands {
                *kept = hands;
                store.put(vec![Change::Clock(hands)]);
            }
        }
        store.written().await
    }

    /// Done when changes can no longer be kept.
    pub(crate) async fn failed(&self) -> StoreFailure {
        match &self.store {
            Some(store) => store.failed().await,
            None => std::future::pending().await,
        }
    }

    pub(crate) fn export(&self) -> Snapshot {
        let worlds = lock(&self.worlds);
        let mut snapshots: Vec<WorldSnapshot> = worlds
            .by_caller
            .iter()
            .map(|(caller, world)| WorldSnapshot::of(caller, &mut world.lock()))
            .collect();
        snapshots.sort_by(|a, b| a.owner().cmp(&b.owner()));
        let clock = Time { now: self.clock.instant(), frozen: self.clock.is_frozen() };
        Snapshot { format: FORMAT, seed: worlds.seed, clock, worlds: snapshots }
    }

    /// Puts another state in the place of all worlds.
    pub(crate) fn import(&self, snapshot: &Snapshot) -> Result<(), ImportError> {
        let mut read = Vec::new();
        for (index, world) in snapshot.worlds.iter().enumerate() {
            let caller = world.caller().map_err(|what| ImportError(format!("worlds[{index}]: {what}")))?;
            let mut new = self.new_world(&caller, snapshot.seed);
            new.restore(world.records()).map_err(|what| ImportError(format!("worlds[{index}]: {what}")))?;
            read.push((caller, new));
        }
        let mut worlds = lock(&self.worlds);
        worlds.seed = snapshot.seed;
        worlds.by_caller.clear();
        let mut changes = vec![Change::Replaced { seed: snapshot.seed }];
        for (caller, mut world) in read {
            let number = worlds.next_number;
            worlds.next_number += 1;
            changes.push(Change::World { number, caller: caller.clone() });
            if self.store.is_some() {
                changes.extend(all_records(number, &mut world));
            }
            worlds.by_caller.insert(caller, Arc::new(SharedWorld::new(number, world, self.store.clone())));
        }
        if let Some(store) = &self.store {
            store.put(changes);
        }
        self.clock.show(snapshot.clock.now, snapshot.clock.frozen);
        Ok(())
    }

    pub(crate) fn seed(&self) -> u64 {
        lock(&self.worlds).seed
    }

    /// Whether nobody has a world yet.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.worlds).by_caller.is_empty()
    }

    /// A new `req_…`.
    pub(crate) fn request_id(&self) -> String {
        lock(&self.requests).id_of::<14>("req_")
    }

    /// The caller's world; a caller who was never here gets a new one.
    pub(crate) fn world(&self, caller: &Caller) -> Arc<SharedWorld> {
        let mut worlds = lock(&self.worlds);
        if let Some(world) = worlds.by_caller.get(caller) {
            return Arc::clone(world);
        }
        let number = worlds.next_number;
        worlds.next_number += 1;
        let mut world = self.new_world(caller, worlds.seed);
        world.populate(self.clock.instant());
        if let Some(store) = &self.store {
            store.put(vec![Change::World { number, caller: caller.clone() }]);
        }
        let world = Arc::new(SharedWorld::new(number, world, self.store.clone()));
        worlds.by_caller.insert(caller.clone(), Arc::clone(&world));
        world
    }

    /// All worlds there are.
    pub(crate) fn worlds(&self) -> Vec<Arc<SharedWorld>> {
        lock(&self.worlds).by_caller.values().map(Arc::clone).collect()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes an idempotency key into use; refuses one that is.
    pub(crate) fn begin(self: &Arc<Self>, caller: &Caller, key: &str) -> Result<InFlight, ApiError> {
        let entry = (caller.clone(), key.to_owned());
        if lock(&self.in_flight).insert(entry.clone()) {
            return Ok(InFlight { state: Arc::clone(self), entry });
        }
        let message = format!("A request with the idempotency key '{key}' has not been answered yet.");
        Err(ApiError::new(StatusCode::CONFLICT, ErrorType::Idempotency, message)
            .code("idempotency_key_in_use"))
    }

    /// Says so if what an error calls missing exists under the same key of the other mode.
    pub(crate) fn in_other_mode(&self, caller: &Caller, error: ApiError) -> ApiError {
        let Some(id) = &error.missing else { return error };
        let other = caller.in_other_mode();
        let world = lock(&self.worlds).by_caller.get(&other).map(Arc::clone);
        if !world.is_some_and(|world| world.lock().has(id)) {
            return error;
        }
        let (there, here) = if caller.livemode() { ("test", "live") } else { ("live", "test") };
        let hint = format!(
            "; a similar object exists in {there} mode, but a {here} mode key was used for this request."
        );
        error.with_hint(&hint)
    }

    /// Runs `action` in the world where `find` finds something, after it has caught up with the clock.
    pub(crate) fn within<K, T>(
        &self,
        find: impl Fn(&World) -> Option<K>,
        action: impl FnOnce(&mut World, K, Instant) -> T,
    ) -> Option<T> {
        for world in self.worlds() {
            let mut world = world.lock();
            if let Some(found) = find(&world) {
                let now = self.clock.instant();
                world.catch_up(now);
                let result = action(&mut world, found, now);
                self.bell.expect(world.next_due(now));
                return Some(result);
            }
        }
        None
    }
}

/// An idempotency key in use, until this is dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    state: Arc<State>,
    entry: (Caller, String),
}

impl Drop for InFlight {
    fn drop(&mut self) {
        lock(&self.state.in_flight).remove(&self.entry);
    }
}

/// A world that many requests want.
#[derive(Debug)]
pub(crate) struct SharedWorld {
    number: u32,
    world: Mutex<World>,
    store: Option<Arc<dyn Store>>,
}

impl SharedWorld {
    pub(crate) fn new(number: u32, world: World, store: Option<Arc<dyn Store>>) -> Self {
        Self { number, world: Mutex::new(world), store }
    }

    pub(crate) fn lock(&self) -> OpenWorld<'_> {
        OpenWorld { shared: self, world: lock(&self.world) }
    }
}

/// A world that is locked. When it is let go, what changed in it goes to the store, all in one.
#[derive(Debug)]
pub(crate) struct OpenWorld<'a> {
    shared: &'a SharedWorld,
    world: MutexGuard<'a, World>,
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
    /// Still under the lock, so that the store gets the changes in the order in which they were made.
    fn drop(&mut self) {
        let SharedWorld { number: world, store, .. } = self.shared;
        let mut changes = Vec::new();
        for (kind, part) in self.world.parts() {
            for number in part.take_changes() {
                if store.is_some() {
                    changes.push(Change::Record { world: *world, kind, number, record: part.record(number) });
                }
            }
        }
        if let Some(store) = store
            && !changes.is_empty()
        {
            store.put(changes);
        }
    }
}

fn all_records(world: u32, records: &mut World) -> Vec<Change> {
    let mut changes = Vec::new();
    for (kind, part) in records.parts() {
        for number in part.record_numbers() {
            changes.push(Change::Record { world, kind, number, record: part.record(number) });
        }
    }
    changes
}

/// A panic in another request leaves a state that is still worth serving.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
