//! The sandbox as a caller sees it: requests in, answers out, on a clock that stands still.

mod auth;
mod bench;
mod connections;
mod control;
#[cfg(feature = "sqlite")]
mod data;
mod errors;
mod events;
mod expand;
mod faults;
mod form;
mod format;
mod idempotency;
#[cfg(feature = "cli")]
mod kill;
mod lifecycle;
mod link_page;
mod machine;
mod objects;
mod paging;
mod population;
#[cfg(feature = "cli")]
mod process;
#[cfg(feature = "cli")]
mod program;
mod receiver;
mod refresh;
mod sessions;
mod snapshot;
mod socket;
mod story;
mod transactions;
mod webhooks;
