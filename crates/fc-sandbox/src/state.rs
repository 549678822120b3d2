//! All worlds of a sandbox, and what they share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::auth::Caller;
use crate::clock::{Clock, Instant};
use crate::model::Settings;
use crate::random::Random;
use crate::world::World;

/// What the server holds.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    seed: u64,
    settings: Arc<Settings>,
    worlds: Mutex<HashMap<Caller, Arc<Mutex<World>>>>,
    requests: Mutex<Random>,
}

impl State {
    pub(crate) fn new(clock: Clock, seed: u64, settings: Settings) -> Self {
        Self {
            clock,
            seed,
            settings: Arc::new(settings),
            worlds: Mutex::default(),
            requests: Mutex::new(Random::new(seed, &["requests"])),
        }
    }

    /// A new `req_…`.
    pub(crate) fn request_id(&self) -> String {
        lock(&self.requests).id_of::<14>("req_")
    }

    /// The caller's world; a caller who was never here gets a new one.
    pub(crate) fn world(&self, caller: &Caller) -> Arc<Mutex<World>> {
        let mut worlds = lock(&self.worlds);
        if let Some(world) = worlds.get(caller) {
            return Arc::clone(world);
        }
        let world = Arc::new(Mutex::new(World::new(caller, self.seed, Arc::clone(&self.settings))));
        worlds.insert(caller.clone(), Arc::clone(&world));
        world
    }

    /// Runs `action` in the world where `find` finds something, after it has caught up with the clock.
    pub(crate) fn within<K, T>(
        &self,
        find: impl Fn(&World) -> Option<K>,
        action: impl FnOnce(&mut World, K, Instant) -> T,
    ) -> Option<T> {
        let worlds: Vec<_> = lock(&self.worlds).values().map(Arc::clone).collect();
        for world in worlds {
            let mut world = lock(&world);
            if let Some(found) = find(&world) {
                let now = self.clock.instant();
                world.catch_up(now);
                return Some(action(&mut world, found, now));
            }
        }
        None
    }
}

/// A panic in another request leaves a state that is still worth serving.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
