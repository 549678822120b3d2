//! The sandbox as a caller sees it: requests in, answers out, on a clock that stands still.

mod auth;
mod bench;
mod connections;
mod control;
mod errors;
mod events;
mod expand;
mod faults;
mod form;
mod idempotency;
mod lifecycle;
mod link_page;
mod objects;
mod paging;
mod program;
mod receiver;
mod refresh;
mod sessions;
mod socket;
mod transactions;
mod webhooks;
