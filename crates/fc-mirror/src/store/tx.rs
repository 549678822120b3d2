//! Database transactions, as an operation sees them.

use std::future::Future;

use super::statement::Statement;
use super::value::{Row, Value};
use crate::error::Error;

/// Open database transaction of either engine.
pub(crate) trait Tx: Send {
    /// Runs a statement and returns the number of rows that it changed.
    fn execute(
        &mut self,
        statement: &'static Statement,
        parameters: Vec<Value<'_>>,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Runs a batch statement for every row.
    fn execute_batch(
        &mut self,
        statement: &'static Statement,
        rows: Vec<Vec<Value<'_>>>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Runs a statement and returns its rows.
    fn query(
        &mut self,
        statement: &'static Statement,
        parameters: Vec<Value<'_>>,
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;
}

/// What happens in one database transaction.
///
/// It may run several times, also after it was committed, because the response to a commit can be lost. So the second run
/// must find its work done. An error rolls the transaction back.
pub(crate) trait Operation: Clone + Send + Sync + 'static {
    /// What the caller gets once the transaction is committed.
    type Output: Send + 'static;

    /// Runs in `tx`, and awaits nothing else.
    fn run<T: Tx>(&self, tx: &mut T) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}
