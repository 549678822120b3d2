//! Counts of what a tenant's calls did.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Result of a call, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CallResult {
    Succeeded,
    Failed,
    /// A rate limiter refused it.
    Refused,
}

#[cfg(feature = "metrics")]
impl CallResult {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

/// Counts since the start of this process.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Counts>);

/// Counts at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// By operation and result.
    pub(crate) calls: BTreeMap<(&'static str, CallResult), u64>,
    /// Pages of transactions that were written.
    pub(crate) pages: u64,
    /// Transactions of these that were new or changed.
    pub(crate) rows: u64,
}

impl Counts {
    /// Number of calls with any of these results.
    pub(crate) fn calls(&self, results: &[CallResult]) -> u64 {
        self.calls.iter().filter(|((_, result), _)| results.contains(result)).map(|(_, count)| count).sum()
    }
}

impl Counters {
    pub(crate) fn call(&self, operation: &'static str, result: CallResult) {
        *self.lock().calls.entry((operation, result)).or_default() += 1;
    }

    pub(crate) fn page(&self, rows: usize) {
        let mut counts = self.lock();
        counts.pages += 1;
        counts.rows += rows as u64;
    }

    pub(crate) fn now(&self) -> Counts {
        self.lock().clone()
    }

    /// No code panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
