//! Schema of a Postgres database.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::{convert, is_duplicate};
use super::storage::with_storage;
use crate::error::{Error, ErrorKind};
use crate::store::layout::Layout;
use crate::store::migration::{Applied, Migration, due};

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "tables",
        sql: include_str!("../../../sql/postgres/migrations/0001_tables.sql"),
    },
    Migration {
        version: 2,
        name: "views",
        sql: include_str!("../../../sql/postgres/migrations/0002_views.sql"),
    },
    Migration {
        version: 3,
        name: "vanished",
        sql: include_str!("../../../sql/postgres/migrations/0003_vanished.sql"),
    },
    Migration {
        version: 4,
        name: "balance_periods",
        sql: include_str!("../../../sql/postgres/migrations/0004_balance_periods.sql"),
    },
];

/// Shards of a new database, if its maker does not say.
const SHARDS: u16 = 1;

/// Processes that may create the same database at once before one of them gives up.
const ATTEMPTS: u32 = 8;

/// Brings the schema up to date, in one transaction, and returns the number of shards.
pub(super) async fn migrate(client: &Client, begin: &str, layout: &Layout) -> Result<i64, Error> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match apply(client, begin, layout).await {
            Ok(shards) => return Ok(shards),
            Err(Failure::Raced) if attempt < ATTEMPTS => {}
            Err(Failure::Raced) => {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    "other processes change the schema; it is retried",
                ));
            }
            Err(Failure::Error(error)) => return Err(error),
        }
    }
}

enum Failure {
    /// Another process did the same at the same time.
    Raced,
    Error(Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if is_duplicate(&error) {
            Self::Raced
        } else {
            Self::Error(convert(error, "the schema cannot be brought up to date"))
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

async fn apply(client: &Client, begin: &str, layout: &Layout) -> Result<i64, Failure> {
    client.batch_execute(begin).await?;
    let outcome = within(client, layout).await;
    client.batch_execute(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    outcome
}

async fn within(client: &Client, layout: &Layout) -> Result<i64, Failure> {
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS fc_schema \
             (version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL); \
             CREATE TABLE IF NOT EXISTS fc_setting (name text PRIMARY KEY, value bigint NOT NULL);",
        )
        .await?;
    let applied = client.query_typed("SELECT version, checksum FROM fc_schema ORDER BY version", &[]).await?;
    let applied: Vec<Applied> =
        applied.iter().map(|row| Applied { version: row.get(0), checksum: row.get(1) }).collect();
    let due = due(MIGRATIONS, &applied)?;
    // Before anything else: of several processes, the others wait here for the first.
    for migration in due {
        client
            .execute_typed(
                "INSERT INTO fc_schema (version, name, checksum) VALUES ($1, $2, $3)",
                &[
                    (&migration.version, Type::INT8),
                    (&migration.name, Type::TEXT),
                    (&migration.checksum(), Type::TEXT),
                ],
            )
            .await?;
    }
    let shards = setting(client, "shards", layout.shards, SHARDS).await?;
    let partitions = setting(client, "partitions", layout.partitions, 0).await?;
    for migration in due {
        let sql = with_storage(migration.sql, u16::try_from(partitions).unwrap_or(0));
        client.batch_execute(&sql).await.map_err(|error| {
            let what = format!("migration {} (`{}`) failed", migration.version, migration.name);
            Failure::Error(convert(error, &what))
        })?;
    }
    client
        .execute_typed(
            "INSERT INTO fc_shard (shard) SELECT generate_series(0, $1 - 1) ON CONFLICT (shard) DO NOTHING",
            &[(&shards, Type::INT8)],
        )
        .await?;
    Ok(shards)
}

/// Setting that is fixed by the first opening.
async fn setting(client: &Client, name: &str, wanted: Option<u16>, default: u16) -> Result<i64, Failure> {
    let value = i64::from(wanted.unwrap_or(default));
    client
        .execute_typed(
            "INSERT INTO fc_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            &[(&name, Type::TEXT), (&value, Type::INT8)],
        )
        .await?;
    let row = client
        .query_typed_one("SELECT value FROM fc_setting WHERE name = $1", &[(&name, Type::TEXT)])
        .await?;
    let fixed: i64 = row.get(0);
    match wanted {
        Some(wanted) if i64::from(wanted) != fixed => Err(Failure::Error(Error::new(
            ErrorKind::Configuration,
            format!(
                "the database was created with {fixed} {name}, which cannot change: ask for {fixed}, or for none"
            ),
        ))),
        _ => Ok(fixed),
    }
}
