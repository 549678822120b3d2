//! Toolkit for Stripe Financial Connections: link bank accounts with consent, read balances, owners and transactions, and
//! keep them fresh.
//!
//! It adds pagination, waits, incremental sync and webhooks to the generated client, which retries with backoff and sends
//! idempotency keys.
//!
//! ```no_run
//! use std::time::Duration;
//! use fc_ext::prelude::*;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let fc = FinancialConnections::from_env()?;
//!
//! // Ask for consent: the front end opens the linking modal with the client secret of the session.
//! let holder = NewAccountHolder::Customer("cus_9s6XI9OFIdpjIg".parse()?);
//! let session = fc.sessions().create(holder, [Permission::Balances]).send().await?;
//!
//! // After linking: a fresh balance of each account.
//! let mut accounts = fc.accounts().list().session(&session.id).items();
//! while let Some(account) = accounts.next().await {
//!     let refresh = fc.accounts().refresh(account?.id, [RefreshFeature::Balance]);
//!     let refreshed = refresh.until_settled(Duration::from_secs(60)).await?;
//!     println!("{:?}", refreshed.balance);
//! }
//! # Ok(()) }
//! ```
//!
//! # Where to start
//!
//! | to … | see |
//! |---|---|
//! | make a call | [`FinancialConnections`]; calls without a method there are on its [`client`](FinancialConnections::client) |
//! | read a list by items or pages (pagination) | [`Paged`] |
//! | refresh an account and wait for the outcome | [`Refresh::until_settled`], [`Outcome`] |
//! | get a fresh balance before a debit | [`Accounts::fresh_balance`] |
//! | wait for a refresh by webhook events | [`Accounts::until_settled_by`], [`Accounts::until_settled_by_thin_events`] |
//! | wait until an account meets a condition | [`Until`], [`Condition`] |
//! | sync the transactions of an account | [`Transactions::sync_into`], [`TransactionSync`] |
//! | receive webhooks | [`webhook`], [`WebhookEndpoints`]; missed events: [`Events`] |
//! | create the customer who links accounts | [`Customers`] |
//! | look up permissions, fields and events of a feature | [`RefreshFeature`], [`SubscribeFeature`], [`Permission`] |
//! | set retries, timeouts and idempotency keys | [`Config`] and the methods of each request |
//! | handle errors and the rate limit | [`Error`], into which [`CallError`], [`WaitError`] and [`SyncError`] convert |
//! | act for connected accounts (Connect) | [`FinancialConnections::with_stripe_account`] |
//!
//! The enums of features and permissions here are closed and know names, permissions, fields and events. The enums of the
//! same values in fc-types are open and carry what the API sends. They convert both ways: `From`, and `TryFrom` for values
//! that are not known here.
//!
//! # Cargo features
//!
//! - `ring`, on by default: TLS and webhook signatures with ring, unless the program has installed another provider. For aws-lc,
//!   also as FIPS, turn it off and install that provider at the start of the program: [how](fc_client#aws-lc-and-fips).
//! - `axum`: extractors that give verified webhook events to axum handlers.
//! - `blocking`: blocking calls for programs without an async runtime.
//! - `preview`: the public preview of the API: relinking, institutions, authorizations, inferred balances, hosted sessions.
//! - `tracing`: spans and events of calls.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod as_text;
#[macro_use]
mod scope;

#[cfg(feature = "blocking")]
pub mod blocking;
mod core;
mod encoded;
mod error;
mod facade;
mod feature;
mod fresh_balance;
mod generated;
mod page;
mod permission;
pub mod prelude;
#[cfg(feature = "preview")]
pub mod preview;
mod server_time;
mod sync;
mod wait;
pub mod webhook;

pub use fc_client::{
    self as client, ApiKey, Client, Clock, Config, Error as CallError, ErrorKind, Random, Response,
    RetryBudget,
};
pub use fc_types as types;

pub use crate::core::{
    CreateCustomer, CreateWebhookEndpoint, Customer, Customers, DeleteWebhookEndpoint, EndpointSecret,
    Events, ListEvents, ListWebhookEndpoints, RetrieveCustomer, RetrieveEvent, RetrieveWebhookEndpoint,
    WebhookEndpoint, WebhookEndpoints,
};
pub use crate::error::Error;
pub use crate::facade::{
    Accounts, ByHolder, FinancialConnections, NewAccountHolder, Sessions, Transactions, UnknownHolder,
};
pub use crate::feature::{RefreshFeature, RefreshState, SubscribeFeature, UnknownFeature};
pub use crate::fresh_balance::{BalanceCheck, FreshBalance, StaleReason};
pub use crate::page::{Items, PageRequest, Paged, Pages};
pub use crate::permission::{Permission, UnknownPermission};
pub use crate::sync::{
    InvalidPosition, MemoryStore, SyncError, SyncInto, SyncIntoError, SyncPosition, Synced, TransactionStore,
    TransactionSync,
};
pub use crate::wait::{
    And, Condition, Elapsed, Not, Or, Outcome, Polling, Refresh, RefreshWatch, Refreshed, Settled, Until,
    WaitError, active, settled,
};

/// The samples of the README, compiled as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeSamples;
