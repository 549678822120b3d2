//! Migrations: numbered, checksummed, and refused where they do not fit.

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};

/// One step of the schema.
pub(crate) struct Migration {
    /// Counts from 1.
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

impl Migration {
    /// SHA-256 of the text, in hexadecimal digits.
    pub(crate) fn checksum(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.sql))
    }
}

/// A migration that a database has had.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) checksum: String,
}

/// Migrations that a database still needs.
///
/// # Errors
///
/// [`ErrorKind::Schema`] when the database had a newer migration, or one whose text has changed since.
pub(crate) fn due<'m>(known: &'m [Migration], applied: &[Applied]) -> Result<&'m [Migration], Error> {
    let newest = known.last().map_or(0, |migration| migration.version);
    for applied in applied {
        let Some(migration) = known.iter().find(|migration| migration.version == applied.version) else {
            return Err(Error::new(
                ErrorKind::Schema,
                format!(
                    "the database has schema version {}, and this version of fc-mirror knows {newest}: update fc-mirror",
                    applied.version
                ),
            ));
        };
        if migration.checksum() != applied.checksum {
            return Err(Error::new(
                ErrorKind::Schema,
                format!(
                    "migration {} (`{}`) differs from the one that the database had: use the version of fc-mirror that \
                     made the database, or a newer release",
                    migration.version, migration.name
                ),
            ));
        }
    }
    let had = applied.iter().map(|applied| applied.version).max().unwrap_or(0);
    let first = known.iter().position(|migration| migration.version > had).unwrap_or(known.len());
    Ok(&known[first..])
}

#[cfg(test)]
mod tests {
    use super::*;

    static KNOWN: [Migration; 2] = [
        Migration { version: 1, name: "tables", sql: "CREATE TABLE a (b)" },
        Migration { version: 2, name: "more", sql: "CREATE TABLE c (d)" },
    ];

    fn applied(migrations: &[Migration]) -> Vec<Applied> {
        migrations.iter().map(|m| Applied { version: m.version, checksum: m.checksum() }).collect()
    }

    #[test]
    fn a_database_gets_the_migrations_that_it_has_not_had() {
        let versions = |had: &[Migration]| -> Vec<i64> {
            due(&KNOWN, &applied(had)).unwrap().iter().map(|m| m.version).collect()
        };
        assert_eq!(versions(&[]), [1, 2]);
        assert_eq!(versions(&KNOWN[..1]), [2]);
        assert_eq!(versions(&KNOWN), [0_i64; 0]);
    }

    #[test]
    fn a_newer_schema_is_rejected_with_both_versions() {
        let error = due(&KNOWN[..1], &applied(&KNOWN)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Schema);
        assert!(error.to_string().contains("version 2") && error.to_string().contains("knows 1"), "{error}");
    }

    #[test]
    fn a_changed_migration_is_rejected_by_name() {
        let mut had = applied(&KNOWN);
        had[1].checksum = "00".to_owned();
        let error = due(&KNOWN, &had).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Schema);
        assert!(error.to_string().contains("migration 2 (`more`)"), "{error}");
    }
}
