//! Handles each event once, though it may be delivered more often.

use std::collections::{HashSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Remembers which events were handled.
///
/// Stripe delivers an event again until it is answered with 2xx, and sometimes once more after that. Put
/// [`claim`](SeenEvents::claim) around the handling. The key is the id of the event. Rarely, Stripe makes two events with
/// different ids for one change; whoever must tell those apart too uses the id of the object with the type as key, where
/// no second change of that kind can follow, or handles events so that a repetition does no harm.
///
/// ```
/// use fc_ext::webhook::{Claimed, RecentEvents, SeenEvents, WebhookEvent};
///
/// /// Gives the status to answer with.
/// async fn receive(seen: &RecentEvents, event: &WebhookEvent) -> u16 {
///     match seen.claim(&event.id) {
///         Claimed::First(claim) => match handle(event).await {
///             Ok(()) => {
///                 claim.done();
///                 200
///             }
///             // The claim is dropped: the next delivery is a first one again.
///             Err(_) => 500,
///         },
///         // Not 2xx: if the running attempt fails, the event is needed again.
///         Claimed::Running => 409,
///         Claimed::Done => 200,
///     }
/// }
/// # async fn handle(_: &WebhookEvent) -> Result<(), std::io::Error> { Ok(()) }
/// ```
///
/// Implement it for your own store to remember across processes and restarts. Each method must be atomic. A store that
/// can fail has to choose what its failure looks like: [`Sight::New`] risks handling an event twice, [`Sight::Running`]
/// has it delivered again.
pub trait SeenEvents {
    /// Notes that handling `key` begins, unless it runs or is done.
    fn begin(&self, key: &str) -> Sight;

    /// Notes that `key` was handled.
    fn finish(&self, key: &str);

    /// Notes that handling `key` came to nothing, so that it begins anew the next time.
    fn forget(&self, key: &str);

    /// Claims the handling of `key`.
    fn claim(&self, key: impl AsRef<str>) -> Claimed<'_, Self>
    where
        Self: Sized,
    {
        let key = key.as_ref();
        match self.begin(key) {
            Sight::New => Claimed::First(Claim { store: self, key: key.into(), done: false }),
            Sight::Running => Claimed::Running,
            Sight::Done => Claimed::Done,
        }
    }
}

/// What a store knew of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store answers with one of these three, and a caller handles all"
)]
pub enum Sight {
    /// Nothing; from now on it is running.
    New,
    /// It is being handled right now.
    Running,
    /// It was handled.
    Done,
}

/// What to do with an event; see [`SeenEvents::claim`].
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "a caller has to answer each of them")]
pub enum Claimed<'s, S: SeenEvents> {
    /// Handle it.
    First(Claim<'s, S>),
    /// Another delivery of it is being handled; answer with an error, so that it comes again.
    Running,
    /// It was handled; answer with success.
    Done,
}

/// The right to handle an event.
///
/// # Cancel safety
///
/// Dropped without [`done`](Claim::done), because of an error, a panic or a cancelled future, it gives the event back, so
/// that the next delivery is handled.
#[derive(Debug)]
#[must_use = "dropping the claim gives the event back unhandled"]
pub struct Claim<'s, S: SeenEvents> {
    store: &'s S,
    key: Box<str>,
    done: bool,
}

impl<S: SeenEvents> Claim<'_, S> {
    /// Says that the event was handled.
    pub fn done(mut self) {
        self.done = true;
        self.store.finish(&self.key);
    }
}

impl<S: SeenEvents> Drop for Claim<'_, S> {
    fn drop(&mut self) {
        if !self.done {
            self.store.forget(&self.key);
        }
    }
}

/// Remembers the events that this process handled last, in memory.
///
/// When it is full, the event that was handled first is forgotten first; the ones being handled are never. Stripe repeats
/// for up to three days, so size it for the events of that time: an event takes about 100 bytes.
#[derive(Debug)]
pub struct RecentEvents {
    capacity: NonZeroUsize,
    keys: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    running: HashSet<Box<str>>,
    done: HashSet<Arc<str>>,
    /// The same as `done`, the oldest first.
    order: VecDeque<Arc<str>>,
}

impl RecentEvents {
    /// Remembers up to `capacity` handled events.
    #[must_use]
    pub fn with_capacity(capacity: NonZeroUsize) -> Self {
        Self { capacity, keys: Mutex::default() }
    }

    /// How many handled events it remembers now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys().done.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No code that holds the lock can panic half-way through a change, so a poisoned lock guards sound data.
    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for RecentEvents {
    /// Remembers 100,000 events, about 10 MB when full.
    fn default() -> Self {
        const CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).expect("it is not zero");
        Self::with_capacity(CAPACITY)
    }
}

