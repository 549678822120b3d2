//! The store: a queue of changes, and the thread that writes them.
//!
//! The thread writes everything that was put while it wrote the batch before, so many requests share one wait for the disk
//! (group commit).

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};

use crate::store::change::{Change, StoreFailure};

/// A queue of changes that a thread writes in order. Dropping it writes the rest of the queue.
#[derive(Debug)]
pub(crate) struct Store {
    /// The changes of each call of [`Store::put`]; none while the store is dropped.
    queue: Option<mpsc::UnboundedSender<Vec<Change>>>,
    /// The number of puts that are in the queue or about to be.
    puts: AtomicU64,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Progress {
    /// The number of puts that are on the disk.
    written: u64,
    failure: Option<StoreFailure>,
}

impl Store {
    /// Starts a thread that writes changes with `write`, which must write all of a batch or nothing. After a failure it is
    /// not called again.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    #[cfg(any(feature = "sqlite", test))]
    pub(crate) fn start(
        write: impl FnMut(&[Change]) -> Result<(), StoreFailure> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (queue, puts) = mpsc::unbounded_channel();
        let (sender, progress) = watch::channel(Progress::default());
        let thread = std::thread::Builder::new()
            .name("fc-sandbox data".to_owned())
            .spawn(move || write_all(puts, write, &sender))?;
        Ok(Self { queue: Some(queue), puts: AtomicU64::new(0), progress, thread: Some(thread) })
    }

    /// Appends changes, which are written together or not at all. Puts of one thread are written in their order.
    pub(crate) fn put(&self, changes: Vec<Change>) {
        let Some(queue) = &self.queue else { return };
        // Counted before it is sent: the count that `written` reads then covers every put that is ahead in the queue.
        self.puts.fetch_add(1, Ordering::SeqCst);
        // After a failure there is no receiver, and `written` returns the failure.
        let _ = queue.send(changes);
    }

    /// The number of puts so far.
    #[cfg(test)]
    pub(crate) fn puts(&self) -> u64 {
        self.puts.load(Ordering::SeqCst)
    }

    /// Waits until every put before this call is on the disk.
    ///
    /// Cancel safe: it only reads the progress.
    ///
    /// # Errors
    ///
    /// If a batch could not be written, this one or one before it.
    pub(crate) async fn written(&self) -> Result<(), StoreFailure> {
        let puts = self.puts.load(Ordering::SeqCst);
        let mut progress = self.progress.clone();
        match progress.wait_for(|now| now.failure.is_some() || now.written >= puts).await {
            Ok(now) => now.failure.clone().map_or(Ok(()), Err),
            Err(_) => Err(thread_ended()),
        }
    }

    /// Whether a batch could not be written, after which nothing is written any more.
    pub(crate) fn has_failed(&self) -> bool {
        self.progress.borrow().failure.is_some()
    }

    /// Waits for a failure, after which nothing is written any more.
    ///
    /// Cancel safe: it only reads the progress.
    pub(crate) async fn failed(&self) -> StoreFailure {
        let mut progress = self.progress.clone();
        match progress.wait_for(|now| now.failure.is_some()).await {
            Ok(now) => now.failure.clone().unwrap_or_else(thread_ended),
            Err(_) => thread_ended(),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // The thread ends when the queue has no sender and is empty.
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // The thread has printed its own panic, if there was one.
            let _ = thread.join();
        }
    }
}

fn thread_ended() -> StoreFailure {
    StoreFailure("the thread that writes the data file has ended".to_owned())
}

/// Writes until the queue is closed and empty, or a batch cannot be written.
#[cfg(any(feature = "sqlite", test))]
fn write_all(
    mut queue: mpsc::UnboundedReceiver<Vec<Change>>,
    mut write: impl FnMut(&[Change]) -> Result<(), StoreFailure>,
    progress: &watch::Sender<Progress>,
) {
    let mut puts = Vec::new();
    loop {
        let count = queue.blocking_recv_many(&mut puts, usize::MAX);
        if count == 0 {
            return;
        }
        let batch: Vec<Change> = puts.drain(..).flatten().collect();
        match write(&batch) {
            Ok(()) => progress.send_modify(|progress| progress.written += count as u64),
            Err(failure) => {
                tracing::error!("{failure}");
                progress.send_modify(|progress| progress.failure = Some(failure));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn change(seed: u64) -> Change {
        Change::Replaced { seed }
    }

    #[tokio::test]
    async fn an_empty_put_needs_no_wait() {
        let store = Store::start(|_| Ok(())).expect("a thread");
        store.put(Vec::new());
        assert_eq!(timeout(PATIENCE, store.written()).await, Ok(Ok(())));
    }

    #[tokio::test]
    async fn puts_during_a_write_share_the_next_one() {
        let (begun, began) = channel();
        let (release, released) = channel::<()>();
        let write = move |batch: &[Change]| {
            begun.send(batch.len()).expect("the test is waiting");
            released.recv_timeout(PATIENCE).map_err(|error| StoreFailure(error.to_string()))
        };
        let store = Store::start(write).expect("a thread");
        store.put(vec![change(0)]);
        assert_eq!(began.recv_timeout(PATIENCE), Ok(1));
        store.put(vec![change(1)]);
        store.put(vec![change(2), change(3)]);
        release.send(()).expect("the thread is waiting");
        assert_eq!(began.recv_timeout(PATIENCE), Ok(3));
        let early = timeout(Duration::ZERO, store.written()).await;
        assert!(early.is_err(), "the second batch is not written yet");
        release.send(()).expect("the thread is waiting");
        assert_eq!(timeout(PATIENCE, store.written()).await, Ok(Ok(())));
    }

    #[tokio::test]
    async fn after_a_failure_nothing_is_written() {
        let (sender, batches) = channel();
        let write = move |batch: &[Change]| {
            sender.send(batch.len()).expect("the test is waiting");
            Err(StoreFailure("the disk is full".to_owned()))
        };
        let store = Store::start(write).expect("a thread");
        let failure = StoreFailure("the disk is full".to_owned());
        store.put(vec![change(0)]);
        assert_eq!(timeout(PATIENCE, store.failed()).await, Ok(failure.clone()));
        store.put(vec![change(1)]);
        assert_eq!(timeout(PATIENCE, store.written()).await, Ok(Err(failure)));
        drop(store);
        assert_eq!(batches.iter().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn dropping_the_store_writes_the_queue() {
        let (sender, batches) = channel();
        let store = Store::start(move |batch: &[Change]| {
            sender.send(batch.len()).expect("the test is waiting");
            Ok(())
        });
        let store = store.expect("a thread");
        for seed in 0..100 {
            store.put(vec![change(seed)]);
        }
        drop(store);
        assert_eq!(batches.iter().sum::<usize>(), 100);
    }
}
