//! What unit tests share.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The longest that a unit test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `work` on a thread of its own, so that a loop without end fails the test.
pub(crate) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, result) = channel();
    let worker = thread::spawn(move || drop(sender.send(work())));
    match result.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("not done within {PATIENCE:?}"),
        Err(RecvTimeoutError::Disconnected) => resume_unwind(worker.join().expect_err("the work panicked")),
    }
}
