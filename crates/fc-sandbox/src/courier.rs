//! The courier: lets time pass in all worlds, and takes their events to the webhook endpoints.
//!
//! Each endpoint has at most one worker, which sends what is due for it in order; endpoints do not wait for each other. A
//! world is locked only to take a parcel and to write down how it went, never while something is sent.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::clock::Instant;
use crate::fault::WebhookFault;
use crate::post::post;
use crate::state::{SharedWorld, State};
use crate::webhook::DeliveryState;
use crate::world::World;

/// How the courier is told that there is something to do.
#[derive(Debug)]
pub(crate) struct Bell {
    rung: Notify,
    /// A worker has come to its end.
    idle: Notify,
    /// The time that the courier sleeps until, in milliseconds; before all times while nobody is there to be woken.
    sleeping_until: AtomicI64,
}

impl Default for Bell {
    fn default() -> Self {
        Self { rung: Notify::new(), idle: Notify::new(), sleeping_until: AtomicI64::new(i64::MIN) }
    }
}

impl Bell {
    /// Something falls due at `next`: the courier wakes up if it would sleep too long.
    pub(crate) fn expect(&self, next: Option<Instant>) {
        if next.is_some_and(|next| next.millis() < self.sleeping_until.load(Ordering::SeqCst)) {
            self.rung.notify_one();
        }
    }
}

/// Lets time pass and sends what falls due, for as long as it is polled.
pub(crate) async fn drive(state: Arc<State>) -> Infallible {
    let mut moved = state.clock.moves();
    loop {
        // Whatever comes up from here on rings.
        state.bell.sleeping_until.store(i64::MAX, Ordering::SeqCst);
        moved.mark_unchanged();
        dispatch(&state);
        let now = state.clock.instant();
        let next = state.worlds().iter().filter_map(|world| world.lock().next_after(now)).min();
        state.bell.sleeping_until.store(next.map_or(i64::MAX, Instant::millis), Ordering::SeqCst);
        let until_next = async {
            match next.and_then(|next| state.clock.until(next)) {
                Some(time) => sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = state.bell.rung.notified() => {}
            // The sender lives as long as the clock, which is ours.
            _ = moved.changed() => {}
            () = until_next => {}
        }
    }
}

/// Sends everything that is due and does not return before it has been.
pub(crate) async fn deliver(state: &Arc<State>) {
    loop {
        let idle = state.bell.idle.notified();
        tokio::pin!(idle);
        idle.as_mut().enable();
        if !dispatch(state) {
            return;
        }
        idle.await;
    }
}

/// Lets all worlds catch up and starts a worker for each endpoint that something can go to; whether any is at work.
fn dispatch(state: &Arc<State>) -> bool {
    let mut at_work = false;
    for shared in state.worlds() {
        let mut world = shared.lock();
        let now = state.clock.instant();
        world.catch_up(now);
        for endpoint in world.outbox.waiting(now) {
            let batch = world.take_batch(endpoint, now);
            if !batch.is_empty() {
                world.outbox.busy.insert(endpoint);
                tokio::spawn(work(Arc::clone(state), Arc::clone(&shared), endpoint, batch));
            }
        }
        at_work |= !world.outbox.busy.is_empty();
    }
    at_work
}

/// A delivery to be made, and how often.
#[derive(Clone, Copy, Debug)]
struct Errand {
    at: Instant,
    delivery: u32,
    copies: u32,
}

async fn work(state: Arc<State>, shared: Arc<SharedWorld>, endpoint: u32, mut batch: Vec<Errand>) {
    while !batch.is_empty() {
        for Errand { at, delivery, copies } in batch {
            for _ in 0..copies {
                // An event that a crash could undo is not told to anybody.
                if state.written().await.is_err() {
                    shared.lock().outbox.busy.remove(&endpoint);
                    state.bell.idle.notify_waiters();
                    return;
                }
                let parcel = shared.lock().parcel(delivery, state.clock.instant());
                let outcome = post(parcel, state.settings()).await;
                shared.lock().record_attempt(delivery, at, outcome);
            }
        }
        let mut world = shared.lock();
        let now = state.clock.instant();
        world.catch_up(now);
        batch = world.take_batch(endpoint, now);
        if batch.is_empty() {
            world.outbox.busy.remove(&endpoint);
            state.bell.expect(world.next_after(now));
        }
    }
    state.bell.idle.notify_waiters();
}

impl World {
    /// What to send to `endpoint` next; nothing when nothing is due or a fault holds it back.
    fn take_batch(&mut self, endpoint: u32, now: Instant) -> Vec<Errand> {
        loop {
            let Some(&(at, delivery)) = self.outbox.due(endpoint, now, 1).first() else { return Vec::new() };
            let first = Errand { at, delivery, copies: 1 };
            let fault =
                self.faults.strike_webhook(|count| self.outbox.due(endpoint, now, count).len() == count);
            match fault {
                None => return vec![first],
                Some(WebhookFault::Duplicated) => return vec![Errand { copies: 2, ..first }],
                Some(WebhookFault::Delayed(by)) => {
                    let later = at.after(by);
                    // By nothing, as at the clock's end: no number of such faults holds the delivery back.
                    if later == at {
                        return vec![first];
                    }
                    self.settle(delivery, at, DeliveryState::Due(later));
                }
                Some(WebhookFault::Reversed { count }) => {
                    let due = self.outbox.due(endpoint, now, count as usize);
                    if due.len() < count as usize {
                        return Vec::new();
                    }
                    let newest_first = due.into_iter().rev();
                    return newest_first.map(|(at, delivery)| Errand { at, delivery, copies: 1 }).collect();
                }
            }
        }
    }

    /// The first time after `now` at which something happens or falls due.
    pub(crate) fn next_after(&self, now: Instant) -> Option<Instant> {
        let task = self.agenda.next_at();
        [task, self.outbox.next_after(now)].into_iter().flatten().min()
    }

    /// The same, or now if something can be sent.
    pub(crate) fn next_due(&self, now: Instant) -> Option<Instant> {
        if self.outbox.waiting(now).is_empty() { self.next_after(now) } else { Some(now) }
    }
}
