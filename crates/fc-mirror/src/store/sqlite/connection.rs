//! Connections to the file, and transactions on them.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::error::convert;
use crate::error::{Error, ErrorKind};
use crate::store::statement::Statement;
use crate::store::tx::Tx;
use crate::store::value::{Cell, Row, Value};

/// How long a connection waits for the write lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Wait before the file is opened again, while another process opens it too.
const OPEN_AGAIN: Duration = Duration::from_millis(10);

/// "fcmr", in the header of the file: `PRAGMA application_id`.
const APPLICATION_ID: i64 = 0x6663_6d72;

/// Pages that one connection caches, in KiB (negative, as SQLite reads it).
const CACHE: i64 = -8_000;

/// Prepared statements that one connection caches: more than there are, because preparing one again costs more than a row.
const STATEMENTS: usize = 128;

/// Opens the file for writing. A new one is readable by its owner alone.
pub(super) fn open_writer(path: &Path) -> Result<Connection, Error> {
    let failed = |error| convert(error, &format!("the database {} cannot be opened", path.display()));
    create_private(path)?;
    let connection = Connection::open_with_flags(path, flags()).map_err(failed)?;
    let setup = |connection: &Connection| -> rusqlite::Result<Option<i64>> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let objects: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if objects > 0 && application != APPLICATION_ID {
            return Ok(Some(application));
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A webhook is answered after the commit, so the commit must survive a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // What is erased is overwritten in the file.
        connection.pragma_update(None, "secure_delete", true)?;
        if objects == 0 {
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        Ok(None)
    };
    // SQLite does not wait for others when it switches a file to WAL, so two processes with a new file would fail.
    let deadline = Instant::now() + BUSY_TIMEOUT;
    let application = loop {
        match setup(&connection) {
            Err(error) if is_busy(&error) && Instant::now() < deadline => std::thread::sleep(OPEN_AGAIN),
            application => break application.map_err(failed)?,
        }
    };
    match application {
        None => Ok(connection),
        Some(_) => Err(Error::new(
            ErrorKind::Schema,
            format!("the database {} belongs to another program: name another file", path.display()),
        )),
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// Opens the file for reading.
pub(super) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags())?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    open().map_err(|error| convert(error, &format!("the database {} cannot be opened", path.display())))
}

fn flags() -> OpenFlags {
    // The file was created before. Without the flag for URIs, a path with `?` or `%` is just a path.
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn create_private(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            let message = format!(
                "the database {} cannot be created: its folder must exist and be writable",
                path.display()
            );
            Err(Error::new(ErrorKind::ReadOnly, message).with_source(error))
        }
    }
}

/// Transaction on a connection that has one open. Every future of it is ready at once.
pub(super) struct SqliteTx<'c>(pub(super) &'c mut Connection);

impl Tx for SqliteTx<'_> {
    async fn execute(
        &mut self,
        statement: &'static Statement,
        parameters: Vec<Value<'_>>,
    ) -> Result<u64, Error> {
        let mut prepared =
            self.0.prepare_cached(statement.sqlite).map_err(|error| failed(statement, error))?;
        let changed =
            prepared.execute(params_from_iter(parameters)).map_err(|error| failed(statement, error))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    async fn execute_batch(
        &mut self,
        statement: &'static Statement,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<(), Error> {
        let mut prepared =
            self.0.prepare_cached(statement.sqlite).map_err(|error| failed(statement, error))?;
        for row in rows {
            prepared.execute(params_from_iter(row)).map_err(|error| failed(statement, error))?;
        }
        Ok(())
    }

    async fn query(
        &mut self,
        statement: &'static Statement,
        parameters: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, Error> {
        query(self.0, statement, parameters).map_err(|error| failed(statement, error))
    }
}

fn query(
    connection: &Connection,
    statement: &'static Statement,
    parameters: Vec<Value<'_>>,
) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(statement.sqlite)?;
    let width = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(parameters))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = (0..width).map(|column| row.get_ref(column).map(cell));
        found.push(Row::new(statement.name, cells.collect::<rusqlite::Result<_>>()?));
    }
    Ok(found)
}

fn failed(statement: &Statement, error: rusqlite::Error) -> Error {
    convert(error, &format!("statement `{}` failed", statement.name))
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Int(value),
        ValueRef::Real(value) => Cell::Text(value.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Cell::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Int(Some(value)) => Ok((*value).into()),
            Self::Int(None) | Self::Text(None) => Ok(rusqlite::types::Null.into()),
            Self::Text(Some(text)) => Ok((*text).into()),
            Self::Flag(flag) => Ok((*flag).into()),
            // Read by `json_each`.
            Self::Ints(values) => Ok(serde_json::Value::from(*values).to_string().into()),
            Self::Texts(values) => Ok(serde_json::Value::from(values.clone()).to_string().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::open_writer;

    #[test]
    fn a_new_file_can_be_opened_by_several_at_the_same_time() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let path = folder.path().join(format!("{round}.db"));
            let start = Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        start.wait();
                        open_writer(&path).map(drop).unwrap_or_else(|error| panic!("{round}: {error}"));
                    });
                }
            });
        }
    }
}
