//! Operations on pooled connections.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};

use super::connection::{transact, unavailable};
use super::migrate::migrate;
use super::tls::connector;
use super::url::Target;
use crate::error::{Error, ErrorKind};
use crate::store::layout::Layout;
use crate::store::tx::Operation;

/// Connections of one process. Each of its concurrent jobs needs one only while it writes.
const CONNECTIONS: usize = 10;

/// How long a job waits for a free connection, and for a new one.
const WAIT: Duration = Duration::from_secs(10);

/// Pauses before an operation is repeated after a transient failure.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(100), Duration::from_millis(500)];

/// Postgres database with a pool of connections.
#[derive(Clone)]
pub(crate) struct PostgresEngine {
    pool: Pool,
    /// Opens a transaction and sets what holds within it.
    begin: Arc<str>,
}

impl PostgresEngine {
    /// Connects, creates the tables if there are none, and brings the schema up to date. Returns the number of shards.
    pub(crate) async fn open(url: &str, layout: &Layout) -> Result<(Self, i64), Error> {
        let engine = Self::connect(url, layout)?;
        let client = engine.pool.get().await.map_err(unavailable)?;
        let shards = migrate(&client, &engine.begin, layout).await?;
        drop(client);
        Ok((engine, shards))
    }

    fn connect(url: &str, layout: &Layout) -> Result<Self, Error> {
        let mut target = Target::parse(url)?;
        let tls = connector(&target)?;
        if target.config.get_connect_timeout().is_none() {
            target.config.connect_timeout(WAIT);
        }
        if target.config.get_application_name().is_none() {
            target.config.application_name("fc-mirror");
        }
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(target.config, tls, settings))
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .build()
            .map_err(|error| {
                Error::new(ErrorKind::Configuration, "the pool of connections could not be set up")
                    .with_source(error)
            })?;
        Ok(Self { pool, begin: begin(layout)?.into() })
    }

    /// Runs an operation and commits it. It is repeated a few times after transient failures.
    pub(crate) async fn write<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        for pause in PAUSES {
            match transact(&self.pool, &self.begin, &operation).await {
                Err(error) if error.kind() == ErrorKind::Unavailable => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        transact(&self.pool, &self.begin, &operation).await
    }
}

/// Statement that opens a transaction. `SET LOCAL` ends with it, so that a pooler hands on a clean connection.
fn begin(layout: &Layout) -> Result<String, Error> {
    let mut begin = "BEGIN; SET LOCAL statement_timeout = '20s'; SET LOCAL lock_timeout = '10s'; \
                     SET LOCAL idle_in_transaction_session_timeout = '30s'"
        .to_owned();
    if let Some(schema) = &layout.schema {
        if schema.is_empty() || schema.contains('\0') {
            return Err(Error::new(
                ErrorKind::Configuration,
                "the name of the Postgres schema is empty or holds a NUL",
            ));
        }
        begin.push_str(&format!("; SET LOCAL search_path = \"{}\"", schema.replace('"', "\"\"")));
    }
    Ok(begin)
}

/// Prepares a statement against a database that has the schema, and returns the number of its parameters.
#[cfg(test)]
pub(crate) async fn prepare(url: &str, statement: &crate::store::Statement) -> Result<usize, String> {
    let (engine, _) =
        PostgresEngine::open(url, &Layout::default()).await.map_err(|error| error.to_string())?;
    let client = engine.pool.get().await.map_err(|error| error.to_string())?;
    let types = super::connection::types(statement);
    let prepared = client.prepare_typed(statement.postgres, &types).await;
    prepared.map(|prepared| prepared.params().len()).map_err(|error| format!("{error:?}"))
}
