//! Errors of the mirror.

use fc_mirror::{Error, ErrorKind};

use super::Failure;
use crate::exit::Exit;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let what = match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        if let Some(call) = error.api() {
            return super::api::of_call(call, what);
        }
        let (exit, next) = match error.kind() {
            ErrorKind::Location => (Exit::Usage, "name a store such as --store sqlite:bank.db"),
            ErrorKind::Configuration => (Exit::Usage, "correct the settings"),
            ErrorKind::Unavailable => (Exit::NotNow, "try again when the database answers"),
            ErrorKind::Full => (Exit::Failed, "free space on the disk, and run the command again"),
            ErrorKind::ReadOnly => (Exit::Failed, "make the database writable for this user"),
            ErrorKind::Schema => {
                (Exit::Failed, "use the version of fcctl that made the database, or another store")
            }
            _ => return Self::new(Exit::Failed, what),
        };
        Self::new(exit, what).next(next)
    }
}
