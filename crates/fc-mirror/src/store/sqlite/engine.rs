//! Operations on the threads of a SQLite file.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::{SqliteTx, open_reader, open_writer};
use super::error::convert;
use super::migrate::migrate;
use super::worker::{Reply, Worker, stopped};
use crate::error::{Error, ErrorKind};
use crate::store::tx::Operation;

/// SQLite file with one writer and one reader.
#[derive(Clone)]
pub(crate) struct SqliteEngine {
    writer: Worker,
    reader: Worker,
}

impl SqliteEngine {
    /// Opens the file, creates it if it is not there, and brings its schema up to date.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let mut writer = open_writer(path)?;
        migrate(&mut writer)?;
        let reader = open_reader(path)?;
        Ok(Self {
            // IMMEDIATE, because a transaction that reads before it writes fails when another process wrote in between.
            writer: Worker::start("fc-mirror writer", writer, "BEGIN IMMEDIATE")?,
            reader: Worker::start("fc-mirror reader", reader, "BEGIN")?,
        })
    }

    /// Runs an operation and commits it.
    pub(crate) async fn write<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        transact(&self.writer, operation).await
    }

    /// Runs an operation that only reads, beside the writer.
    pub(crate) async fn read<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        transact(&self.reader, operation).await
    }
}

async fn transact<O: Operation>(worker: &Worker, operation: O) -> Result<O::Output, Error> {
    let (sender, answer) = oneshot::channel();
    worker.send(Box::new(move |connection| -> Reply {
        let outcome = connection.and_then(|connection| in_savepoint(connection, &operation));
        // A caller that has gone needs no answer.
        Box::new(move |committed| {
            drop(sender.send(outcome.and_then(|output| committed.map(|()| output))));
        })
    }))?;
    answer.await.unwrap_or_else(|_| Err(stopped()))
}

/// Runs the operation so that its failure leaves the others of the transaction alone.
fn in_savepoint<O: Operation>(connection: &mut Connection, operation: &O) -> Result<O::Output, Error> {
    let failed = |error| convert(error, "a savepoint failed");
    connection.execute_batch("SAVEPOINT operation").map_err(failed)?;
    let outcome = now(operation.run(&mut SqliteTx(&mut *connection)));
    if outcome.is_err() && connection.is_autocommit() {
        // A failure such as a full disk ended the transaction, and the savepoint with it.
        return outcome;
    }
    let end = if outcome.is_ok() { "RELEASE operation" } else { "ROLLBACK TO operation; RELEASE operation" };
    connection.execute_batch(end).map_err(failed)?;
    outcome
}

/// Output of a future that never waits, as those of [`SqliteTx`].
fn now<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => {
            Err(Error::new(ErrorKind::Database, "an operation waited for something else than SQLite"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{EventRow, ReceiveEvent, Received};

    /// Lets the file grow to this number of pages, as a disk does.
    async fn set_room(engine: &SqliteEngine, pages: Option<i64>) {
        let (sender, done) = oneshot::channel();
        let job = move |connection: Result<&mut Connection, Error>| -> Reply {
            let connection = connection.unwrap();
            let used: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
            let pages = pages.map_or(1_000_000, |more| used + more);
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
            Box::new(move |_| sender.send(()).unwrap())
        };
        engine.writer.send(Box::new(job)).unwrap();
        done.await.unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_refuses_an_event_and_accepts_it_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let engine = SqliteEngine::open(&folder.path().join("bank.db")).unwrap();
        let event = |id: &str, raw: String| ReceiveEvent {
            shard: 0,
            tenant: "self/test".to_owned(),
            event: EventRow {
                id: id.to_owned(),
                kind: "financial_connections.account.created".to_owned(),
                account: Some("fca_1".to_owned()),
                created: None,
                api_version: None,
                source: "webhook",
                digest: String::new(),
                raw,
            },
            raises: true,
            now_ms: 0,
        };
        set_room(&engine, Some(2)).await;
        let large = event("evt_1", "x".repeat(100_000));
        let error = engine.write(large.clone()).await.unwrap_err();
        assert_eq!((error.kind(), error.webhook_status()), (ErrorKind::Full, 503), "{error}");
        assert!(error.is_retryable() && error.to_string().contains("free space"), "{error}");
        // What has room is stored meanwhile.
        let small = event("evt_2", "{}".to_owned());
        assert_eq!(engine.write(small).await.unwrap(), Received::New);
        set_room(&engine, None).await;
        assert_eq!(engine.write(large.clone()).await.unwrap(), Received::New, "nothing of it was stored");
        assert_eq!(engine.write(large).await.unwrap(), Received::Duplicate);
    }
}
