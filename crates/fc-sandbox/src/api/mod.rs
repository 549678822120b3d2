//! Stripe's surface over HTTP: requests are checked, carried out and answered.

pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod error;
pub(crate) mod expand;
pub(crate) mod fault;
pub mod form;
pub(crate) mod idempotency;
pub(crate) mod operation;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod routes;
mod search;
pub(crate) mod version;
