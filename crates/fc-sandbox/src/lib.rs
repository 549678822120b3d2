//! A local, stateful Financial Connections server for tests and development.
//!
//! Stripe's SDKs run against it unchanged, because it uses the same requests, responses and webhooks. It also does what
//! Stripe's test mode cannot do: a user links accounts without a browser, a month passes in one call, and a refresh fails
//! on demand.
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
//! // The client creates a session, and the user links accounts in it.
//! let client_secret = create_session(client).await?;
//! let linked = sandbox.link(&client_secret, [AccountSpec::checking().last4("6789"), AccountSpec::savings()])?;
//! assert_eq!(linked.len(), 2);
//!
//! // The client starts a refresh. It is pending until its time on the clock.
//! sandbox.clock().advance(Duration::from_secs(1));
//! # let _ = api;
//! # Ok(()) }
//! ```
//!
//! # Scope
//!
//! - The eleven operations on sessions, accounts, owners and transactions, and the seven older paths of them.
//! - The public preview `2026-09-30.preview`: institutions, authorizations, inferred balances, relinking and hosted sessions. A
//!   caller sees it with a preview version in `Stripe-Version`, and nothing of it with any other.
//! - Customers (create, retrieve, update, delete, list, search), events (retrieve, list) and webhook endpoints (create, retrieve, update, delete,
//!   list).
//! - API keys, connected accounts, API versions, idempotency keys, pagination with cursors, expanding, and Stripe's errors
//!   and headers.
//! - Refreshes, subscriptions, inactive and disconnected accounts, and the expiry of log-ins and account numbers. All run on
//!   a [`Clock`] that can be moved, and emit the fourteen types of events. Callers and endpoints with a preview version get two
//!   types more, `session.updated` and `refreshed_inferred_balances`.
//! - Webhooks: signed requests to `http://` endpoints on this machine, in the order of the events. A failed delivery is
//!   retried with backoff: three attempts in test mode, three days in live mode. [`Sandbox::deliver_webhooks`] sends what is
//!   due and waits for it.
//! - Thin events for event destinations ([`Sandbox::event_destination`]): 20 of the 22 types, because the sandbox has no
//!   risk intelligence.
//! - The test institutions of Stripe's testing guide ([`Institution`]).
//! - [`Fault`]s on demand: rate limits, lock timeouts, server errors, lost and broken responses, institutions that are down,
//!   duplicated and delayed webhooks.
//! - `/_sandbox/link`, a page where a user links accounts, and `/_sandbox/fc.js`, which opens it from a front end like
//!   Stripe.js. `/_sandbox/example` is such a front end. The page has no manual entry of account numbers. To relink, it opens at
//!   the log-in of the bank. It is the hosted page too.
//! - `/_sandbox/console`, a page for browsers on this machine: worlds, accounts with their balances and time lines, the last
//!   requests, events and deliveries, and everything that a control does. The last requests are kept in memory, without keys and
//!   secrets ([`SandboxBuilder::request_log`]).
//! - `/_sandbox/…`, the controls: [`Sandbox::link`] and the other methods of the handle, over HTTP, for this machine or with a token
//!   ([`SandboxBuilder::control_token`]).
//!
//! A `Stripe-Version` is honoured or refused by name. All versions before 2026-09-30 have `filters[countries]`; apart from
//! that, all versions get the same shapes, with the additions of later ones. All versions of the public preview get the shapes of
//! `2026-09-30.preview`. Unknown families are refused.
//!
//! Limits: There is no TLS, so `https://` endpoints are refused. There are no endpoints for the events of all connected
//! accounts (`connect`).
//!
//! # Tests of an application
//!
//! [`Sandbox::customer`] and [`Sandbox::webhook_endpoint`] set up a world. [`Clock::for_client`] is the sandbox's clock for the
//! client under test, and [`eventually`] waits with a bound for what another task does. [`Fault::from_nth`] lets the first
//! calls pass.
//!
//! [`Sandbox::deactivate_because`] breaks an account, [`Sandbox::relink`] is the user who logs in again, and
//! [`Sandbox::end_session`] every other end of a session.
//!
//! # Security
//!
//! The sandbox is for a developer's machine, a CI job or a container network, and not for the internet. `SECURITY.md` in the
//! repository has its promises. It listens on loopback by default, and checks `Host` there
//! ([`SandboxBuilder::allow_host`]). Its secrets are predictable with a known seed ([`SandboxBuilder::seed`]).
//!
//! # Saving the state
//!
//! The state is in memory. `SandboxBuilder::open` (feature `sqlite`) and `fc-sandbox --data FILE` save it in a file too. A
//! response is sent only after its changes are on disk, so a crash loses no acknowledged write. [`Sandbox::export`] returns
//! the state as JSON for fixtures, and [`Sandbox::import`] reads it. Settings and pending faults are not part of the state.
//! An exported state contains API keys and client secrets, and so does a data file, which only its owner can read. While a
//! data file is in use, copy it together with its log, the file `-wal` beside it.
//!
//! [`SandboxBuilder::population`] gives each new world thousands of accounts and millions of transactions. A transaction is
//! computed when it is read.
//!
//! What the API can no longer show is forgotten: events and their deliveries after thirty days, saved responses after a day,
//! and the data of disconnected accounts. An event that waits for its delivery stays. At most 100,000 responses and 32 MiB of
//! them are saved for each key; beyond that, the oldest is forgotten first.
//!
//! # Features
//!
//! - `cli` (default): the program `fc-sandbox`. A test that uses only the library can do without it, and then builds a quarter
//!   fewer crates and no C code: `default-features = false`.
//! - `sqlite` (part of `cli`): `SandboxBuilder::open`, the data file.
//!
//! # Where Stripe is silent
//!
//! Some behavior is not published. The sandbox then does this:
//!
//! | Case | Behavior of the sandbox |
//! |---|---|
//! | refresh before `next_refresh_available_at`, or while one is pending | 200, nothing starts ([`SandboxBuilder::refuse_early_refresh`], [`SandboxBuilder::refuse_pending_refresh`]) |
//! | interval between refreshes | balance 1 min, ownership 1 day, transactions 1 h ([`SandboxBuilder::refresh_interval`]) |
//! | a permission was not given | 400 without a code; `param` is `features`, or `account` for a read |
//! | refresh or subscribe, account disconnected | 400 without a code |
//! | data of a disconnected account | removed: balance and ownership are null, owners and transactions are refused |
//! | a refresh that is pending at the disconnection | fails with it, without an event of its own |
//! | second disconnect, subscribe or unsubscribe | 200, nothing changes |
//! | order of transactions | newest first by `transacted_at`, then by the refresh that found them; dates may move ([`SandboxBuilder::move_posting_dates`]) |
//! | `transaction_refresh[after]` with an unknown id | 400 `resource_missing`; a failed refresh is known for thirty days after the next one |
//! | a cursor from the transactions of another account | 400 `resource_missing` |
//! | a finished session | can always be read, but not used again |
//! | the user leaves the linking page | the session is `cancelled`, without accounts |
//! | the user logs in with the password `error` | the session is `failed`, without accounts; a relink with `no_authorization` |
//! | a relink of an account | the accounts that the user chooses are active again with their ids and their permissions |
//! | a relink without `account` | concerns all accounts of the authorization; `relink_result.account` names the only one, or is null |
//! | another account in a relink | is linked with an authorization of its own; the account of the session stays as it is |
//! | `account_closed` | the only cause with the action `none`; a relink fails with `no_account` |
//! | `account_holder` of a session that relinks | that of the authorization; another one is refused with 400 |
//! | a hosted session | `client_secret` is null; `url` is the linking page with the secret in its fragment, and null once finished |
//! | a hosted session by e-mail | no e-mail is sent, and `url` is null; a control has the address of the page |
//! | institutions | the test institutions, and every bank of a linked account; `inactive` or `degraded` during an outage |
//! | inferred balances | need the permission `balances`; one for each of 90 days, from the bank's own history |
//! | an endpoint without `api_version` | gets events in 2026-09-30.endive, whatever the version of the call that created it |
//! | `session.updated` | once, when the session ends |
//! | event destinations for thin events | a control creates them, because the API v2 is missing; `GET /v2/core/events/{id}` too |
//! | codes and security answers on the linking page | every input is accepted; only passwords have meanings |
//! | a customer is deleted | its accounts stay linked and name it; it is not listed or found |
//! | a search | finds changes at once; at Stripe they take up to a minute |
//! | the 17th webhook endpoint | 400 without a code |
//! | the id of a Stripe account (`acct_…`) | every well-formed id is taken to exist |
//! | `sk_test_X` and `sk_live_X` | the two modes of one account: an error about an id of the other mode says so |
//! | "soon" and "immediately" at the test institutions | 5 s after linking |
//! | a planned end or an expiry in less than 30 days | the warning is sent at once |
//! | a planned end of a log-in | concerns all accounts that were linked together at one institution |
//! | an account number that expires | `expired`, at the expected date; the payment methods stay |
//! | `request` of an event | the call that started the refresh or the disconnection; null members otherwise |
//! | wait before a webhook retry | 1 h and 3 h; in live mode 5 min, doubling up to 12 h, for three days |
//! | `pending_webhooks` | decreases with each success; a delivery that failed for good still counts |
//! | a webhook endpoint that is disabled | a delivery that falls due meanwhile is cancelled |
//! | time in `Stripe-Signature` | the machine's, like the receivers' ([`SandboxBuilder::sign_webhooks_in_sandbox_time`]) |
//! | 409 `idempotency_key_in_use` | `type` is `idempotency_error` |
//! | rate limits | none; with [`SandboxBuilder::limits`], as many calls in progress as may begin in a second, and a burst of one second |
//!
//! # Reading order
//!
//! Each folder uses only what stands below it in this list:
//!
//! - `builder.rs`, `app.rs`: setting up a sandbox, and its router and server.
//! - `link_page`, `console`, `control`: the linking page, the console and the controls, which Stripe does not have.
//! - `api`: Stripe's API. A request goes from `routes` through `fault` and `call` to an operation. `error` words refusals.
//! - `sandbox.rs`: the handle. `webhook`: the dispatcher. `http`: the server, and the layer that waits for the commit.
//! - `state`: all worlds of a sandbox. A world is everything that one key can see.
//! - `lifecycle`: the rules, such as `refresh`, `link` and `delivery`. A rule is a function that takes a world.
//! - `render`: objects as the API shows them. `world`: the tables of a world and its scheduled tasks.
//! - `limiter`: rate limits. `fault`: faults on demand. `bank`: institutions and their transactions. `model`: the records.
//! - `random`, `store`, `clock` and the files beside them: random values, the data file, the time.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod api_version;
mod app;
mod bank;
mod builder;
mod caller;
mod client_clock;
mod clock;
mod console;
mod control;
mod fault;
mod http;
mod lifecycle;
mod limiter;
mod link_page;
mod lock;
mod model;
mod names;
mod page_file;
mod paging;
mod random;
mod render;
mod request_log;
mod sandbox;
mod secrets;
mod state;
mod store;
mod test_kit;
#[cfg(test)]
mod testing;
mod webhook;
mod world;

pub use crate::api::form;
pub use crate::app::RunningSandbox;
pub use crate::bank::account_spec::AccountSpec;
pub use crate::bank::institution::{Institution, LogIn, Outage};
pub use crate::builder::SandboxBuilder;
pub use crate::client_clock::ClientClock;
pub use crate::clock::Clock;
pub use crate::fault::kind::RateLimit;
pub use crate::fault::{Fault, FaultError, Faults};
pub use crate::lifecycle::link::LinkError;
pub use crate::model::account::InactiveCause;
pub use crate::model::account_number::{AccountNumberStatus, PaymentMethodType};
pub use crate::model::feature::{Feature, RefreshOutcome};
pub use crate::model::limits::Limits;
pub use crate::model::owner::AccountOwner;
pub use crate::model::session::SessionEnd;
pub use crate::sandbox::{AccountError, Sandbox};
pub use crate::store::change::StoreFailure;
pub use crate::store::snapshot::ImportError;
#[cfg(feature = "sqlite")]
pub use crate::store::sqlite::DataError;
pub use crate::test_kit::{NotInTime, SetupError, eventually};

/// The samples of the README, compiled as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeSamples;