impl SeenEvents for RecentEvents {
    fn begin(&self, key: &str) -> Sight {
        let mut keys = self.keys();
        if keys.done.contains(key) {
            Sight::Done
        } else if keys.running.insert(key.into()) {
            Sight::New
        } else {
            Sight::Running
        }
    }

    fn finish(&self, key: &str) {
        let mut keys = self.keys();
        keys.running.remove(key);
        let key: Arc<str> = key.into();
        if keys.done.insert(key.clone()) {
            keys.order.push_back(key);
        }
        if keys.order.len() > self.capacity.get()
            && let Some(oldest) = keys.order.pop_front()
        {
            keys.done.remove(&oldest);
        }
    }

    fn forget(&self, key: &str) {
        self.keys().running.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(capacity: usize) -> RecentEvents {
        RecentEvents::with_capacity(NonZeroUsize::new(capacity).unwrap())
    }

    fn handle(store: &RecentEvents, key: &str) -> bool {
        match store.claim(key) {
            Claimed::First(claim) => {
                claim.done();
                true
            }
            Claimed::Running | Claimed::Done => false,
        }
    }

    #[test]
    fn an_event_is_handled_once() {
        let store = store(10);
        assert!(handle(&store, "evt_1"));
        assert!(!handle(&store, "evt_1"));
        assert!(matches!(store.claim("evt_1"), Claimed::Done));
        assert!(handle(&store, "evt_2"));
    }

    #[test]
    fn a_second_delivery_during_the_first_is_neither_handled_nor_done() {
        let store = store(10);
        let Claimed::First(claim) = store.claim("evt_1") else { panic!("it is new") };
        assert!(matches!(store.claim("evt_1"), Claimed::Running));
        assert!(matches!(store.claim("evt_1"), Claimed::Running));
        claim.done();
        assert!(matches!(store.claim("evt_1"), Claimed::Done));
    }

    #[test]
    fn an_event_whose_handling_ended_without_success_is_new_again() {
        let store = store(10);
        drop(store.claim("evt_1"));
        assert!(handle(&store, "evt_1"));

        let panicked = std::panic::catch_unwind(|| {
            let _claim = store.claim("evt_2");
            panic!("the handler fails");
        });
        assert!(panicked.is_err());
        assert!(handle(&store, "evt_2"));
    }

    #[test]
    fn the_oldest_handled_events_make_room_and_running_ones_stay() {
        let store = store(2);
        let Claimed::First(running) = store.claim("evt_0") else { panic!("it is new") };
        for key in ["evt_1", "evt_2", "evt_3"] {
            assert!(handle(&store, key));
            assert!(store.len() <= 2);
        }
        assert!(!handle(&store, "evt_3") && !handle(&store, "evt_2"));
        assert!(matches!(store.claim("evt_0"), Claimed::Running));
        drop(running);
        assert!(handle(&store, "evt_1"), "it was the oldest of three in a store for two");
        assert!(!handle(&store, "evt_3") && handle(&store, "evt_2"));
    }

    #[test]
    fn an_event_that_is_finished_twice_takes_one_place() {
        let store = store(2);
        for key in ["evt_1", "evt_1", "evt_2"] {
            store.finish(key);
        }
        assert_eq!(store.len(), 2);
        assert!(matches!(store.claim("evt_1"), Claimed::Done));
    }

    #[test]
    fn a_store_of_ones_own_is_told_each_step_once() {
        #[derive(Default)]
        struct Steps(Mutex<Vec<String>>);

        impl SeenEvents for Steps {
            fn begin(&self, key: &str) -> Sight {
                self.0.lock().unwrap().push(format!("begin {key}"));
                Sight::New
            }

            fn finish(&self, key: &str) {
                self.0.lock().unwrap().push(format!("finish {key}"));
            }

            fn forget(&self, key: &str) {
                self.0.lock().unwrap().push(format!("forget {key}"));
            }
        }

        let steps = Steps::default();
        let Claimed::First(claim) = steps.claim("a") else { panic!("it is new") };
        claim.done();
        drop(steps.claim("b"));
        assert_eq!(*steps.0.lock().unwrap(), ["begin a", "finish a", "begin b", "forget b"]);
    }

    #[test]
    fn one_of_many_concurrent_deliveries_is_handled() {
        let store = store(10);
        let handled = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| handle(&store, "evt_1"))).collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum::<usize>()
        });
        assert_eq!(handled, 1);
        assert_eq!(store.len(), 1);
        assert!(!store.is_empty());
    }
}
