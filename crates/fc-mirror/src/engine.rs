//! Engine: what happens when.
//!
//! Workers claim due accounts and sync them. A keeper per tenant lists its accounts. Both wait by the client's clock, and each
//! call to Stripe waits for the pace of its tenant.

mod api;
mod backoff;
mod counters;
mod events;
mod freshness;
mod idle;
mod inbox;
mod keeper;
mod listing;
mod position;
mod settings;
mod shared;
mod summary;
mod sync;
mod vanished;
mod verify;
mod worker;

pub(crate) use self::api::Api;
pub(crate) use self::counters::CallResult;
pub(crate) use self::idle::backlog_of;
pub use self::inbox::Receipt;
pub(crate) use self::inbox::{Notice, accept, event_row};
pub(crate) use self::keeper::{keep, leave};
pub use self::settings::Policy;
pub(crate) use self::settings::{Run, Settings, Until};
pub(crate) use self::shared::{Shared, TenantContext, Wall};
pub use self::verify::DifferenceKind;
pub(crate) use self::verify::{Difference as FoundDifference, verify_all, verify_one};
pub(crate) use self::worker::work;
