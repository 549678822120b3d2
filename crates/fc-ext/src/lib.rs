//! Ergonomics for Stripe Financial Connections: link bank accounts with consent, read balances, owners and transactions,
//! keep them fresh.
//!
//! ```no_run
//! use std::time::Duration;
//! use fc_ext::prelude::*;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let fc = FinancialConnections::from_env()?;
//!
//! // Ask for consent: hand the client secret to the front end, which opens the linking modal with it.
//! let holder = AccountHolder::Customer("cus_9s6XI9OFIdpjIg".parse()?);
//! let session = fc.sessions().create(holder, [Permission::Balances]).send().await?;
//!
//! // Later: what was linked, and a fresh balance of each.
//! let mut accounts = fc.accounts().list().session(&session.id).items();
//! while let Some(account) = accounts.next().await {
//!     let refresh = fc.accounts().refresh(account?.id, [RefreshFeature::Balance]);
//!     let refreshed = refresh.until_settled(Duration::from_secs(60)).await?;
//!     println!("{:?}", refreshed.balance);
//! }
//! # Ok(()) }
//! ```
//!
//! # What is where
//!
//! | to … | see |
//! |---|---|
//! | make a call | [`FinancialConnections`]; what has no short way there, on its [`client`](FinancialConnections::client) |
//! | read a list, item by item or page by page | [`Paged`] |
//! | refresh an account and learn how that ended | [`Refresh::until_settled`], [`Outcome`] |
//! | wait for a refresh by the events of a webhook | [`Accounts::until_settled_by`], [`RefreshWatch`] |
//! | wait for an account to be as you want it | [`Until`], [`Condition`] |
//! | follow an account's transactions | [`TransactionSync`] |
//! | receive webhooks | [`webhook`] |
//! | know what a feature needs and brings | [`RefreshFeature`], [`SubscribeFeature`], [`Permission`] |
//! | react to what went wrong | [`Error`], [`WaitError`], [`SyncError`] |
//!
//! Features and permissions are closed here and know their names, what they need and what they bring; fc-types' enums of the
//! same values are open and only carry what is on the wire.
//!
//! # Cargo features
//!
//! None is on by default, and none changes what the others do.
//!
//! - `axum`: extractors that hand verified webhook events to axum handlers.
//! - `blocking`: the same calls for programs without an async runtime.
//! - `tracing`: spans and events of calls.

#[macro_use]
mod scope;

#[cfg(feature = "blocking")]
pub mod blocking;
mod facade;
mod feature;
mod page;
mod permission;
pub mod prelude;
mod sync;
mod wait;
pub mod webhook;

pub use fc_client::{
    self as client, ApiKey, Client, Clock, Config, Error, ErrorKind, Random, Response, RetryBudget,
};
pub use fc_types as types;

pub use crate::facade::{AccountHolder, Accounts, FinancialConnections, Sessions, Transactions};
pub use crate::feature::{RefreshFeature, RefreshState, SubscribeFeature, UnknownFeature};
pub use crate::page::{Items, Paged, Pages};
pub use crate::permission::Permission;
pub use crate::sync::{InvalidPosition, SyncError, SyncPosition, TransactionSync};
pub use crate::wait::{
    And, Condition, Elapsed, Not, Or, Outcome, Polling, Refresh, RefreshWatch, Refreshed, Settled, Until,
    WaitError, active, settled,
};

/// The examples of the project's README, compiled with the tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
