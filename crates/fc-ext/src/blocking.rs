//! The same calls for programs without an async runtime.
//!
//! ```no_run
//! use std::time::Duration;
//! use fc_ext::blocking::FinancialConnections;
//! use fc_ext::{Paged, RefreshFeature};
//!
//! # fn run(id: fc_ext::types::AccountId) -> Result<(), Box<dyn std::error::Error>> {
//! let fc = FinancialConnections::from_env()?;
//! let account = fc.run(fc.accounts().retrieve(&id).send())?;
//! let refresh = fc.accounts().refresh(&id, [RefreshFeature::Transactions]);
//! let refreshed = fc.run(refresh.until_settled(Duration::from_secs(60)))?;
//! for transaction in fc.iter(fc.transactions().list(&id).items()) {
//!     println!("{}", transaction?.money());
//! }
//! # Ok(()) }
//! ```

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::Pin;

use fc_client::{Config, Error, ErrorKind};
use futures_core::Stream;
use tokio::runtime::{Builder, Handle, Runtime};

/// [`FinancialConnections`](crate::FinancialConnections) with a runtime of its own, in which calls are run to their end.
///
/// Calls are put together as ever; [`run`](FinancialConnections::run) and [`iter`](FinancialConnections::iter) are what is
/// added. Nothing happens between two of them: connections rest, and no thread runs.
pub struct FinancialConnections {
    fc: crate::FinancialConnections,
    /// Always there, until it is dropped.
    runtime: Option<Runtime>,
}

impl FinancialConnections {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// As [`FinancialConnections::new`](crate::FinancialConnections::new); also of kind `Configuration` when the machine has
    /// no resources for a runtime.
    pub fn new(config: Config) -> Result<Self, Error> {
        let fc = crate::FinancialConnections::new(config)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::of_kind(ErrorKind::Configuration, format!("no runtime could be started ({error})"))
        })?;
        Ok(Self { fc, runtime: Some(runtime) })
    }

    /// A client with the settings of the environment; [`Config::from_env`] names the variables.
    ///
    /// # Errors
    ///
    /// As [`FinancialConnections::new`], and [`Config::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::new(Config::from_env()?)
    }

    /// Runs a call to its end.
    ///
    /// # Errors
    ///
    /// Those of the call. Of kind `Configuration` on a thread that belongs to an async runtime, which must not be blocked:
    /// use the async [`FinancialConnections`](crate::FinancialConnections) there. The threads of tokio's `spawn_blocking`
    /// cannot be told from the others; a thread of the standard library's is one of one's own.
    pub fn run<T, E: From<Error>>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.runtime()?.block_on(call)
    }

    /// Reads a stream as an iterator. Give it `&mut stream` to use the stream afterwards.
    pub fn iter<S: Stream + Unpin>(&self, stream: S) -> Iter<'_, S> {
        Iter { fc: self, stream: Some(stream) }
    }

    fn runtime(&self) -> Result<&Runtime, Error> {
        if Handle::try_current().is_ok() {
            return Err(Error::of_kind(
                ErrorKind::Configuration,
                "this thread belongs to an async runtime and must not be blocked: use the async FinancialConnections here",
            ));
        }
        self.runtime
            .as_ref()
            .ok_or_else(|| Error::of_kind(ErrorKind::Configuration, "the runtime has been shut down"))
    }
}

impl Deref for FinancialConnections {
    type Target = crate::FinancialConnections;

    fn deref(&self) -> &Self::Target {
        &self.fc
    }
}

impl Drop for FinancialConnections {
    fn drop(&mut self) {
        // Dropping a runtime waits for its blocking tasks, which panics where waiting is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for FinancialConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fc.fmt(f)
    }
}

/// A stream as an iterator; from [`FinancialConnections::iter`].
#[derive(Debug)]
#[must_use = "iterators do nothing until they are read"]
pub struct Iter<'a, S> {
    fc: &'a FinancialConnections,
    stream: Option<S>,
}

impl<T, E: From<Error>, S: Stream<Item = Result<T, E>> + Unpin> Iterator for Iter<'_, S> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = self.stream.as_mut()?;
        match self.fc.runtime() {
            Ok(runtime) => runtime.block_on(poll_fn(|context| Pin::new(&mut *stream).poll_next(context))),
            Err(error) => {
                self.stream = None;
                Some(Err(error.into()))
            }
        }
    }
}
