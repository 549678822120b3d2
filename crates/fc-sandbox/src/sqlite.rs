//! The data file: a SQLite database of records, written by a thread of its own.
//!
//! A transaction of the file holds everything that was put while the one before was written, so that many requests share
//! one wait for the disk. The file is in write-ahead mode and synchronous: what is committed survives the process and the
//! power.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::auth::Caller;
use crate::clock::Hands;
use crate::snapshot::FORMAT;
use crate::state::lock;
use crate::store::{Change, Store, StoreFailure};

/// `fcsb`, which tells the file from other SQLite databases.
const APPLICATION_ID: i32 = 0x6663_7362;

const SCHEMA: &str = "
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE world (number INTEGER PRIMARY KEY, api_key TEXT NOT NULL, account TEXT) STRICT;
    CREATE TABLE record (
        world INTEGER NOT NULL,
        kind TEXT NOT NULL,
        number INTEGER NOT NULL,
        json TEXT NOT NULL,
        PRIMARY KEY (world, kind, number)
    ) STRICT, WITHOUT ROWID;
";

/// An open data file.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    connection: Connection,
}

/// What a data file held.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) seed: u64,
    /// How often the file was opened before.
    pub(crate) starts: u64,
    /// None in a new file.
    pub(crate) clock: Option<Hands>,
    pub(crate) worlds: Vec<LoadedWorld>,
}

/// A world of a data file.
#[derive(Debug)]
pub(crate) struct LoadedWorld {
    pub(crate) number: u32,
    pub(crate) caller: Caller,
    /// Each with its kind and number, in ascending order.
    pub(crate) records: Vec<(String, u64, Box<RawValue>)>,
}

impl DataFile {
    /// Opens or makes the file, and keeps others from opening it as long as this process lives. A new one gets `seed`.
    pub(crate) fn open(path: &Path, seed: u64) -> Result<(Self, Loaded), DataError> {
        let reason = |reason| DataError { path: path.to_owned(), reason };
        let connection = Connection::open(path).map_err(|error| reason(Reason::Unopened(error)))?;
        let mut file = Self { path: path.to_owned(), connection };
        let loaded = file.prepare(seed).and_then(|()| file.load()).map_err(reason)?;
        Ok((file, loaded))
    }

    fn prepare(&mut self, seed: u64) -> Result<(), Reason> {
        let connection = &mut self.connection;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let format: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let objects: u32 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if objects > 0 && application != APPLICATION_ID {
            return Err(Reason::Foreign);
        }
        if objects > 0 && format != FORMAT {
            return Err(Reason::Format(format));
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Exclusive, and so the lock of this process from here on.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        if objects == 0 {
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
            set(&transaction, "seed", seed.to_string())?;
        }
        let starts: u64 = setting(&transaction, "starts")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        set(&transaction, "starts", (starts + 1).to_string())?;
        // Left behind by worlds that an import replaced while somebody was changing them.
        transaction.execute("DELETE FROM record WHERE world NOT IN (SELECT number FROM world)", [])?;
        Ok(transaction.commit()?)
    }

    fn load(&self) -> Result<Loaded, Reason> {
        let damaged = |what: &str| Reason::Damaged(what.to_owned());
        let number = |name: &'static str| {
            let text = setting(&self.connection, name)?.unwrap_or_default();
            text.parse::<u64>().map_err(|_| damaged(name))
        };
        let (seed, starts) = (number("seed")?, number("starts")?);
        let clock = match setting(&self.connection, "clock")? {
            None => None,
            Some(json) => Some(serde_json::from_str(&json).map_err(|_| damaged("clock"))?),
        };
        let mut worlds = Vec::new();
        let mut records = self
            .connection
            .prepare("SELECT kind, number, json FROM record WHERE world = ? ORDER BY kind, number")?;
        let mut rows =
            self.connection.prepare("SELECT number, api_key, account FROM world ORDER BY number")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let caller = Caller::new(&row.get::<_, String>(1)?, row.get(2)?)
                .ok_or_else(|| damaged(&format!("the key of world {number}")))?;
            let records = records.query_map([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let records = records.map(|record| {
                let (kind, number, json): (String, u64, String) = record?;
                let record = RawValue::from_string(json).map_err(|_| damaged(&format!("{kind} {number}")))?;
                Ok((kind, number, record))
            });
            worlds.push(LoadedWorld { number, caller, records: records.collect::<Result<_, Reason>>()? });
        }
        Ok(Loaded { seed, starts: starts.saturating_sub(1), clock, worlds })
    }

    /// What the file holds cannot be used, and why.
    pub(crate) fn damaged(&self, what: String) -> DataError {
        DataError { path: self.path.clone(), reason: Reason::Damaged(what) }
    }

    /// From here on the file takes changes.
    pub(crate) fn into_store(self) -> Result<SqliteStore, DataError> {
        let (sender, progress) = watch::channel(Progress::default());
        let queue = Arc::new(Queue { waiting: Mutex::default(), arrived: Condvar::new() });
        let source = Arc::clone(&queue);
        let path = self.path.clone();
        let writer = std::thread::Builder::new()
            .name("fc-sandbox data".to_owned())
            .spawn(move || write_all(self, &source, &sender))
            .map_err(|error| DataError { path, reason: Reason::NoThread(error) })?;
        Ok(SqliteStore { queue, progress, writer: Some(writer) })
    }
}

/// The store on a data file. Dropping it writes what is left.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    queue: Arc<Queue>,
    progress: watch::Receiver<Progress>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    changes: Vec<Change>,
    /// How many puts there have been.
    puts: u64,
    closed: bool,
}

