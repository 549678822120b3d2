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
//! - Customers (create, retrieve, list), events (retrieve, list) and webhook endpoints (create, retrieve, update, delete, list).
//! - Keys, connected accounts, versions, idempotency, pages, expanding, and Stripe's error bodies and headers.
//! - Refreshes, subscriptions, inactive and disconnected accounts, log-ins and account numbers that end, all on a [`Clock`]
//!   that can be moved; the fourteen types of events that tell of it.
//! - Webhooks: signed requests to `http://` endpoints on this machine, in the order of events, tried three times (in live mode
//!   for three days) on that clock. [`Sandbox::deliver_webhooks`] sends what is due and waits for it.
//! - The test institutions of Stripe's testing guide ([`Institution`]).
//! - [`Fault`]s: limits, locks, failures, lost and broken answers, banks that are down, webhooks that come twice or late.
//! - `/_sandbox/link`, a page where a user links accounts, and `/_sandbox/fc.js`, which opens it from a front end as Stripe.js
//!   would; `/_sandbox/example` is such a front end. The page has no manual entry of account numbers.
//! - `/_sandbox/…` for programs in other languages: [`Sandbox::link`] and the other handles over HTTP, to this machine only.
//!
//! It does not render older versions: `Stripe-Version` and an endpoint's `api_version` are echoed, and the shape is one. It has
//! no TLS, so endpoints at `https://` are refused, and no endpoints for the events of all connected accounts (`connect`).
//!
//! # Keeping the state
//!
//! The state is in memory, and with `SandboxBuilder::open` (feature `sqlite`) or `fc-sandbox --data FILE` in a file as well.
//! An answer leaves when what it tells of is on the disk, so whatever ends the process, no acknowledged write is lost.
//! [`Sandbox::export`] gives the state as JSON for fixtures, and [`Sandbox::import`] takes it in again. Settings and faults to
//! come are no part of a state. What is kept has the keys and client secrets of its callers in it.
//!
//! [`SandboxBuilder::population`] lets each new world begin with up to thousands of accounts and millions of transactions,
//! which are worked out when somebody reads them.
//!
//! # Features
//!
//! - `cli` (default): what the program `fc-sandbox` needs. A test that only uses the library does without, and builds a quarter
//!   fewer crates and no C: `default-features = false`.
//! - `sqlite` (with `cli`): `SandboxBuilder::open`, the data file.
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
//! | the user leaves the linking page, or logs in with the password `error` | the session is used up, without accounts |
//! | codes and answers on the linking page | any will do; only passwords have meanings |
//! | the id of a Stripe account (`acct_…`) | any is taken to exist |
//! | `sk_test_X` and `sk_live_X` | the two modes of one account: an id of the other mode is called that |
//! | "soon" and "immediately" at the test institutions | 5 s after linking |
//! | a planned end, or an expiry, in less than 30 days | the warning comes at once |
//! | an end that is planned for a log-in | concerns all accounts that were linked together at one institution |
//! | an account number that expires | `expired`, at the expected date; the ways to pay stay |
//! | `request` of an event | the call that asked for the refresh or the disconnection; empty for what nobody asked for |
//! | retries of a webhook | 1 h and 3 h apart; in live mode 5 min, doubling up to 12 h, for three days |
//! | `pending_webhooks` | goes down with each success; a delivery that was given up still counts |
//! | time in `Stripe-Signature` | the machine's, as receivers have it ([`SandboxBuilder::sign_webhooks_in_sandbox_time`]) |
//! | 409 `idempotency_key_in_use` | `type` is `idempotency_error` |
//!
//! # Reading order
//!
//! A request goes through `call` (the checks that all operations share) to `routes` (one table per operation), and from
//! there to `world` (the state of one key). `refresh` and `link` are what happens to accounts; `bank` is where their money
//! comes from; `render` is what the wire shows. `courier` takes events to webhook endpoints, and `fault` is what goes wrong.

mod access;
mod account_number;
mod account_spec;
mod agenda;
mod auth;
mod authorization;
mod bank;
mod builder;
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
mod link_page;
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
pub use crate::account_spec::{AccountOwner, AccountSpec};
pub use crate::builder::SandboxBuilder;
pub use crate::clock::Clock;
pub use crate::fault::{Fault, FaultError, Faults, RateLimit};
pub use crate::institution::{Institution, LogIn, Outage};
pub use crate::link::LinkError;
pub use crate::model::{Feature, RefreshOutcome};
pub use crate::sandbox::{AccountError, RunningSandbox, Sandbox};
pub use crate::snapshot::ImportError;
#[cfg(feature = "sqlite")]
pub use crate::sqlite::DataError;
pub use crate::store::StoreFailure;
