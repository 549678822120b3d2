//! Transactions on pooled connections.

use std::time::Duration;

use deadpool_postgres::{Object, Pool, PoolError};
use tokio_postgres::types::{ToSql, Type};

use super::error::convert;
use crate::error::{Error, ErrorKind};
use crate::store::statement::{Kind, Statement};
use crate::store::tx::{Operation, Tx};
use crate::store::value::{Cell, Row, Value};

/// Longest time of one transaction. A server that stopped answering costs no more.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs an operation in one transaction.
pub(super) async fn transact<O: Operation>(
    pool: &Pool,
    begin: &str,
    operation: &O,
) -> Result<O::Output, Error> {
    let object = pool.get().await.map_err(unavailable)?;
    // Dropped with the transaction open, as by a caller that stops waiting, the connection is closed and not reused.
    let mut connection = Unfinished(Some(object));
    let outcome = tokio::time::timeout(LIMIT, run(connection.client(), begin, operation)).await;
    match outcome {
        Ok((outcome, Ended::Yes)) => {
            connection.finish();
            outcome
        }
        Ok((outcome, Ended::No)) => outcome,
        Err(_) => {
            Err(Error::new(ErrorKind::Unavailable, "Postgres did not answer within 30 s; it is retried"))
        }
    }
}

/// Whether the transaction is known to have ended.
enum Ended {
    Yes,
    No,
}

async fn run<O: Operation>(
    client: Option<&Object>,
    begin: &str,
    operation: &O,
) -> (Result<O::Output, Error>, Ended) {
    let Some(client) = client else {
        return (Err(Error::new(ErrorKind::Database, "the connection was given back too early")), Ended::No);
    };
    if let Err(error) = client.batch_execute(begin).await {
        return (Err(convert(error, "no transaction could be opened")), Ended::No);
    }
    let outcome = operation.run(&mut PostgresTx(client)).await;
    let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
    match client.batch_execute(end).await {
        Ok(()) => (outcome, Ended::Yes),
        Err(error) => (outcome.and(Err(convert(error, "the commit failed"))), Ended::No),
    }
}

/// Connection that may have a transaction open.
struct Unfinished(Option<Object>);

impl Unfinished {
    fn client(&self) -> Option<&Object> {
        self.0.as_ref()
    }

    /// Gives the connection back to the pool.
    fn finish(&mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

/// Error of a pool that gave no connection.
pub(super) fn unavailable(error: PoolError) -> Error {
    match error {
        PoolError::Backend(error) => convert(error, "Postgres cannot be reached"),
        PoolError::Timeout(_) => {
            Error::new(ErrorKind::Unavailable, "no connection to Postgres became free in time; it is retried")
        }
        PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            Error::new(ErrorKind::Database, "the pool of connections is closed")
        }
    }
}

/// Transaction on a connection that has one open.
pub(super) struct PostgresTx<'c>(pub(super) &'c tokio_postgres::Client);

impl Tx for PostgresTx<'_> {
    async fn execute(
        &mut self,
        statement: &'static Statement,
        parameters: Vec<Value<'_>>,
    ) -> Result<u64, Error> {
        let arguments = arguments(statement, parameters)?;
        self.0
            .execute_typed(statement.postgres, &borrowed(&arguments))
            .await
            .map_err(|error| failed(statement, error))
    }

    async fn execute_batch(
        &mut self,
        statement: &'static Statement,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let arguments = columns(statement, rows)?;
        self.0
            .execute_typed(statement.postgres, &borrowed(&arguments))
            .await
            .map(drop)
            .map_err(|error| failed(statement, error))
    }

    async fn query(
        &mut self,
        statement: &'static Statement,
        parameters: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, Error> {
        let arguments = arguments(statement, parameters)?;
        let rows = self.0.query_typed(statement.postgres, &borrowed(&arguments)).await;
        let rows = rows.map_err(|error| failed(statement, error))?;
        rows.iter().map(|row| cells(statement, row)).collect()
    }
}

fn failed(statement: &Statement, error: tokio_postgres::Error) -> Error {
    convert(error, &format!("statement `{}` failed", statement.name))
}

