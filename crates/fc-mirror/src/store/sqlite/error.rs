//! Errors of SQLite, by what the caller can do.

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// Category of an error, and its message without values.
pub(super) fn convert(error: rusqlite::Error, what: &str) -> Error {
    let (kind, remedy) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::Unavailable, "another process holds its write lock; try again")
        }
        Some(ErrorCode::DiskFull) => (ErrorKind::Full, "the disk is full; free space and try again"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            (ErrorKind::ReadOnly, "the file and its folder must exist and be writable by this user")
        }
        Some(ErrorCode::NotADatabase) => {
            (ErrorKind::Schema, "the file is no SQLite database; name another file")
        }
        Some(ErrorCode::DatabaseCorrupt) => (
            ErrorKind::Database,
            "the file is damaged; restore it, or name another file to load everything again",
        ),
        Some(ErrorCode::SystemIoFailure) => {
            (ErrorKind::Unavailable, "the disk reported an input/output error")
        }
        _ => (ErrorKind::Database, "SQLite rejected it"),
    };
    Error::new(kind, format!("{what}: {remedy}")).with_source(error)
}
