//! The data file: a SQLite database of records.
//!
//! The file uses write-ahead logging and full synchronisation, so a committed change survives a killed process and a power
//! failure. Until the sandbox ends, the newest changes are in the log only: the file `-wal` beside the data file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use serde_json::value::RawValue;

use crate::caller::Caller;
use crate::clock::ClockState;
use crate::store::change::{Change, StoreFailure};
use crate::store::record::{FORMAT, encode};
use crate::store::writer::Store;

/// `fcsb`: it tells a data file of the sandbox from other SQLite databases.
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

/// The name of the setting that says whether the newest changes are in the log only.
const IN_USE: &str = "in_use";

/// The smallest log with a change in it, in bytes: the header of the log, and a frame with a page of the smallest size.
const SMALLEST_LOG: u64 = 32 + 24 + 512;

/// An open data file.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    connection: Connection,
    /// The data file and its log on the disk; none until the first commit.
    identities: Option<[FileIdentity; 2]>,
}

/// Which file a path names. It changes when the file is deleted or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Ok(Self { device: metadata.dev(), inode: metadata.ino() })
        }
        #[cfg(not(unix))]
        {
            // The system does not delete a file that is open.
            let _ = metadata;
            Ok(Self { device: 0, inode: 0 })
        }
    }
}

/// The path of the write-ahead log.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Creates a missing file that only its owner can read, because it holds keys and secrets. SQLite gives the log the same
/// permissions. An error is left to SQLite, which reports it better.
fn create_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}

/// Lets only the owner read an existing file.
fn make_private(path: &Path) {
    #[cfg(unix)]
    if let Err(error) = std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)) {
        tracing::warn!(%error, "other users may be able to read {}", path.display());
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// The content of a data file when it was opened.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) seed: u64,
    /// How many times the file was opened before.
    pub(crate) starts: u64,
    /// None in a new file.
    pub(crate) clock: Option<ClockState>,
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
    /// Opens or creates the file, and locks it for the lifetime of this process. A new file gets `seed`. Nothing is written to
    /// an existing file before [`DataFile::into_store`].
    ///
    /// # Errors
    ///
    /// If the file cannot be opened or locked, or is not a data file of this format. The file is unchanged then.
    pub(crate) fn open(path: &Path, seed: u64) -> Result<(Self, Loaded), DataError> {
        let reason = |reason| DataError { path: path.to_owned(), reason };
        // SQLite takes these for something other than a file, and would keep nothing.
        let name = path.to_string_lossy();
        if name.is_empty() || name == ":memory:" || name.starts_with("file:") {
            return Err(reason(Reason::NoFile));
        }
        let log = std::fs::metadata(log_of(path)).map_or(0, |metadata| metadata.len());
        create_private(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| reason(Reason::Unopened(error)))?;
        let mut file = Self { path: path.to_owned(), connection, identities: None };
        // Closing a file that is refused must neither copy its log nor delete it.
        file.copy_log_on_close(false).map_err(|error| reason(Reason::from(error)))?;
        let loaded = file.prepare(seed, log).and_then(|()| file.load()).map_err(reason)?;
        Ok((file, loaded))
    }

    fn copy_log_on_close(&self, copies: bool) -> rusqlite::Result<()> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !copies).map(|_| ())
    }

    fn prepare(&mut self, seed: u64, log: u64) -> Result<(), Reason> {
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
        // In exclusive locking mode, this transaction takes the lock, and the connection keeps it. It is committed once the
        // content is known to be usable.
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        if objects == 0 {
            connection.execute_batch(SCHEMA)?;
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.pragma_update(None, "user_version", FORMAT)?;
            set(connection, "seed", seed.to_string())?;
        }
        if setting(connection, IN_USE)?.as_deref() == Some("1") && log < SMALLEST_LOG {
            return Err(Reason::LogLost);
        }
        let starts = setting(connection, "starts")?.unwrap_or_else(|| "0".to_owned());
        let starts = starts.parse::<u64>().ok().and_then(|starts| starts.checked_add(1));
        let starts = starts.ok_or_else(|| Reason::Damaged("starts".to_owned()))?;
        set(connection, "starts", starts.to_string())?;
        // An import can replace a world while a request changes it; this removes the records of such requests.
        connection.execute("DELETE FROM record WHERE world NOT IN (SELECT number FROM world)", [])?;
        Ok(())
    }

    /// Commits the start. From here on the newest changes are in the log, and the data file says so.
    fn begin(&mut self) -> Result<(), Reason> {
        self.copy_log_on_close(true)?;
        let connection = &mut self.connection;
        set(connection, IN_USE, "1".to_owned())?;
        connection.execute_batch("COMMIT")?;
        // Copies the commit into the data file. The log keeps its length, so a shorter one was cut.
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        let paths = [self.path.clone(), log_of(&self.path)];
        paths.iter().for_each(|path| make_private(path));
        let identity = |path: &PathBuf| FileIdentity::of(path).map_err(|_| Reason::Gone);
        self.identities = Some([identity(&paths[0])?, identity(&paths[1])?]);
        Ok(())
    }

    /// Whether the data file and its log are still the files that were opened.
    fn is_in_place(&self) -> bool {
        let paths = [self.path.clone(), log_of(&self.path)];
        self.identities.is_none_or(|identities| {
            paths.iter().zip(identities).all(|(path, identity)| FileIdentity::of(path).ok() == Some(identity))
        })
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

    /// The error for a file whose content cannot be used.
    pub(crate) fn damaged(&self, what: String) -> DataError {
        DataError { path: self.path.clone(), reason: Reason::Damaged(what) }
    }

    /// The store that writes to this file.
    pub(crate) fn into_store(mut self) -> Result<Store, DataError> {
        let path = self.path.clone();
        if let Err(reason) = self.begin() {
            return Err(DataError { path, reason });
        }
        let write = move |changes: &[Change]| {
            let shown = self.path.display();
            if !self.is_in_place() {
                return Err(StoreFailure(format!(
                    "the data file {shown} or its log was deleted or replaced"
                )));
            }
            self.write(changes).map_err(|error| {
                StoreFailure(format!("the data file {} refused a change: {error}", self.path.display()))
            })
        };
        Store::start(write).map_err(|error| DataError { path, reason: Reason::NoThread(error) })
    }
}

