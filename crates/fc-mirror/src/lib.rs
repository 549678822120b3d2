//! A local copy of Stripe Financial Connections data, in SQLite or Postgres.
//!
//! The mirror keeps accounts, owners, balance history and transactions in the user's own database. Each change is committed
//! once, with a number. Programs read plain SQL tables.
//!
//! ```
//! use fc_ext::{ApiKey, Config};
//! use fc_mirror::Mirror;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = fc_sandbox::Sandbox::start().await?;
//! # let folder = tempfile::tempdir()?;
//! # let address = &format!("sqlite:{}", folder.path().join("bank.db").display());
//! // Without `config`, the settings come from `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
//! let config = Config::new(ApiKey::new("sk_test_0123456789abcdefwxyz")?).with_base_url(sandbox.base_url());
//! let mirror = Mirror::builder().config(config).open(address).await?;
//!
//! // Load everything, and end when nothing is due. `run` keeps the copy up to date instead.
//! let status = mirror.run_until_idle().await?;
//! assert_eq!(status.failing, 0);
//! # Ok(()) }
//! ```
//!
//! # Where changes come from
//!
//! - **Webhooks**: [`Mirror::webhook`] stores an event with the work that it causes, and returns after the commit. Events are
//!   hints: the account is read from Stripe, whatever the event says.
//! - **Listings**: once an hour all accounts are listed, a hundred per call, and those that differ are read. So lost webhooks
//!   delay a change and lose nothing. The first listing is the first load. An account that is missing from a listing is read;
//!   if Stripe no longer has it, `fc_health` says `vanished`, and its rows stay.
//! - **The list of events**, where no webhook can be received: [`MirrorBuilder::poll_events`].
//!
//! A thousand events of one account are one sync. Any number of processes can share a database: each claims accounts under a
//! lease, and a worker that woke late cannot write.
//!
//! # Tables
//!
//! Each table has Stripe's id in the column `id`. `shard` and `tenant` (Stripe account and mode, such as `self/test`) lead each
//! key. Amounts are in minor units; what Stripe leaves null is null. Times of Stripe are Unix seconds, times of the mirror end in
//! `_ms`. A sync deletes no row.
//!
//! | table | row |
//! |---|---|
//! | `fc_account` | account: typed columns, and its JSON in `raw` |
//! | `fc_owner` | owner, by ownership snapshot; the current one is `fc_account.ownership` |
//! | `fc_balance` | balance in one currency, at `as_of`; `id` is the account, `refreshed_at` the refresh that brought it |
//! | `fc_transaction` | transaction in its newest state, and its JSON in `raw` |
//! | `fc_transaction_version` | each state that the mirror saw of a transaction, from version 1 |
//! | `fc_change` | change of any of these, numbered without gaps within its shard: [`Mirror::changes`] |
//! | `fc_sync` | work of an account: cursor, lease, failures |
//! | `fc_event` | event; its body is dropped when the sync that covers it is done |
//! | `fc_tenant` | Stripe account in one mode: its listing |
//!
//! Views have timestamps: `fc_current_balance`, `fc_balance_period` (the balance at a date), `fc_daily_spending`, `fc_health`
//! (what is wrong with an account, and what to do), and `fc_possible_duplicate`.
//!
//! The tables have no foreign keys and no triggers. Tables of your own may refer to them by id.
//!
//! # Two engines
//!
//! `sqlite:bank.db` is a file in WAL mode with `synchronous=FULL`, for one machine. `postgres://…` needs Postgres 13 or newer;
//! connections are pooled, and a pooler in transaction mode may stand before it. `sslmode` is read as by libpq, and each mode
//! that uses TLS verifies the certificate; `sslrootcert` names trusted ones.
//!
//! # Pace
//!
//! Calls stay under 80 % of Stripe's limits ([`MirrorBuilder::rate_share`]), webhooks before reconciliation before first load.
//! A 429 halves the rate, and quiet seconds bring it back. Live workers divide the limit. A process that only verifies, or asks for
//! fresh balances, is no worker: its calls come on top.
//!
//! # Seen from outside
//!
//! [`Mirror::status`] has counts for dashboards, the progress of the first load and its estimate. `Mirror::metrics` has them for
//! Prometheus. Spans of `tracing`: `run`, `sync`, `listing`, `events`, `balances`, `webhook`, `call`, and at level trace `store`, a
//! database operation. They name tenants, accounts, events and operations, and hold no secret and no personal data.
//!
//! # Features
//!
//! - `ring` (default): TLS with ring, unless the program has installed another provider.
//! - `sqlite` (default): the engine in this process. It builds SQLite, so it needs a C compiler.
//! - `postgres`: the engine for many workers.
//! - `axum`: `Mirror::endpoint`, a webhook route.
//! - `metrics`: `Mirror::metrics`, for Prometheus.
#![cfg_attr(docsrs, feature(doc_cfg))]
// A build with neither engine compiles, so that features stay additive, and opens nothing.
#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    allow(dead_code, unused_imports, unused_variables)
)]

#[macro_use]
mod store;

mod engine;
mod error;
mod mirror;
mod op;
mod pace;
mod row;
#[cfg(test)]
mod testing;

pub use crate::engine::{DifferenceKind, Policy, Receipt};
pub use crate::error::{Error, ErrorKind};
pub use crate::mirror::{
    Change, ChangeKind, ChangePosition, Changes, Difference, Entity, Mirror, MirrorBuilder, Progress, Status,
    TenantStatus,
};

/// The samples of the README, compiled as doc tests.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct ReadmeSamples;
