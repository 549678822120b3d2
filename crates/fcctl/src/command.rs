//! The commands, one per file.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod balance;
pub(crate) mod completions;
pub(crate) mod disconnect;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod link;
pub(crate) mod listen;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod mirror;
pub(crate) mod owners;
pub(crate) mod probe;
pub(crate) mod refresh;
pub(crate) mod resend;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod sign;
pub(crate) mod subscribe;
pub(crate) mod transactions;
pub(crate) mod unsubscribe;
pub(crate) mod verify;
