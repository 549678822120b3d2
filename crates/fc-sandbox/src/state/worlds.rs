//! The worlds of a sandbox, by caller.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use crate::caller::Caller;
use crate::lock::lock;
use crate::state::shared_world::SharedWorld;

/// The worlds by caller. Its lock is held for a moment only, never while a world is locked.
#[derive(Debug)]
pub(crate) struct Worlds {
    table: Mutex<WorldTable>,
}

#[derive(Debug)]
struct WorldTable {
    seed: u64,
    /// Counts the imports.
    generation: u64,
    by_caller: HashMap<Caller, Arc<SharedWorld>>,
}

/// All worlds that have something to keep, at one moment.
#[derive(Debug)]
pub(crate) struct AllWorlds {
    pub(crate) seed: u64,
    /// Counts the imports.
    pub(crate) generation: u64,
    /// Oldest first.
    pub(crate) worlds: Vec<Arc<SharedWorld>>,
}

impl Worlds {
    pub(crate) fn new(seed: u64, worlds: Vec<SharedWorld>) -> Self {
        Self { table: Mutex::new(WorldTable { seed, generation: 0, by_caller: by_caller(worlds) }) }
    }

    pub(crate) fn seed(&self) -> u64 {
        lock(&self.table).seed
    }

    pub(crate) fn generation(&self) -> u64 {
        lock(&self.table).generation
    }

    /// Whether no world has something to keep.
    pub(crate) fn is_empty(&self) -> bool {
        !lock(&self.table).by_caller.values().any(|world| world.is_kept())
    }

    /// The world of a caller, if it has something to keep.
    pub(crate) fn find(&self, caller: &Caller) -> Option<Arc<SharedWorld>> {
        lock(&self.table).by_caller.get(caller).filter(|world| world.is_kept()).map(Arc::clone)
    }

    /// The world with this name in the controls, if it has something to keep.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<SharedWorld>> {
        let table = lock(&self.table);
        table.by_caller.values().find(|world| world.is_kept() && world.name() == name).map(Arc::clone)
    }

    /// The world of a caller for one request. `create` makes the world of a new caller from the seed.
    pub(crate) fn visit(&self, caller: &Caller, create: impl FnOnce(u64) -> SharedWorld) -> Visit<'_> {
        let mut table = lock(&self.table);
        let seed = table.seed;
        let world = table.by_caller.entry(caller.clone()).or_insert_with(|| Arc::new(create(seed)));
        world.enter();
        Visit { worlds: self, world: Arc::clone(world) }
    }

    /// All worlds that have something to keep.
    pub(crate) fn all(&self) -> AllWorlds {
        let table = lock(&self.table);
        let mut worlds: Vec<_> =
            table.by_caller.values().filter(|world| world.is_kept()).map(Arc::clone).collect();
        worlds.sort_by_key(|world| world.number());
        AllWorlds { seed: table.seed, generation: table.generation, worlds }
    }

    /// Replaces all worlds, also those that are being visited.
    pub(crate) fn replace(&self, seed: u64, worlds: Vec<SharedWorld>) {
        let mut table = lock(&self.table);
        table.by_caller.values().for_each(|world| world.set_replaced());
        let generation = table.generation + 1;
        *table = WorldTable { seed, generation, by_caller: by_caller(worlds) };
    }

    /// Drops the world after a visit if it has nothing to keep and no other visitor.
    fn leave(&self, world: &Arc<SharedWorld>) {
        let mut table = lock(&self.table);
        let is_listed = table.by_caller.get(world.caller()).is_some_and(|listed| Arc::ptr_eq(listed, world));
        let is_last = world.leave();
        if is_last && is_listed && !world.is_kept() {
            table.by_caller.remove(world.caller());
        }
    }
}

fn by_caller(worlds: Vec<SharedWorld>) -> HashMap<Caller, Arc<SharedWorld>> {
    worlds.into_iter().map(|world| (world.caller().clone(), Arc::new(world))).collect()
}

/// A visit of one world. A world that has nothing to keep ends with its last visit: a refused call of a mistyped key costs
/// nothing.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    worlds: &'a Worlds,
    world: Arc<SharedWorld>,
}

impl Deref for Visit<'_> {
    type Target = SharedWorld;

    fn deref(&self) -> &SharedWorld {
        &self.world
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if !self.world.is_kept() {
            self.worlds.leave(&self.world);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::model::settings::Settings;
    use crate::state::recorder::Recorder;
    use crate::world::World;

    fn count(worlds: &Worlds) -> usize {
        lock(&worlds.table).by_caller.len()
    }

    #[test]
    fn a_world_without_anything_to_keep_ends_with_its_last_visit() {
        let worlds = Worlds::new(0, Vec::new());
        let (recorder, wake) = (Arc::new(Recorder::new(Clock::frozen(0))), Arc::default());
        let caller = Caller::from_key("sk_test_visit").expect("a key");
        let create = |seed| {
            let world = World::new(&caller, seed, Arc::new(Settings::default()), Arc::default());
            SharedWorld::new(caller.clone(), world, &recorder, &wake)
        };
        let first = worlds.visit(&caller, create);
        let second = worlds.visit(&caller, create);
        assert!(Arc::ptr_eq(&first.world, &second.world), "two visits see one world");
        drop(first);
        assert_eq!((count(&worlds), worlds.is_empty(), worlds.all().worlds.len()), (1, true, 0));
        drop(second);
        assert_eq!(count(&worlds), 0);

        worlds.visit(&caller, create).lock().random.id("kept_");
        assert_eq!((count(&worlds), worlds.is_empty(), worlds.all().worlds.len()), (1, false, 1));
        drop(worlds.visit(&caller, create));
        assert_eq!(count(&worlds), 1);
    }
}
