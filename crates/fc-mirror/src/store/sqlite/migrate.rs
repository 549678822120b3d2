//! Schema of a SQLite file.

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::convert;
use crate::error::Error;
use crate::store::migration::{Applied, Migration, due};

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "tables",
        sql: include_str!("../../../sql/sqlite/migrations/0001_tables.sql"),
    },
    Migration {
        version: 2,
        name: "views",
        sql: include_str!("../../../sql/sqlite/migrations/0002_views.sql"),
    },
    Migration {
        version: 3,
        name: "vanished",
        sql: include_str!("../../../sql/sqlite/migrations/0003_vanished.sql"),
    },
    Migration {
        version: 4,
        name: "balance_periods",
        sql: include_str!("../../../sql/sqlite/migrations/0004_balance_periods.sql"),
    },
];

/// Brings the schema up to date, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    apply(connection, MIGRATIONS)
}

fn apply(connection: &mut Connection, migrations: &[Migration]) -> Result<(), Error> {
    let failed = |error| convert(error, "the schema cannot be brought up to date");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS fc_schema \
             (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)",
        )
        .map_err(failed)?;
    let applied = {
        let mut rows = transaction
            .prepare("SELECT version, checksum FROM fc_schema ORDER BY version")
            .map_err(failed)?;
        let rows = rows
            .query_map([], |row| Ok(Applied { version: row.get(0)?, checksum: row.get(1)? }))
            .map_err(failed)?;
        rows.collect::<rusqlite::Result<Vec<_>>>().map_err(failed)?
    };
    for migration in due(migrations, &applied)? {
        transaction.execute_batch(migration.sql).map_err(|error| {
            convert(error, &format!("migration {} (`{}`) failed", migration.version, migration.name))
        })?;
        transaction
            .execute(
                "INSERT INTO fc_schema (version, name, checksum) VALUES (?, ?, ?)",
                params![migration.version, migration.name, migration.checksum()],
            )
            .map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

/// Prepares a statement against an empty database, and returns the number of its parameters.
#[cfg(test)]
pub(crate) fn prepare(statement: &crate::store::Statement) -> Result<usize, rusqlite::Error> {
    let mut connection = Connection::open_in_memory()?;
    apply(&mut connection, MIGRATIONS).expect("the migrations fit an empty database");
    Ok(connection.prepare(statement.sqlite)?.parameter_count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_failed_migration_leaves_the_schema_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = [
            Migration { version: 1, name: "good", sql: "CREATE TABLE good (a)" },
            Migration { version: 2, name: "bad", sql: "CREATE TABLE bad (a); SELECT missing" },
        ];
        let error = apply(&mut connection, &broken).unwrap_err();
        assert!(error.to_string().contains("migration 2 (`bad`)"), "{error}");
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn a_second_opening_applies_nothing_and_a_newer_schema_is_rejected() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        connection.execute("INSERT INTO fc_schema VALUES (99, 'future', '')", []).unwrap();
        assert_eq!(migrate(&mut connection).unwrap_err().kind(), ErrorKind::Schema);
    }
}
