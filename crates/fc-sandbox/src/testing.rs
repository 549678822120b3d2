//! What unit tests share.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::clock::Instant;
use crate::lifecycle::endpoint::{self, NewEndpoint};
use crate::lifecycle::population::populate;
use crate::world::World;

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

/// Adds an endpoint for new accounts, and the population of the world. With one account, one delivery is due.
pub(crate) fn populate_with_endpoint(world: &mut World, now: Instant) {
    let new = NewEndpoint {
        // No connection to this address is allowed.
        url: "http://192.0.2.1/".to_owned(),
        enabled_events: vec!["financial_connections.account.created".to_owned()],
        api_version: None,
        thin: false,
        description: None,
        metadata: serde_json::Map::new(),
    };
    endpoint::create(world, new, now);
    populate(world, now);
}
