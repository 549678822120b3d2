//! Threads that run jobs on a connection, one transaction for all jobs that wait.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::Connection;

use super::error::convert;
use crate::error::{Error, ErrorKind};

/// Jobs that one commit covers at most.
const JOBS_PER_COMMIT: usize = 64;

/// Work on the connection. It gets the error instead if no transaction could be opened.
pub(super) type Job = Box<dyn FnOnce(Result<&mut Connection, Error>) -> Reply + Send>;

/// Answer to the caller, once it is known whether the transaction was committed.
pub(super) type Reply = Box<dyn FnOnce(Result<(), Error>)>;

/// Queue of a thread. The thread ends when every clone is dropped.
#[derive(Clone)]
pub(super) struct Worker(Sender<Job>);

impl Worker {
    /// Starts a thread whose transactions begin with `begin`.
    pub(super) fn start(name: &str, mut connection: Connection, begin: &'static str) -> Result<Self, Error> {
        let (sender, jobs) = channel();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&mut connection, begin, &jobs))
            .map_err(|error| {
                Error::new(ErrorKind::Unavailable, "no thread could be started for the database")
                    .with_source(error)
            })?;
        Ok(Self(sender))
    }

    pub(super) fn send(&self, job: Job) -> Result<(), Error> {
        self.0.send(job).map_err(|_| stopped())
    }
}

/// Error for a thread that ended before it answered.
pub(super) fn stopped() -> Error {
    Error::new(ErrorKind::Database, "the thread of the database has ended")
}

fn run(connection: &mut Connection, begin: &'static str, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        if let Err(error) = connection.execute_batch(begin) {
            first(Err(convert(error, "no transaction could be opened")))(Ok(()));
            continue;
        }
        let mut replies = vec![first(Ok(&mut *connection))];
        // Some failures, such as a full disk, end the whole transaction.
        while replies.len() < JOBS_PER_COMMIT
            && !connection.is_autocommit()
            && let Ok(next) = jobs.try_recv()
        {
            replies.push(next(Ok(&mut *connection)));
        }
        let committed = if connection.is_autocommit() {
            let message = "the failure of another operation ended the transaction; try again";
            Err(Error::new(ErrorKind::Unavailable, message))
        } else {
            connection.execute_batch("COMMIT").map_err(|error| convert(error, "the commit failed"))
        };
        if committed.is_err() && !connection.is_autocommit() {
            // A failed commit may leave the transaction open. Nothing of it counts.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for reply in replies {
            reply(committed.clone());
        }
    }
}