#[derive(Debug, Default)]
struct Progress {
    /// How many puts are on the disk.
    written: u64,
    failure: Option<StoreFailure>,
}

impl Store for SqliteStore {
    fn put(&self, changes: Vec<Change>) {
        let mut waiting = lock(&self.queue.waiting);
        waiting.puts += 1;
        if self.progress.borrow().failure.is_none() {
            waiting.changes.extend(changes);
        }
        self.queue.arrived.notify_one();
    }

    fn written(&self) -> Pin<Box<dyn Future<Output = Result<(), StoreFailure>> + Send + '_>> {
        let puts = lock(&self.queue.waiting).puts;
        let mut progress = self.progress.clone();
        Box::pin(async move {
            let reached = progress.wait_for(|at| at.failure.is_some() || at.written >= puts).await;
            match reached.map(|at| at.failure.clone()) {
                Ok(None) => Ok(()),
                Ok(Some(failure)) => Err(failure),
                Err(_) => Err(stopped()),
            }
        })
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = StoreFailure> + Send + '_>> {
        let mut progress = self.progress.clone();
        Box::pin(async move {
            match progress.wait_for(|at| at.failure.is_some()).await {
                Ok(at) => at.failure.clone().unwrap_or_else(stopped),
                Err(_) => stopped(),
            }
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        lock(&self.queue.waiting).closed = true;
        self.queue.arrived.notify_one();
        if let Some(writer) = self.writer.take() {
            // A panic there has already spoken.
            let _ = writer.join();
        }
    }
}

fn stopped() -> StoreFailure {
    StoreFailure("the thread that writes the data file has ended".to_owned())
}

/// Writes until the queue is closed and empty, or something cannot be written.
fn write_all(mut file: DataFile, queue: &Queue, progress: &watch::Sender<Progress>) {
    loop {
        let (changes, puts) = {
            let waiting = lock(&queue.waiting);
            let idle = |waiting: &mut Waiting| waiting.changes.is_empty() && !waiting.closed;
            let mut waiting = queue.arrived.wait_while(waiting, idle).unwrap_or_else(PoisonError::into_inner);
            (std::mem::take(&mut waiting.changes), waiting.puts)
        };
        if changes.is_empty() {
            return;
        }
        match file.write(&changes) {
            Ok(()) => progress.send_modify(|progress| progress.written = puts),
            Err(error) => {
                let failure =
                    StoreFailure(format!("the data file {} refused a change: {error}", file.path.display()));
                tracing::error!("{failure}");
                progress.send_modify(|progress| progress.failure = Some(failure));
                return;
            }
        }
    }
}

impl DataFile {
    fn write(&mut self, changes: &[Change]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut keep = transaction.prepare("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)")?;
            let mut forget =
                transaction.prepare("DELETE FROM record WHERE world = ? AND kind = ? AND number = ?")?;
            for change in changes {
                match change {
                    Change::Record { world, kind, number, record: Some(record) } => {
                        keep.execute(params![world, kind, number, record.get()])?;
                    }
                    Change::Record { world, kind, number, record: None } => {
                        forget.execute(params![world, kind, number])?;
                    }
                    Change::World { number, caller } => {
                        let [key, _] = caller.labels();
                        let insert = "INSERT INTO world VALUES (?, ?, ?)";
                        transaction.execute(insert, params![number, key, caller.account])?;
                    }
                    Change::Clock(hands) => {
                        set(&transaction, "clock", crate::record::encode(hands).get().to_owned())?;
                    }
                    Change::Replaced { seed } => {
                        transaction.execute_batch("DELETE FROM record; DELETE FROM world;")?;
                        set(&transaction, "seed", seed.to_string())?;
                    }
                }
            }
        }
        transaction.commit()
    }
}

fn setting(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM setting WHERE name = ?", [name], |row| row.get(0)).optional()
}

