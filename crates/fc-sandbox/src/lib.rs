//! A Stripe Financial Connections API of one's own: stateful, deterministic, and on this machine.
//!
//! It speaks the real wire, so Stripe's SDKs run against it unchanged, and it does what no test mode does: a user links
//! accounts without a browser, a month passes in one call, and a refresh fails when it is told to.
//!
//! ```
//! use std::time::Duration;
//! use fc_sandbox::{AccountSpec, Clock, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::builder().clock(Clock::frozen(1_790_000_000)).start().await?;
//! let api = sandbox.base_url(); // point a client at it
//! # async fn create_session(sandbox: &Sandbox) -> Result<String, Box<dyn std::error::Error>> {
//! #     use axum::{body::{Body, to_bytes}, http::Request};
//! #     let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=balances";
//! #     let request = Request::post("/v1/financial_connections/sessions")
//! #         .header("authorization", "Bearer sk_test_doc")
//! #         .body(Body::from(form))?;
//! #     let response = tower::ServiceExt::oneshot(sandbox.router(), request).await?;
//! #     let session: serde_json::Value = serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await?)?;
//! #     Ok(session["client_secret"].as_str().unwrap_or_default().to_owned())
//! # }
//! # let client = &sandbox;
//!
//! // The client creates a session; the user goes through it.
//! let client_secret = create_session(client).await?;
//! let linked = sandbox.link(&client_secret, [AccountSpec::checking().last4("6789"), AccountSpec::savings()])?;
//! assert_eq!(linked.len(), 2);
//!
//! // The client asks for a refresh, which is pending until its time has come.
//! sandbox.clock().advance(Duration::from_secs(1));
//! # let _ = api;
//! # Ok(()) }
//! ```
//!
//! # What it has
//!
//! - The eleven operations on sessions, accounts, owners and transactions, and the seven older addresses of them.
//! - Customers (create, retrieve, list) and events (retrieve, list).
//! - Keys, connected accounts, versions, idempotency, pages, expanding, and Stripe's error bodies and headers.
//! - Refreshes, subscriptions, inactive and disconnected accounts, all on a [`Clock`] that can be moved.
//! - `/_sandbox/…` for programs in other languages: [`Sandbox::link`] and the other handles over HTTP, to this machine only.
//!
//! Webhooks are not delivered yet; [`Sandbox::events`] and `/v1/events` have the log. State is in memory.
//!
//! # Where Stripe is silent
//!
//! Some behaviour is published nowhere. The sandbox then does this:
//!
//! | Case | Here |
//! |---|---|
//! | refresh before `next_refresh_available_at`, or while one is pending | 200, nothing starts ([`SandboxBuilder::refuse_early_refresh`]) |
//! | interval between refreshes | balance 1 min, ownership 1 day, transactions 1 h ([`SandboxBuilder::refresh_interval`]) |
//! | a permission was not given | 400 without a code, `param` is `features`, or `account` when reading |
//! | refresh or subscribe, account disconnected | 400 without a code |
//! | data of a disconnected account | gone: balance and ownership null, owners and transactions refused |
//! | second disconnect, subscribe or unsubscribe | 200, nothing changes |
//! | order of transactions | newest first by `transacted_at`, then by when they became known |
//! | `transaction_refresh[after]` with an unknown id | 400 `resource_missing` |
//! | a finished session | can be read for ever, and not used again |
//! | the id of a Stripe account (`acct_…`) | any is taken to exist |
//!
//! # Reading order
//!
//! A request goes through `call` (the checks that all operations share) to `routes` (one table per operation), and from
//! there to `world` (the state of one key). `refresh` and `link` are what happens to accounts; `bank` is where their money
//! comes from; `render` is what the wire shows.

mod access;
mod account_number;
mod agenda;
mod auth;
mod authorization;
mod bank;
mod call;
mod clock;
mod control;
mod courier;
mod error;
mod event;
mod expand;
mod fault;
mod fault_control;
pub mod form;
mod idempotency;
mod institution;
mod ledger;
mod link;
mod model;
mod page;
mod params;
mod population;
mod post;
mod random;
mod record;
mod refresh;
mod render;
mod routes;
mod sandbox;
mod server;
mod snapshot;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;
mod store;
mod table;
mod transaction_id;
mod version;
mod webhook;
mod world;

pub use crate::account_number::{AccountNumberStatus, PaymentMethodType};
pub use crate::clock::Clock;
pub use crate::fault::{Fault, FaultError, Faults, RateLimit};
pub use crate::institution::{Institution, LogIn, Outage};
pub use crate::link::{AccountOwner, AccountSpec, LinkError};
pub use crate::model::{Feature, RefreshOutcome};
pub use crate::sandbox::{AccountError, RunningSandbox, Sandbox, SandboxBuilder};
pub use crate::snapshot::ImportError;
#[cfg(feature = "sqlite")]
pub use crate::sqlite::DataError;
pub use crate::store::StoreFailure;
