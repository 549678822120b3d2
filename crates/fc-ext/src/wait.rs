//! Waiting for a refresh to end, or for an account to meet a condition.

mod condition;
mod error;
mod news;
mod outcome;
mod poll;
mod polling;
mod refresh;
mod settle;
mod until;
mod watch;

pub use self::condition::{And, Condition, Not, Or, Settled, active, settled};
pub use self::error::{Elapsed, WaitError};
pub use self::outcome::{Outcome, Refreshed};
pub use self::polling::Polling;
pub use self::refresh::Refresh;
pub(crate) use self::settle::{settle_by_events, settle_by_polling, settle_by_thin_events};
pub use self::until::Until;
pub use self::watch::RefreshWatch;
