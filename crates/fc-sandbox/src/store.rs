//! Where changes go to be kept, as the rest of the sandbox sees it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde_json::value::RawValue;

use crate::auth::Caller;
use crate::clock::Hands;

/// Something to be written.
#[derive(Debug)]
#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only a data file reads them"))]
pub(crate) enum Change {
    /// A world came to be.
    World { number: u32, caller: Caller },
    /// A record of a world changed, or went if there is none.
    Record { world: u32, kind: &'static str, number: u64, record: Option<Box<RawValue>> },
    /// The clock was moved, stopped or started.
    Clock(Hands),
    /// Another state took the place of all worlds. Its own changes follow.
    Replaced { seed: u64 },
}

/// Keeps changes.
pub(crate) trait Store: fmt::Debug + Send + Sync {
    /// Takes changes that are to be written all or none, and after those of the calls before.
    fn put(&self, changes: Vec<Change>);

    /// Done when all that was put so far is written, or cannot be.
    fn written(&self) -> Pin<Box<dyn Future<Output = Result<(), StoreFailure>> + Send + '_>>;

    /// Done when something could not be written; nothing is from then on.
    fn failed(&self) -> Pin<Box<dyn Future<Output = StoreFailure> + Send + '_>>;
}

/// Why changes are no longer kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFailure(pub(crate) String);

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the state can no longer be kept: {}", self.0)
    }
}

impl std::error::Error for StoreFailure {}
