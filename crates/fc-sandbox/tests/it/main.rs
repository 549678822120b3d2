//! The sandbox as a caller sees it: requests in, answers out, on a clock that stands still.

mod auth;
mod bench;
mod control;
mod errors;
mod events;
mod expand;
mod form;
mod idempotency;
mod lifecycle;
mod objects;
mod paging;
mod program;
mod refresh;
mod sessions;
mod socket;
mod transactions;
