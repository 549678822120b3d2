//! Objects as the API shows them.
//!
//! A member that Stripe documents as nullable is null when it has no value. An optional member is left out.

pub(crate) mod account;
pub(crate) mod authorization;
pub(crate) mod customer;
pub(crate) mod event;
pub(crate) mod holder;
pub(crate) mod inferred_balance;
pub(crate) mod institution;
pub(crate) mod list;
pub(crate) mod ownership;
pub(crate) mod session;
pub(crate) mod transaction;
pub(crate) mod webhook;
