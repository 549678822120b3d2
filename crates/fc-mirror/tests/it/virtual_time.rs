//! Virtual time: it passes only when no call to Stripe and no operation of the database is in progress.
//!
//! So the result of a run does not depend on the load of the machine. The engine, the bank and the test must run in one
//! runtime of one thread, because the driver gives every ready task its turn before it moves the time.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Spans of the mirror during which something outside of the runtime works.
const BUSY: [&str; 2] = ["call", "store"];

/// Turns of every ready task before the time moves. A chain of wakes is a few tasks long.
const TURNS: u32 = 100;

/// A second subscriber of the process. Beside a single one, the first thread to reach a span decides for all whether the span is
/// enabled, also a thread without a subscriber.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Busy::default()));

/// What is told how far the time moved.
type Follower = Box<dyn Fn(Duration) + Send + Sync>;

/// Virtual time. Clones share it.
#[derive(Clone)]
pub(crate) struct VirtualTime(Arc<Inner>);

struct Inner {
    start: Instant,
    state: Mutex<State>,
    busy: Busy,
    /// Calls whose server sleeps in this time.
    asleep: AtomicUsize,
    follower: Mutex<Option<Follower>>,
}

#[derive(Default)]
struct State {
    passed: Duration,
    sleeps: u64,
    /// By the end of the sleep.
    sleepers: BTreeMap<(Duration, u64), Waker>,
}

impl VirtualTime {
    /// Virtual time, counted by the spans of this thread until the guard is dropped.
    pub(crate) fn start() -> (Self, DefaultGuard) {
        LazyLock::force(&SECOND);
        let busy = Busy::default();
        let guard = tracing::subscriber::set_default(busy.clone());
        let inner = Inner {
            start: Instant::now(),
            state: Mutex::default(),
            busy,
            asleep: AtomicUsize::new(0),
            follower: Mutex::default(),
        };
        (Self(Arc::new(inner)), guard)
    }

    /// Moves another clock by what this one moves, such as the bank's.
    pub(crate) fn follow(&self, follower: impl Fn(Duration) + Send + Sync + 'static) {
        *self.0.follower.lock().unwrap() = Some(Box::new(follower));
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.start + self.passed()
    }

    pub(crate) fn passed(&self) -> Duration {
        self.state().passed
    }

    pub(crate) fn sleep(&self, duration: Duration) -> Sleep {
        Sleep { time: self.clone(), duration, key: None }
    }

    /// Sleeps in the server of a call, which is not busy meanwhile.
    pub(crate) async fn sleep_in_call(&self, duration: Duration) {
        let sleep = self.sleep(duration);
        self.0.asleep.fetch_add(1, Ordering::Relaxed);
        let _asleep = Asleep(&self.0.asleep);
        sleep.await;
    }

    pub(crate) async fn drive<T>(&self, future: impl Future<Output = T>) -> T {
        // In a box, because the future of a run is large.
        let future = Box::pin(future);
        tokio::select! {
            biased;
            output = future => output,
            never = self.pass() => match never {},
        }
    }

    async fn pass(&self) -> Infallible {
        loop {
            let mut turns = 0;
            while turns < TURNS {
                tokio::task::yield_now().await;
                turns += 1;
                if self.0.busy.open() > self.0.asleep.load(Ordering::Relaxed) {
                    // Real time, in which a server or a database answers.
                    tokio::time::sleep(Duration::from_micros(100)).await;
                    turns = 0;
                }
            }
            self.advance();
        }
    }

    /// Moves the time to the end of the next sleep.
    fn advance(&self) {
        let mut state = self.state();
        let Some(((end, _), waker)) = state.sleepers.pop_first() else { return };
        let moved = end.saturating_sub(state.passed);
        state.passed = state.passed.max(end);
        drop(state);
        if let Some(follower) = &*self.0.follower.lock().unwrap() {
            follower(moved);
        }
        waker.wake();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}

/// Sleep in virtual time.
pub(crate) struct Sleep {
    time: VirtualTime,
    duration: Duration,
    key: Option<(Duration, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let time = self.time.clone();
        let mut state = time.state();
        state.sleeps += 1;
        let end = state.passed + self.duration;
        let key = self.key.unwrap_or((end, state.sleeps));
        self.key = Some(key);
        if state.passed >= key.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.time.state().sleepers.remove(key);
        }
    }
}

struct Asleep<'a>(&'a AtomicUsize);

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts the open spans that are [`BUSY`].
#[derive(Clone, Default)]
struct Busy(Arc<Mutex<Spans>>);

#[derive(Default)]
struct Spans {
    last: u64,
    /// References to each open span.
    open: HashMap<u64, usize>,
}

impl Busy {
    fn open(&self) -> usize {
        self.0.lock().unwrap().open.len()
    }
}

impl Subscriber for Busy {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("fc_mirror") && BUSY.contains(&metadata.name())
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        spans.last += 1;
        let id = spans.last;
        spans.open.insert(id, 1);
        Id::from_u64(id)
    }

    fn clone_span(&self, id: &Id) -> Id {
        if let Some(references) = self.0.lock().unwrap().open.get_mut(&id.into_u64()) {
            *references += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut spans = self.0.lock().unwrap();
        let Some(references) = spans.open.get_mut(&id.into_u64()) else { return true };
        *references -= 1;
        let is_closed = *references == 0;
        if is_closed {
            spans.open.remove(&id.into_u64());
        }
        is_closed
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