fn set(transaction: &Transaction<'_>, name: &str, value: String) -> rusqlite::Result<()> {
    transaction.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", params![name, value]).map(|_| ())
}

/// Why a data file cannot be used. It is left as it was.
#[derive(Debug)]
pub struct DataError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Unopened(rusqlite::Error),
    Sqlite(rusqlite::Error),
    Foreign,
    Format(u32),
    Damaged(String),
    NoThread(std::io::Error),
}

impl From<rusqlite::Error> for Reason {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            _ => Self::Sqlite(error),
        }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the data file {} ", self.path.display())?;
        match &self.reason {
            Reason::Unopened(error) => {
                write!(f, "cannot be opened ({error}): its folder must be there, and open to this user")
            }
            Reason::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    f.write_str("is in use: end the other sandbox that has it, or name another file")
                }
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    write!(
                        f,
                        "cannot be written ({error}): the file and its folder must be open to this user"
                    )
                }
                _ => write!(f, "cannot be used ({error}): mend that, or name another file"),
            },
            Reason::Foreign => f.write_str("is not one of fc-sandbox's: name another file"),
            Reason::Format(format) => write!(
                f,
                "has format {format}, and this version reads format {FORMAT}: use the version that wrote it, or name another file"
            ),
            Reason::NoThread(error) => write!(f, "has no thread to write it ({error})"),
            Reason::Damaged(what) => write!(f, "is damaged ({what}): name another file"),
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            Reason::Unopened(error) | Reason::Sqlite(error) => Some(error),
            Reason::NoThread(error) => Some(error),
            Reason::Foreign | Reason::Format(_) | Reason::Damaged(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_store(test: &str) -> (PathBuf, SqliteStore) {
        let path = std::env::temp_dir().join(format!("fc-sandbox-{}-{test}.db", std::process::id()));
        let (file, _) = DataFile::open(&path, 1).expect("a new file");
        (path, file.into_store().expect("a thread"))
    }

    fn world(number: u32) -> Change {
        let caller = Caller::new("sk_test_store", None).expect("a key");
        Change::World { number, caller }
    }

    fn record(number: u64, text: Option<&str>) -> Change {
        let record = text.map(|text| crate::record::encode(&text));
        Change::Record { world: 0, kind: "customer", number, record }
    }

    /// What is left of the worlds and the records after `puts`.
    async fn left_after(test: &str, puts: Vec<Vec<Change>>) -> (usize, Vec<(u64, String)>, bool) {
        let (path, store) = new_store(test);
        for changes in puts {
            store.put(changes);
        }
        let failed = store.written().await.is_err();
        drop(store);
        let (file, loaded) = DataFile::open(&path, 1).expect("it was closed");
        drop(file);
        std::fs::remove_file(&path).expect("it is ours");
        let records = loaded.worlds.iter().flat_map(|world| &world.records);
        let records = records.map(|(_, number, record)| (*number, record.get().to_owned())).collect();
        (loaded.worlds.len(), records, failed)
    }

    #[tokio::test]
    async fn the_last_of_two_changes_counts_and_a_record_can_go() {
        let puts = vec![
            vec![world(0), record(0, Some("a")), record(1, Some("b"))],
            vec![record(0, Some("c")), record(1, None), record(2, Some("d"))],
        ];
        let left = left_after("order", puts).await;
        assert_eq!(left, (1, vec![(0, "\"c\"".to_owned()), (2, "\"d\"".to_owned())], false));
    }

    #[tokio::test]
    async fn a_replaced_state_leaves_nothing_behind() {
        let replaced = vec![Change::Replaced { seed: 5 }, world(1)];
        let late = vec![record(3, Some("of the world that was replaced"))];
        let puts = vec![vec![world(0), record(0, Some("a"))], replaced, late];
        assert_eq!(left_after("replaced", puts).await, (1, vec![], false));
    }

    /// Two worlds of one number cannot be written.
    #[tokio::test]
    async fn what_cannot_be_written_fails_as_a_whole_and_for_good() {
        let (path, store) = new_store("failure");
        store.put(vec![world(0)]);
        store.written().await.expect("this can be written");
        store.put(vec![record(0, Some("a")), world(0)]);
        let failure = store.written().await.expect_err("this cannot");
        assert!(failure.to_string().contains(&path.display().to_string()), "{failure}");
        assert_eq!(store.failed().await, failure);
        store.put(vec![record(1, Some("b"))]);
        assert_eq!(store.written().await, Err(failure));
        drop(store);
        let (_, loaded) = DataFile::open(&path, 1).expect("it was closed");
        std::fs::remove_file(&path).expect("it is ours");
        assert_eq!(loaded.worlds[0].records.len(), 0, "neither the half that could nor what came after");
    }
}
