//! The types of what a world holds.

pub(crate) mod account;
pub(crate) mod account_number;
pub(crate) mod authorization;
pub(crate) mod control_token;
pub(crate) mod customer;
pub(crate) mod event;
pub(crate) mod feature;
pub(crate) mod holder;
pub(crate) mod limits;
pub(crate) mod operation;
pub(crate) mod own_addresses;
pub(crate) mod owner;
pub(crate) mod refresh;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod webhook;
