//! The dispatcher: runs the due tasks of all worlds, and sends their due deliveries to the webhook endpoints.
//!
//! Each endpoint has at most one worker, which sends the due deliveries in order. Endpoints do not wait for each other. A
//! world is locked to sign a request and to record the outcome, never while a request is sent.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use crate::clock::Instant;
use crate::lifecycle::delivery::{DueDelivery, is_wanted, next_after, next_batch, next_work, record_attempt};
use crate::lifecycle::run::catch_up_slice;
use crate::model::webhook::Outcome;
use crate::request_log::SendKind;
use crate::state::State;
use crate::state::shared_world::SharedWorld;
use crate::store::change::StoreFailure;
use crate::webhook::attempt::{Sending, send_logged};
use crate::webhook::signature::signed_request;

/// The wait for a file of the process.
const FILE_RETRY_WAIT: Duration = Duration::from_millis(100);

/// Runs tasks and sends deliveries when they are due, for as long as the future is polled.
pub(crate) async fn run(state: Arc<State>) -> Infallible {
    let (mut moved, mut released) = (state.clock.moves(), state.faults.releases());
    loop {
        // From here on, new work of any time wakes the dispatcher.
        state.wake.sleep_until(None);
        moved.mark_unchanged();
        released.mark_unchanged();
        let Dispatched { next, .. } = dispatch(&state).await;
        state.wake.sleep_until(next);
        let until_next = async {
            match next.and_then(|next| state.clock.until(next)) {
                Some(time) => sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = state.wake.woken() => {}
            // The senders live as long as the clock and the faults, which the state owns.
            _ = moved.changed() => {}
            _ = released.changed() => {}
            () = until_next => {}
        }
    }
}

/// Sends everything that is due, and returns when it is sent, or when the data file can no longer be written.
pub(crate) async fn deliver(state: &Arc<State>) {
    loop {
        let worker_ended = state.wake.worker_ended.notified();
        tokio::pin!(worker_ended);
        worker_ended.as_mut().enable();
        if !dispatch(state).await.at_work {
            return;
        }
        worker_ended.await;
    }
}

/// The result of one pass over all worlds.
#[derive(Clone, Copy, Debug, Default)]
struct Dispatched {
    /// Whether a worker is at work.
    at_work: bool,
    /// The first time after the pass at which a task runs or a delivery falls due.
    next: Option<Instant>,
}

/// Passes over all worlds. The worlds are listed before the clock is read: an import sets its clock before its worlds, so no
/// world of an import plays up to the time before it.
async fn dispatch(state: &Arc<State>) -> Dispatched {
    let worlds = state.worlds.all().worlds;
    pass(state, worlds, state.clock.instant()).await
}

/// Runs the tasks of the worlds that are due by `now`, and starts a worker for each endpoint with due deliveries.
///
/// All worlds are asked for what follows the same `now`. A later time would skip what falls due while other worlds play.
async fn pass(state: &Arc<State>, worlds: Vec<Arc<SharedWorld>>, now: Instant) -> Dispatched {
    let mut dispatched = Dispatched::default();
    // Nothing is sent that a restart would undo.
    if state.has_failed() {
        return dispatched;
    }
    for shared in worlds {
        while !catch_up_slice(&mut shared.lock_quietly(), now) {
            yield_now().await;
        }
        let mut batches = Vec::new();
        let mut world = shared.lock_quietly();
        for endpoint in world.outbox.waiting(now) {
            let batch = next_batch(&mut world, endpoint, now);
            if !batch.is_empty() {
                world.outbox.busy.insert(endpoint);
                batches.push((endpoint, batch));
            }
        }
        dispatched.at_work |= !world.outbox.busy.is_empty();
        dispatched.next = [dispatched.next, next_after(&world, now)].into_iter().flatten().min();
        // The worker locks the world when it ends, which is at once if its runtime is ending.
        drop(world);
        for (endpoint, batch) in batches {
            let (state, shared) = (Arc::clone(state), Arc::clone(&shared));
            let worker = Worker { state, shared, endpoint, current: None };
            tokio::spawn(worker.work(batch));
        }
    }
    dispatched
}

/// The worker of a busy endpoint. Dropping it frees the endpoint, however it ends.
struct Worker {
    state: Arc<State>,
    shared: Arc<SharedWorld>,
    endpoint: u32,
    /// The delivery that is being sent.
    current: Option<DueDelivery>,
}

impl Worker {
    /// Sends batches until nothing is due, the world was replaced, or the data file can no longer be written.
    async fn work(mut self, mut batch: Vec<DueDelivery>) {
        while !batch.is_empty() && !self.shared.is_replaced() {
            for due in batch {
                self.current = Some(due);
                if !self.attempt(due).await {
                    return;
                }
                self.current = None;
            }
            // Others run in between, also if a delivery stayed due without an attempt.
            yield_now().await;
            self.shared.play().await;
            batch = next_batch(&mut self.shared.lock_quietly(), self.endpoint, self.state.clock.instant());
        }
    }

    /// Sends a delivery, and records the outcome. Copies are one attempt, which succeeds if one of them does. Returns whether
    /// the data file can still be written.
    async fn attempt(&self, DueDelivery { at, delivery, copies }: DueDelivery) -> bool {
        let mut outcome: Option<Outcome> = None;
        let mut is_written = true;
        for _ in 0..copies {
            let sent = match self.send(at, delivery).await {
                Ok(Some(sent)) => sent,
                Ok(None) => break,
                Err(_) => {
                    is_written = false;
                    break;
                }
            };
            outcome = Some(match outcome {
                Some(earlier) if earlier.is_success() || !sent.is_success() => earlier,
                _ => sent,
            });
        }
        if let Some(outcome) = outcome {
            record_attempt(&mut self.shared.lock_quietly(), delivery, at, outcome);
        }
        is_written
    }

    /// Sends a delivery. None if it is no longer wanted.
    ///
    /// Without a file for the connection it waits: an attempt that was never made does not count.
    async fn send(&self, at: Instant, delivery: u32) -> Result<Option<Outcome>, StoreFailure> {
        loop {
            {
                let _turn = self.state.sends.acquire().await;
                // An event is sent only after it is in the data file, so a crash undoes no event that was sent.
                self.state.written().await?;
                let request = {
                    let mut world = self.shared.lock_quietly();
                    if self.shared.is_replaced() || !is_wanted(&mut world, delivery, at) {
                        return Ok(None);
                    }
                    let (now, machine) = (self.state.clock.instant(), self.state.clock.machine());
                    let signed = signed_request(&world, delivery, now, machine);
                    Sending {
                        delivery: world.deliveries[delivery].id.clone(),
                        kind: SendKind::Scheduled,
                        signed,
                    }
                };
                if let Some(outcome) = send_logged(&self.state, request).await {
                    return Ok(Some(outcome));
                }
            }
            tracing::warn!("a webhook waits, because the process has no file for its connection");
            sleep(FILE_RETRY_WAIT).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(DueDelivery { at, delivery, .. }) = self.current
        {
            // As a failed attempt, so that it is retried later and not at once without end.
            let failed = Outcome::Failed("the sandbox panicked; its log has the reason".to_owned());
            let record = || record_attempt(&mut self.shared.lock_quietly(), delivery, at, failed);
            // A second panic would end the process.
            let _ = catch_unwind(AssertUnwindSafe(record));
        }
        let mut world = self.shared.lock_quietly();
        world.outbox.busy.remove(&self.endpoint);
        self.state.wake.for_work_at(next_work(&world, self.state.clock.instant()));
        drop(world);
        self.state.wake.worker_ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::caller::Caller;
    use crate::clock::Clock;
    use crate::model::settings::{Population, Settings};
    use crate::model::webhook::DeliveryState;
    use crate::store::writer::Store;
    use crate::testing::{PATIENCE, in_time, populate_with_endpoint};

    /// A state with one world, in which one delivery is due.
    fn state(store: Option<Store>) -> (Arc<State>, Arc<SharedWorld>) {
        let settings =
            Settings { population: Population { accounts: 1, transactions: 0 }, ..Settings::default() };
        let state = State::new(Clock::frozen(1_000), 0, settings);
        let state = Arc::new(match store {
            Some(store) => state.with_store(Arc::new(store)),
            None => state,
        });
        let world = add_world(&state, "sk_test_dispatcher");
        (state, world)
    }

    /// Another world, in which one delivery is due.
    fn add_world(state: &State, key: &str) -> Arc<SharedWorld> {
        let caller = Caller::from_key(key).expect("a key");
        {
            let visit = state.visit(&caller);
            let mut world = visit.lock();
            populate_with_endpoint(&mut world, state.clock.instant());
        }
        state.worlds.find(&caller).expect("it has something to keep")
    }

    #[tokio::test]
    async fn a_pass_is_at_work_whatever_the_number_of_worlds_with_workers() {
        let (state, _) = state(None);
        for key in ["sk_test_second", "sk_test_third"] {
            add_world(&state, key);
            state.worlds.all().worlds.iter().for_each(|world| world.lock().outbox.busy.clear());
            assert!(dispatch(&state).await.at_work);
        }
    }

    #[tokio::test]
    async fn a_delivery_that_falls_due_while_other_worlds_play_is_part_of_what_follows() {
        let (state, world) = state(None);
        let (began, due) = (Instant::from_unix(900), Instant::from_unix(950));
        {
            let mut world = world.lock();
            let (_, delivery) = world.outbox.due(0, Instant::END, 1)[0];
            let at = Instant::from_unix(999);
            crate::lifecycle::delivery::change_state(&mut world, delivery, at, DeliveryState::Due(due));
        }
        // The clock shows 1,000 s by now: the pass took that long.
        let dispatched = pass(&state, state.worlds.all().worlds, began).await;
        assert_eq!((dispatched.at_work, dispatched.next), (false, Some(due)));
    }

    #[tokio::test]
    async fn what_follows_a_pass_is_the_first_due_time_of_all_worlds() {
        let (state, first) = state(None);
        let second = add_world(&state, "sk_test_second");
        for due in [[2_000, 3_000], [3_000, 2_000]] {
            for (world, due) in [&first, &second].into_iter().zip(due) {
                let mut world = world.lock();
                let (at, delivery) = world.outbox.due(0, Instant::END, 1)[0];
                let later = DeliveryState::Due(Instant::from_unix(due));
                crate::lifecycle::delivery::change_state(&mut world, delivery, at, later);
            }
            let dispatched = dispatch(&state).await;
            assert_eq!(dispatched.next, Some(Instant::from_unix(2_000)));
        }
    }

    #[test]
    fn an_entry_of_the_outbox_for_a_delivery_in_another_state_is_skipped() {
        let (_, world) = state(None);
        let (sent, wanted, stale) = in_time(move || {
            let mut world = world.lock();
            let (due, delivery) = world.outbox.due(0, Instant::END, 1)[0];
            let stale = Instant::from_unix(1);
            world.outbox.insert(0, stale, delivery);
            world.outbox.insert(0, stale, delivery + 1);
            let batch = next_batch(&mut world, 0, Instant::END);
            let sent: Vec<_> = batch.iter().map(|sent| (sent.at, sent.delivery)).collect();
            (sent, (due, delivery), world.outbox.due(0, stale, 1).len())
        });
        assert_eq!((sent, stale), (vec![wanted], 0));
    }

    #[tokio::test]
    async fn delivering_ends_when_the_data_file_fails() {
        let store = Store::start(|_| Err(StoreFailure("the disk is full".to_owned()))).expect("a thread");
        let (state, world) = state(Some(store));
        timeout(PATIENCE, deliver(&state)).await.expect("it ends");
        assert!(world.lock().outbox.busy.is_empty());
        assert_eq!(world.lock().deliveries[0].attempts.len(), 0, "nothing is sent that a restart would undo");
    }

    /// The new worlds draw the same ids, so a receiver that knows an old event would skip a new one.
    #[tokio::test]
    async fn nothing_of_a_world_that_was_wiped_is_sent() {
        let (state, world) = state(None);
        let batch = next_batch(&mut world.lock(), 0, Instant::END);
        assert_eq!(batch.len(), 1);
        let due = batch[0];
        state.wipe().expect("it is empty");
        let worker =
            Worker { state: Arc::clone(&state), shared: Arc::clone(&world), endpoint: 0, current: None };
        assert_eq!(worker.send(due.at, due.delivery).await, Ok(None));
        timeout(PATIENCE, worker.work(batch)).await.expect("it ends");
        assert!(world.lock().deliveries[due.delivery].attempts.is_empty());
    }

    /// The machine's clock is read in one place, so a test can give another time.
    #[test]
    fn a_signature_carries_the_given_time_of_the_machine() {
        let (_, world) = state(None);
        let [now, machine] = [1_000, 2_000].map(Instant::from_unix);
        let signature = signed_request(&world.lock(), 0, now, machine).signature;
        assert!(signature.starts_with("t=2000,"), "{signature}");
    }

    #[tokio::test]
    async fn a_worker_that_panics_frees_its_endpoint_and_its_delivery_is_retried_later() {
        let (state, world) = state(None);
        let (at, delivery) = world.lock().outbox.due(0, Instant::END, 1)[0];
        world.lock().outbox.busy.insert(0);
        let current = Some(DueDelivery { at, delivery, copies: 1 });
        let worker = Worker { state: Arc::clone(&state), shared: Arc::clone(&world), endpoint: 0, current };
        let panicking = tokio::spawn(async move {
            let _worker = worker;
            panic!("as a rule might");
        });
        assert!(panicking.await.expect_err("a panic").is_panic());
        timeout(PATIENCE, deliver(&state)).await.expect("it ends");
        let world = world.lock();
        assert!(world.outbox.busy.is_empty());
        assert_eq!(world.deliveries[delivery].state, DeliveryState::Due(at.after(Duration::from_secs(3600))));
    }
}
