//! Addresses of databases.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind};

/// Address of a database, by engine.
#[derive(PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(PathBuf),
    /// The URL as given, password included.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Location`]. The error never repeats the text, because it may hold a password.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |message: &str| Err(Error::new(ErrorKind::Location, message));
        match text.split_once(':') {
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                match path {
                    "" => refuse("the database address `sqlite:` lacks a path: expected `sqlite:bank.db`"),
                    _ if path.starts_with(':') => refuse(
                        "SQLite in memory is not supported, because a mirror must survive its process: give a path",
                    ),
                    path => Ok(Self::Sqlite(path.into())),
                }
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(text.to_owned()))
            }
            _ => refuse(
                "the database address is not readable: expected `sqlite:bank.db` or `postgres://user@host/database`",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let Err(error) = Location::parse(text) else { panic!("`{text}` was accepted") };
        assert_eq!(error.kind(), ErrorKind::Location);
        error.to_string()
    }

    #[test]
    fn a_path_follows_sqlite_with_or_without_slashes() {
        for (text, path) in [
            ("sqlite:bank.db", "bank.db"),
            ("sqlite:///var/bank.db", "/var/bank.db"),
            ("sqlite:/b.db", "/b.db"),
        ] {
            assert!(Location::parse(text).unwrap() == Location::Sqlite(path.into()), "{text}");
        }
    }

    #[test]
    fn both_names_of_postgres_are_read() {
        for text in ["postgres://u:p@h/d?sslmode=require", "postgresql://h"] {
            assert!(Location::parse(text).unwrap() == Location::Postgres(text.to_owned()));
        }
    }

    #[test]
    fn other_addresses_are_rejected_without_repeating_them() {
        for text in
            ["", "bank.db", "mysql://root:HIDDEN@h/d", "postgres:HIDDEN", "sqlite:", "sqlite::memory:"]
        {
            let refusal = refusal(text);
            assert!(!refusal.contains("HIDDEN"), "{refusal}");
            assert!(refusal.contains("expected") || refusal.contains("give a path"), "{refusal}");
        }
    }
}
