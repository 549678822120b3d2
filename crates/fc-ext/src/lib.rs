//! Ergonomics for Stripe Financial Connections: link bank accounts with consent, read balances, owners and transactions,
//! keep them fresh.
//!
//! ```no_run
//! use fc_ext::{AccountHolder, FinancialConnections, Permission, RefreshFeature};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let fc = FinancialConnections::from_env()?;
//!
//! // Ask for consent: hand the client secret to the front end, which opens the linking modal with it.
//! let holder = AccountHolder::Customer("cus_9s6XI9OFIdpjIg".parse()?);
//! let session = fc.sessions().create(holder, [Permission::Balances]).send().await?;
//!
//! // Later: what was linked, and a fresh balance of each.
//! for account in fc.accounts().list().session(&session.id).send().await? {
//!     fc.accounts().refresh(&account.id, [RefreshFeature::Balance]).send().await?;
//! }
//! # Ok(()) }
//! ```
//!
//! [`RefreshFeature`], [`SubscribeFeature`] and [`Permission`] are closed and know their names, what they need and what
//! they bring; fc-types' enums of the same values are open and only carry what is on the wire.

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
