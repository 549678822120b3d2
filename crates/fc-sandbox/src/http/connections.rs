//! Open connections: their number is bounded, and a connection that waits for its client makes room for a new one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::lock::lock;

/// The largest number of connections, however many files the process may have.
const MOST: usize = 1000;
/// The smallest limit. A client with a pool needs as much.
const LEAST: usize = 16;
/// The assumed limit of files where the system does not say it.
const USUAL_FILES: usize = 256;

/// The open connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    open: Mutex<Open>,
    limit: usize,
    /// A connection ended, or became one that can be closed.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next_number: u64,
    by_number: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    /// Since when the server waits for the client: for a request, or for the rest of one. None while a request is answered.
    waiting_since: Option<Instant>,
    close: Arc<Notify>,
}

/// An open connection. Dropping it makes room for another one.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: Arc<Connections>,
    number: u64,
    close: Arc<Notify>,
}

impl Connections {
    /// Room for half as many connections as the process may have files. The other half is for webhooks and the data file.
    pub(crate) fn new() -> Arc<Self> {
        Self::with_limit((file_limit().unwrap_or(USUAL_FILES) / 2).clamp(LEAST, MOST))
    }

    fn with_limit(limit: usize) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), limit, changed: Notify::new() })
    }

    /// Admits a connection. At the limit, the connection whose client was silent for the longest time is closed first.
    pub(crate) async fn admit(self: &Arc<Self>) -> Admission {
        loop {
            {
                let mut open = lock(&self.open);
                if open.by_number.len() < self.limit {
                    let (number, close) = (open.next_number, Arc::new(Notify::new()));
                    open.next_number += 1;
                    let connection =
                        Connection { waiting_since: Some(Instant::now()), close: Arc::clone(&close) };
                    open.by_number.insert(number, connection);
                    return Admission { connections: Arc::clone(self), number, close };
                }
            }
            self.close_longest_waiting();
            self.changed.notified().await;
        }
    }

    /// Closes the connection whose client was silent for the longest time.
    pub(crate) fn close_longest_waiting(&self) {
        let open = lock(&self.open);
        let waiting = open.by_number.values().filter_map(|one| Some((one.waiting_since?, &one.close)));
        if let Some((_, close)) = waiting.min_by_key(|(since, _)| *since) {
            close.notify_one();
        }
    }
}

impl Admission {
    /// The server waits for the client from now on.
    pub(crate) fn waits(&self) {
        self.set(Some(Instant::now()));
        self.connections.changed.notify_one();
    }

    /// A whole request has arrived, so it must be answered.
    pub(crate) fn works(&self) {
        self.set(None);
    }

    /// Waits until the connection has to make room. A request that arrived in the meantime gets its response first.
    pub(crate) async fn closed(&self) {
        loop {
            self.close.notified().await;
            let open = lock(&self.connections.open);
            if open.by_number.get(&self.number).is_none_or(|one| one.waiting_since.is_some()) {
                return;
            }
        }
    }

    fn set(&self, waiting_since: Option<Instant>) {
        if let Some(connection) = lock(&self.connections.open).by_number.get_mut(&self.number) {
            connection.waiting_since = waiting_since;
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        lock(&self.connections.open).by_number.remove(&self.number);
        self.connections.changed.notify_one();
    }
}

/// The number of files that this process may have open, where the system says it in a file.
fn file_limit() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_limit_the_connection_that_waits_longest_makes_room() {
        let connections = Connections::with_limit(2);
        let first = connections.admit().await;
        tokio::time::advance(Duration::from_millis(1)).await;
        let second = connections.admit().await;
        // A request and its response: the first connection now waits for a shorter time than the second.
        first.works();
        tokio::time::advance(Duration::from_millis(1)).await;
        first.waits();
        let mut third = pin!(connections.admit());
        assert!(poll(third.as_mut()).is_pending(), "the limit holds until the other one is closed");
        assert!(poll(pin!(second.closed())).is_ready());
        assert!(poll(pin!(first.closed())).is_pending());
        drop(second);
        assert!(poll(third.as_mut()).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_with_a_request_is_never_closed_for_another_one() {
        let connections = Connections::with_limit(1);
        let only = connections.admit().await;
        only.works();
        let mut next = pin!(connections.admit());
        assert!(poll(next.as_mut()).is_pending());
        assert!(poll(pin!(only.closed())).is_pending());
        only.waits();
        assert!(poll(next.as_mut()).is_pending());
        assert!(poll(pin!(only.closed())).is_ready(), "it is closed after its response");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_waits_makes_room_before_an_older_one_that_has_a_request() {
        let connections = Connections::with_limit(2);
        let older = connections.admit().await;
        older.works();
        let waiting = connections.admit().await;
        let mut next = pin!(connections.admit());
        assert!(poll(next.as_mut()).is_pending());
        assert!(poll(pin!(waiting.closed())).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_arrives_while_its_connection_makes_room_gets_its_response() {
        let connections = Connections::with_limit(1);
        let only = connections.admit().await;
        let mut next = pin!(connections.admit());
        assert!(poll(next.as_mut()).is_pending());
        only.works();
        assert!(poll(pin!(only.closed())).is_pending());
    }
}
