//! Errors of Postgres, by what the caller can do.

use tokio_postgres::error::SqlState;

use crate::error::{Error, ErrorKind};

/// Category of an error. The message of the server is left out, because it can quote values.
pub(super) fn convert(error: tokio_postgres::Error, what: &str) -> Error {
    let Some(server) = error.as_db_error() else {
        let message = format!("{what}: the connection to Postgres failed; it is retried");
        return Error::new(ErrorKind::Unavailable, message).with_source(error);
    };
    let code = server.code();
    let (kind, remedy) = match code.code() {
        // Integrity of the transaction, locks and timeouts: another attempt may succeed.
        "40001" | "40P01" | "55P03" | "57014" => {
            (ErrorKind::Unavailable, "Postgres gave up waiting; it is retried")
        }
        "53100" => (ErrorKind::Full, "the disk of the database is full; free space and try again"),
        "25006" => (ErrorKind::ReadOnly, "the database is read-only; connect to the primary"),
        "42501" => (ErrorKind::ReadOnly, "the user lacks a privilege; grant it the tables and their schema"),
        "3D000" => (ErrorKind::Configuration, "the database does not exist; create it"),
        "3F000" => (ErrorKind::Configuration, "the schema does not exist; create it"),
        code if code.starts_with("28") => {
            (ErrorKind::Configuration, "Postgres rejected the user or its password")
        }
        code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            (ErrorKind::Unavailable, "Postgres is not available; it is retried")
        }
        _ => (ErrorKind::Database, "Postgres rejected it"),
    };
    let place = match (server.table(), server.constraint()) {
        (Some(table), Some(constraint)) => format!(", table {table}, constraint {constraint}"),
        (Some(table), None) => format!(", table {table}"),
        (None, _) => String::new(),
    };
    Error::new(kind, format!("{what}: {remedy} (SQLSTATE {}{place})", code.code()))
}

/// Whether two processes created the same object at once.
pub(super) fn is_duplicate(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT].contains(code)
    })
}