impl Drop for DataFile {
    /// Closing the connection copies the log into the data file and deletes the log.
    fn drop(&mut self) {
        if self.identities.is_some() && self.is_in_place() {
            let ended = set(&self.connection, IN_USE, "0".to_owned());
            if ended.is_err() {
                // For example on a full disk. The file stays in use, as after a crash, so its log must stay too.
                let _ = self.copy_log_on_close(false);
            }
        }
    }
}

impl DataFile {
    fn write(&mut self, changes: &[Change]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)")?;
            let mut delete =
                transaction.prepare("DELETE FROM record WHERE world = ? AND kind = ? AND number = ?")?;
            for change in changes {
                match change {
                    Change::Record { world, kind, number, record: Some(record) } => {
                        insert.execute(params![world, kind, number, record.get()])?;
                    }
                    Change::Record { world, kind, number, record: None } => {
                        delete.execute(params![world, kind, number])?;
                    }
                    Change::World { number, caller } => {
                        let [key, _] = caller.labels();
                        let sql = "INSERT INTO world VALUES (?, ?, ?)";
                        transaction.execute(sql, params![number, key, caller.account])?;
                    }
                    Change::Clock(hands) => {
                        set(&transaction, "clock", encode(hands).get().to_owned())?;
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

fn set(connection: &Connection, name: &str, value: String) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", params![name, value]).map(|_| ())
}

/// Why a data file cannot be used. The file is unchanged.
#[derive(Debug)]
pub struct DataError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    /// The name is none of a file.
    NoFile,
    Unopened(rusqlite::Error),
    /// The log with the newest changes is missing or cut short.
    LogLost,
    /// The file was deleted while it was opened.
    Gone,
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
            Reason::NoFile => f.write_str(
                "is no file: SQLite keeps nothing under such a name, so give the path of a file, such as ./bank.db",
            ),
            Reason::LogLost => write!(
                f,
                "lacks its newest changes: its write-ahead log {} is missing or truncated. Put the log back beside the file. If \
                 another program has copied the log into the file, set `{IN_USE}` in its table `setting` to 0",
                log_of(&self.path).display()
            ),
            Reason::Gone => f.write_str("was deleted while it was opened: start again"),
            Reason::Unopened(error) => {
                write!(f, "cannot be opened ({error}): create its folder, and let this user write there")
            }
            Reason::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    f.write_str("is in use: stop the other sandbox that has it open, or name another file")
                }
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    write!(f, "cannot be written ({error}): let this user write the file and its folder")
                }
                _ => write!(f, "cannot be used ({error}): fix that, or name another file"),
            },
            Reason::Foreign => f.write_str("is not a data file of fc-sandbox: name another file"),
            Reason::Format(format) => write!(
                f,
                "has format {format}, and this version reads format {FORMAT}: use the version that wrote it, or name another file"
            ),
            Reason::NoThread(error) => write!(f, "cannot be written: the system refused a thread ({error})"),
            Reason::Damaged(what) => write!(f, "is damaged ({what}): name another file"),
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            Reason::Unopened(error) | Reason::Sqlite(error) => Some(error),
            Reason::NoThread(error) => Some(error),
            Reason::NoFile
            | Reason::LogLost
            | Reason::Gone
            | Reason::Foreign
            | Reason::Format(_)
            | Reason::Damaged(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_store(test: &str) -> (PathBuf, Store) {
        let path = std::env::temp_dir().join(format!("fc-sandbox-{}-{test}.db", std::process::id()));
        let (file, _) = DataFile::open(&path, 1).expect("a new file");
        (path, file.into_store().expect("a thread"))
    }

    fn world(number: u32) -> Change {
        let caller = Caller::new("sk_test_store", None).expect("a key");
        Change::World { number, caller }
    }

    fn record(number: u64, text: Option<&str>) -> Change {
        let record = text.map(|text| encode(&text));
        Change::Record { world: 0, kind: "customer", number, record }
    }

    /// The worlds and records in the file after `puts`, and whether a put failed.
    async fn content_after(test: &str, puts: Vec<Vec<Change>>) -> (usize, Vec<(u64, String)>, bool) {
        let (path, store) = new_store(test);
        for changes in puts {
            store.put(changes);
        }
        let failed = store.written().await.is_err();
        drop(store);
        let (file, loaded) = DataFile::open(&path, 1).expect("it was closed");
        drop(file);
        std::fs::remove_file(&path).expect("the file exists");
        let records = loaded.worlds.iter().flat_map(|world| &world.records);
        let records = records.map(|(_, number, record)| (*number, record.get().to_owned())).collect();
        (loaded.worlds.len(), records, failed)
    }

    #[tokio::test]
    async fn the_last_of_two_changes_wins_and_a_record_can_be_removed() {
        let puts = vec![
            vec![world(0), record(0, Some("a")), record(1, Some("b"))],
            vec![record(0, Some("c")), record(1, None), record(2, Some("d"))],
        ];
        let content = content_after("order", puts).await;
        assert_eq!(content, (1, vec![(0, "\"c\"".to_owned()), (2, "\"d\"".to_owned())], false));
    }

    /// On a full disk the last write fails, but the log could still be copied.
    #[test]
    fn a_file_that_cannot_be_marked_as_ended_keeps_its_log_and_opens_again() {
        let path = std::env::temp_dir().join(format!("fc-sandbox-{}-unmarked.db", std::process::id()));
        let (mut file, _) = DataFile::open(&path, 1).expect("a new file");
        file.begin().expect("a start");
        file.write(&[world(0)]).expect("a change");
        file.connection.pragma_update(None, "query_only", "ON").expect("a pragma");
        drop(file);
        assert!(log_of(&path).exists(), "the log is needed");
        let (file, loaded) = DataFile::open(&path, 1).expect("the file opens again");
        drop(file);
        std::fs::remove_file(log_of(&path)).expect("the log exists");
        std::fs::remove_file(&path).expect("the file exists");
        assert_eq!(loaded.worlds.len(), 1);
    }

    #[tokio::test]
    async fn a_replaced_state_removes_all_worlds_and_records() {
        let replaced = vec![Change::Replaced { seed: 5 }, world(1)];
        let late = vec![record(3, Some("of the world that was replaced"))];
        let puts = vec![vec![world(0), record(0, Some("a"))], replaced, late];
        assert_eq!(content_after("replaced", puts).await, (1, vec![], false));
    }

    /// Two worlds with one number violate the primary key.
    #[tokio::test]
    async fn a_failed_batch_is_rolled_back_and_nothing_is_written_after_it() {
        let (path, store) = new_store("failure");
        store.put(vec![world(0)]);
        store.written().await.expect("a valid change");
        store.put(vec![record(0, Some("a")), world(0)]);
        let failure = store.written().await.expect_err("a duplicate world");
        assert!(failure.to_string().contains(&path.display().to_string()), "{failure}");
        assert_eq!(store.failed().await, failure);
        store.put(vec![record(1, Some("b"))]);
        assert_eq!(store.written().await, Err(failure));
        drop(store);
        let (_, loaded) = DataFile::open(&path, 1).expect("it was closed");
        std::fs::remove_file(&path).expect("the file exists");
        assert_eq!(loaded.worlds[0].records.len(), 0, "neither the valid half of the batch nor a later put");
    }
}
