//! An end for a test that would never end.

use std::io::{Write as _, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// The longest that a test lasts, also on a busy machine.
const LONGEST_TEST: Duration = Duration::from_secs(300);

/// Ends the process with a failure if it is not dropped in time, because a test that loops forever shows no error.
pub(crate) struct Watchdog {
    _dropped: Sender<()>,
}

impl Watchdog {
    pub(crate) fn start() -> Self {
        let (dropped, ended) = channel();
        // libtest names the thread after its test.
        let test = thread::current().name().unwrap_or("a test").to_owned();
        thread::spawn(move || {
            if ended.recv_timeout(LONGEST_TEST) == Err(RecvTimeoutError::Timeout) {
                // libtest would keep what a macro prints, and lose it with the process.
                let _ = writeln!(stderr(), "{test} did not end within {LONGEST_TEST:?}");
                std::process::exit(101);
            }
        });
        Self { _dropped: dropped }
    }
}
