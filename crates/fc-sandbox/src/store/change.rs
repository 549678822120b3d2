//! Changes of the state, as the store writes them.

use std::fmt;

use serde_json::value::RawValue;

use crate::caller::Caller;
use crate::clock::ClockState;

/// One change to be written.
#[derive(Debug)]
#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only a data file reads them"))]
pub(crate) enum Change {
    /// A new world.
    World { number: u32, caller: Caller },
    /// A record of a world that changed, or that was removed if there is none.
    Record { world: u32, kind: &'static str, number: u64, record: Option<Box<RawValue>> },
    /// The clock was advanced, frozen or resumed.
    Clock(ClockState),
    /// An import replaces all worlds. The changes of the new state follow.
    Replaced { seed: u64 },
}

/// Why changes are no longer written to the data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFailure(pub(crate) String);

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the state can no longer be saved: {}", self.0)
    }
}

impl std::error::Error for StoreFailure {}
