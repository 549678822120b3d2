//! One database of either engine.

use tracing::Instrument;

use super::layout::Layout;
use super::location::Location;
#[cfg(feature = "postgres")]
use super::postgres::PostgresEngine;
#[cfg(feature = "sqlite")]
use super::sqlite::SqliteEngine;
use super::tx::Operation;
use crate::error::{Error, ErrorKind};

/// Database of either engine. Clones share it.
#[derive(Clone)]
pub(crate) struct Database {
    engine: Engine,
    shards: i64,
}

#[derive(Clone)]
enum Engine {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteEngine),
    #[cfg(feature = "postgres")]
    Postgres(PostgresEngine),
    /// A build with neither engine opens no database.
    #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
    None(std::convert::Infallible),
}

impl Database {
    /// Opens the database at an address, creates the tables if there are none, and brings the schema up to date.
    pub(crate) async fn open(address: &str, layout: Layout) -> Result<Self, Error> {
        match Location::parse(address)? {
            #[cfg(feature = "sqlite")]
            Location::Sqlite(path) => {
                if layout.shards.is_some_and(|shards| shards != 1)
                    || layout != (Layout { shards: layout.shards, ..Layout::default() })
                {
                    return Err(Error::new(
                        ErrorKind::Configuration,
                        "a SQLite database has one shard, no partitions and no schema: use Postgres for more",
                    ));
                }
                let opened = tokio::task::spawn_blocking(move || SqliteEngine::open(&path)).await;
                let engine = opened.unwrap_or_else(|error| {
                    Err(Error::new(ErrorKind::Database, "the database could not be opened")
                        .with_source(error))
                })?;
                Ok(Self { engine: Engine::Sqlite(engine), shards: 1 })
            }
            #[cfg(not(feature = "sqlite"))]
            Location::Sqlite(_) => Err(missing("sqlite")),
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => {
                let (engine, shards) = PostgresEngine::open(&url, &layout).await?;
                Ok(Self { engine: Engine::Postgres(engine), shards })
            }
            #[cfg(not(feature = "postgres"))]
            Location::Postgres(_) => Err(missing("postgres")),
        }
    }

    /// Number of shards, fixed when the database was created.
    pub(crate) fn shards(&self) -> i64 {
        self.shards
    }

    /// Runs an operation and commits it. The engine repeats it after transient failures.
    pub(crate) async fn write<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let span = span::<O>();
        match &self.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite(engine) => engine.write(operation).instrument(span).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => engine.write(operation).instrument(span).await,
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            Engine::None(never) => match *never {},
        }
    }

    /// Runs an operation that only reads.
    pub(crate) async fn read<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let span = span::<O>();
        match &self.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite(engine) => engine.read(operation).instrument(span).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => engine.write(operation).instrument(span).await,
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            Engine::None(never) => match *never {},
        }
    }
}

/// Span of an operation, with the name of its type.
fn span<O>() -> tracing::Span {
    let name = std::any::type_name::<O>();
    tracing::trace_span!("store", operation = name.rsplit("::").next().unwrap_or(name))
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn missing(feature: &str) -> Error {
    Error::new(
        ErrorKind::Location,
        format!("this build of fc-mirror lacks that engine: switch on its feature `{feature}`"),
    )
}
