//! Blocking calls, for programs without an async runtime.
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
use std::future::{IntoFuture, poll_fn};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use fc_client::{Config, Error, ErrorKind};
use fc_types::ConnectedAccountId;
use futures_core::Stream;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::coop;

use crate::facade::FinancialConnections as AsyncClient;

/// [`FinancialConnections`](crate::FinancialConnections) with a private runtime, in which calls run to completion.
///
/// Calls are built as in the async client. [`run`](FinancialConnections::run) and [`iter`](FinancialConnections::iter) run
/// them. No thread runs between two calls.
///
/// Cloning is cheap. Clones share the runtime and the connection pool.
#[derive(Clone)]
pub struct FinancialConnections {
    fc: AsyncClient,
    runtime: Arc<PrivateRuntime>,
}

/// The runtime that clones share. It is `None` only during drop.
struct PrivateRuntime(Option<Runtime>);

impl Drop for PrivateRuntime {
    fn drop(&mut self) {
        // Dropping a runtime waits for its blocking tasks, which panics in async code.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl FinancialConnections {
    /// Creates a client with these settings.
    ///
    /// # Errors
    ///
    /// As [`FinancialConnections::new`](crate::FinancialConnections::new). Also kind `Configuration` when the runtime cannot
    /// be started.
    pub fn new(config: Config) -> Result<Self, Error> {
        let fc = AsyncClient::new(config)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::of_kind(
                ErrorKind::Configuration,
                format!("the runtime for blocking calls could not be started ({error})"),
            )
        })?;
        Ok(Self { fc, runtime: Arc::new(PrivateRuntime(Some(runtime))) })
    }

    /// Creates a client with the settings in the environment; [`Config::from_env`] names the variables.
    ///
    /// # Errors
    ///
    /// As [`FinancialConnections::new`], and [`Config::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::new(Config::from_env()?)
    }

    /// A client that acts on behalf of a connected account in every call, on the runtime and the connections of this one. See
    /// [`Client::with_stripe_account`](fc_client::Client::with_stripe_account).
    ///
    /// # Errors
    ///
    /// Kind `Configuration`: the id cannot be sent as a header.
    pub fn with_stripe_account(&self, account: impl Into<ConnectedAccountId>) -> Result<Self, Error> {
        Ok(Self { fc: self.fc.with_stripe_account(account)?, runtime: Arc::clone(&self.runtime) })
    }

    /// A client that acts in a context (`Stripe-Context`) in every call, on the runtime and the connections of this one. See
    /// [`Client::with_stripe_context`](fc_client::Client::with_stripe_context).
    ///
    /// # Errors
    ///
    /// Kind `Configuration`: the context cannot be sent as a header.
    pub fn with_stripe_context(&self, context: impl AsRef<str>) -> Result<Self, Error> {
        Ok(Self { fc: self.fc.with_stripe_context(context)?, runtime: Arc::clone(&self.runtime) })
    }

    /// Runs a call to completion.
    ///
    /// # Errors
    ///
    /// The errors of the call. Kind `Configuration` in async code, where blocking would stall the runtime: use the async
    /// [`FinancialConnections`](crate::FinancialConnections) there, or move the call into tokio's `spawn_blocking` or
    /// `block_in_place`.
    ///
    /// # Panics
    ///
    /// In async code inside [`tokio::task::unconstrained`], which cannot be recognised.
    pub fn run<T, E: From<Error>>(&self, call: impl IntoFuture<Output = Result<T, E>>) -> Result<T, E> {
        self.runtime()?.block_on(call.into_future())
    }

    /// Reads a stream as an iterator. Pass `&mut stream` to use the stream afterwards.
    pub fn iter<S: Stream + Unpin>(&self, stream: S) -> Iter<'_, S> {
        Iter { fc: self, stream: Some(stream) }
    }

    fn runtime(&self) -> Result<&Runtime, Error> {
        if Handle::try_current().is_ok() && is_async_code() {
            return Err(Error::of_kind(
                ErrorKind::Configuration,
                "a blocking call in async code would stall the runtime; use the async FinancialConnections here, or move \
                 the call into `spawn_blocking`",
            ));
        }
        self.runtime
            .0
            .as_ref()
            .ok_or_else(|| Error::of_kind(ErrorKind::Configuration, "the runtime has been shut down"))
    }
}

/// Whether a runtime is polling the caller, so that blocking would stall it.
///
/// Tokio gives each poll of a task a limited budget, and none to blocking code: not to `spawn_blocking`, `block_in_place` or
/// threads outside of it. So the budget tells the two apart. This function uses up the budget, and restores it.
/// Rejected: `Handle::try_current`, which succeeds in `spawn_blocking` too.
fn is_async_code() -> bool {
    /// More than any budget.
    const MOST: usize = 256;
    let mut context = Context::from_waker(Waker::noop());
    let mut used = Vec::new();
    let is_limited = loop {
        match coop::poll_proceed(&mut context) {
            Poll::Pending => break true,
            Poll::Ready(_) if used.len() == MOST => break false,
            Poll::Ready(unit) => used.push(unit),
        }
    };
    // Each unit restores the budget before it, so the first one is dropped last.
    while used.pop().is_some() {}
    is_limited
}

impl Deref for FinancialConnections {
    type Target = AsyncClient;

    fn deref(&self) -> &Self::Target {
        &self.fc
    }
}

impl fmt::Debug for FinancialConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fc.fmt(f)
    }
}

/// Iterator over a stream; from [`FinancialConnections::iter`].
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
