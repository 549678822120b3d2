//! The institutions, and the money of their accounts.

pub(crate) mod account_spec;
pub(crate) mod calendar;
pub(crate) mod entry;
pub(crate) mod institution;
pub(crate) mod ledger;
pub(crate) mod merchants;
pub(crate) mod owners;
pub(crate) mod simulation;
pub(crate) mod transaction_id;
