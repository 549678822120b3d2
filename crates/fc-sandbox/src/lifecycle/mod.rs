//! The rules of a world: how sessions, accounts, events and deliveries change.
//!
//! A rule is a function that takes the world. Rules know nothing of HTTP; a refusal is a value ([`refusal`]).

pub(crate) mod account_number;
pub(crate) mod connection;
pub(crate) mod customer;
pub(crate) mod delivery;
pub(crate) mod endpoint;
pub(crate) mod event;
pub(crate) mod link;
pub(crate) mod notice;
pub(crate) mod population;
pub(crate) mod refresh;
pub(crate) mod refusal;
pub(crate) mod relink;
pub(crate) mod retention;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod subscription;
