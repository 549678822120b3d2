//! The sandbox as a caller sees it: requests and responses on a frozen clock.

mod auth;
mod bench;
mod connections;
mod console;
mod console_acts;
mod control;
mod customers;
mod damage;
#[cfg(feature = "sqlite")]
mod data;
mod delivery_limits;
mod errors;
mod events;
mod expand;
mod faults;
mod form;
mod format;
mod fuzz;
mod host;
mod idempotency;
#[cfg(feature = "cli")]
mod kill;
#[cfg(feature = "cli")]
mod kill_shapes;
mod lifecycle;
mod limits;
mod link_page;
mod machine;
mod objects;
mod paging;
mod population;
mod preview;
#[cfg(feature = "cli")]
mod process;
#[cfg(feature = "cli")]
mod program;
mod rate_limits;
mod receiver;
mod refresh;
mod relink;
mod retention;
#[cfg(feature = "cli")]
mod serving;
mod sessions;
mod snapshot;
mod socket;
mod story;
mod test_kit;
mod thin;
mod transactions;
mod undelivered;
#[path = "../../../fc-client/tests/it/support/watchdog.rs"]
mod watchdog;
mod webhooks;