type Argument<'v> = (Box<dyn ToSql + Sync + Send + 'v>, Type);

fn borrowed<'a>(arguments: &'a [Argument<'_>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    arguments.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone())).collect()
}

/// Types of the parameters of a statement.
pub(super) fn types(statement: &Statement) -> Vec<Type> {
    let of = |kind: &Kind| match (kind, statement.is_batch) {
        (Kind::Int, false) => Type::INT8,
        (Kind::Text, false) => Type::TEXT,
        (Kind::Flag, false) => Type::BOOL,
        (Kind::Int, true) | (Kind::Ints, _) => Type::INT8_ARRAY,
        (Kind::Text, true) | (Kind::Texts, _) => Type::TEXT_ARRAY,
        (Kind::Flag, true) => Type::BOOL_ARRAY,
    };
    statement.kinds.iter().map(of).collect()
}

fn arguments<'v>(
    statement: &'static Statement,
    parameters: Vec<Value<'v>>,
) -> Result<Vec<Argument<'v>>, Error> {
    if parameters.len() != statement.kinds.len() {
        return Err(misused(statement));
    }
    let own = |value: Value<'v>| -> Box<dyn ToSql + Sync + Send + 'v> {
        match value {
            Value::Int(value) => Box::new(value),
            Value::Text(value) => Box::new(value),
            Value::Flag(value) => Box::new(value),
            Value::Ints(values) => Box::new(values),
            Value::Texts(values) => Box::new(values),
        }
    };
    Ok(parameters.into_iter().map(own).zip(types(statement)).collect())
}

/// One array per parameter of a batch.
fn columns<'v>(statement: &'static Statement, rows: Vec<Vec<Value<'v>>>) -> Result<Vec<Argument<'v>>, Error> {
    let types = types(statement);
    if rows.iter().any(|row| row.len() != types.len()) {
        return Err(misused(statement));
    }
    let mut rows: Vec<_> = rows.into_iter().map(Vec::into_iter).collect();
    let mut arrays: Vec<Argument<'_>> = Vec::with_capacity(types.len());
    for kind in types {
        let column: Vec<Value<'_>> = rows.iter_mut().filter_map(Iterator::next).collect();
        let array: Box<dyn ToSql + Sync + Send + 'v> = match kind {
            Type::INT8_ARRAY => Box::new(column.into_iter().map(int).collect::<Option<Vec<_>>>()),
            Type::TEXT_ARRAY => Box::new(column.into_iter().map(text).collect::<Option<Vec<_>>>()),
            _ => Box::new(column.into_iter().map(flag).collect::<Option<Vec<_>>>()),
        };
        arrays.push((array, kind));
    }
    Ok(arrays)
}

fn int(value: Value<'_>) -> Option<Option<i64>> {
    if let Value::Int(value) = value { Some(value) } else { None }
}

fn text(value: Value<'_>) -> Option<Option<&str>> {
    if let Value::Text(value) = value { Some(value) } else { None }
}

fn flag(value: Value<'_>) -> Option<bool> {
    if let Value::Flag(value) = value { Some(value) } else { None }
}

fn misused(statement: &Statement) -> Error {
    Error::new(
        ErrorKind::Database,
        format!("statement `{}` got parameters of another number", statement.name),
    )
}

fn cells(statement: &'static Statement, row: &tokio_postgres::Row) -> Result<Row, Error> {
    let cell = |(column, described): (usize, &tokio_postgres::Column)| {
        let cell = match *described.type_() {
            Type::BOOL => row.try_get::<_, Option<bool>>(column)?.map(|flag| Cell::Int(flag.into())),
            Type::INT2 => row.try_get::<_, Option<i16>>(column)?.map(|value| Cell::Int(value.into())),
            Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(|value| Cell::Int(value.into())),
            Type::INT8 => row.try_get::<_, Option<i64>>(column)?.map(Cell::Int),
            _ => row.try_get::<_, Option<String>>(column)?.map(Cell::Text),
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    let cells = row.columns().iter().enumerate().map(cell).collect::<Result<_, tokio_postgres::Error>>();
    Ok(Row::new(statement.name, cells.map_err(|error| failed(statement, error))?))
}
