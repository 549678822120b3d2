//! HTTP client of the [Stripe Financial Connections API][api], generated from its OpenAPI slice.
//!
//! ```no_run
//! use fc_client::Client;
//! use fc_client::types::{AccountId, AccountRefreshFeature};
//!
//! # async fn refresh() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::from_env()?;
//! let id: AccountId = "fca_1MwVK82eZvKYlo2Cjw8FMxXf".parse()?;
//!
//! let account = client.refresh_account(id, [AccountRefreshFeature::Balance]).send().await?;
//! println!("{} of {}", account.id, account.institution_name);
//! # Ok(())
//! # }
//! ```
//!
//! `send` returns the value alone. `send_response` adds status, headers and request id. A request can be cloned and sent
//! again; each sending is a call of its own.
//!
//! # What every call does
//!
//! - **Authentication**: it sends the key as a bearer token, and the API version.
//! - **Idempotency**: every POST carries an idempotency key, the caller's or a random one. All attempts of a call share it.
//! - **Retries**: transient failures are retried up to twice, with exponential backoff and jitter; see
//!   [`Config::with_max_retries`]. A [`RetryBudget`] bounds the retries of all calls together.
//! - **Deadline**: the whole call ends after 80 seconds at the latest, and each attempt after 30; see
//!   [`Config::with_timeout`] and [`Config::with_attempt_timeout`].
//! - **Rate limits**: a call that Stripe's rate limiter refused returns an error and is not retried, because a retry adds
//!   to the load; see [`Error::is_rate_limited`].
//! - **Pagination**: a list request returns one page; [`ListRequest`] has its cursors.
//! - **Encoding**: bodies and queries are written as the official SDKs write them: nested names in brackets, arrays indexed.
//! - **Safety**: ids are percent-encoded, so that none can change the route. Redirects are not followed. The key never
//!   travels over plain http, except to this machine, and a test key to a host that you name
//!   ([`Config::with_insecure_test_host`]). A response has at most 64 MiB ([`Config::with_max_response_size`]).
//! - **Errors**: an [`Error`] keeps status, headers and body. It says whether the request may have been executed and shows
//!   no secret. A response that does not decode is an error that names the place in the JSON.
//!
//! [`Client::raw_call`] calls operations that have no method here, in the same way.
//!
//! # Names
//!
//! Most programs need [`Client`], [`Config`], [`ApiKey`], [`Error`] and the requests. [`Clock`] and [`Random`] replace
//! time and chance in tests.
//!
//! # reqwest and rustls in your program
//!
//! This crate sends with [`reqwest`], which is re-exported, and encrypts with rustls. Its TLS provider is the one that your
//! program installed for the process, otherwise ring. It installs none. Cargo builds reqwest and rustls once for a whole
//! program, with the features that any crate asks for. This crate asks for reqwest's `rustls-no-provider` and, with its
//! feature `ring`, for rustls's `ring`. That affects your own use of these crates:
//!
//! - `reqwest::Client::new()` and `ClientBuilder::build()` panic while the process has no TLS provider, unless your program
//!   turns on reqwest's feature `rustls`. The panic does not depend on the URL. Build your clients with
//!   [`http_client_builder`], or install a provider first.
//! - `rustls::ClientConfig::builder()` panics if the program has aws-lc as well, because rustls does not choose between two
//!   providers. Name one with `builder_with_provider`, or install one first.
//!
//! A program installs a provider once, at its start: `rustls::crypto::aws_lc_rs::default_provider().install_default()`, or
//! the same with `ring`.
//!
//! # aws-lc and FIPS
//!
//! Turn off the default feature `ring`, add rustls with the provider, and install it before the first client:
//!
//! ```toml
//! fc-client = { version = "0.1", default-features = false }
//! rustls = { version = "0.23", default-features = false, features = ["aws_lc_rs", "std", "tls12"] } # `fips` for FIPS
//! ```
//!
//! ```ignore
//! rustls::crypto::aws_lc_rs::default_provider().install_default().expect("no other provider is installed");
//! ```
//!
//! An installed provider is used even where another crate turns `ring` on. Idempotency keys are drawn from it too.
//!
//! # Features
//!
//! - `ring`, on by default: TLS with ring, unless the program installed another provider. Without it, a client without an
//!   installed provider is a configuration error.
//! - `preview`: the requests of the public preview of the API, through `Client::preview`.
//! - `tracing`: a span for each call and an event for each attempt, with operation, status, request id and duration. Each
//!   notice that Stripe sends in a header is a warning. None of them holds a secret. An error's text has Stripe's message, which
//!   may quote a value of the request.
//!
//! [api]: https://docs.stripe.com/api/financial_connections
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod list;
#[macro_use]
mod request;

mod answer;
mod api_key;
mod base_url;
mod call;
mod client;
mod clock;
mod config;
mod decode;
mod environment;
mod error;
mod form;
mod generated;
mod header;
mod http_client;
mod no_answer;
mod operation;
mod path;
mod prepared;
#[cfg(feature = "preview")]
pub mod preview;
mod random;
mod raw_call;
mod refusal;
mod request_body;
mod response;
mod response_body;
mod retry;
mod send;
mod tls;
mod trace;
mod transport;

pub use reqwest;
pub use reqwest::StatusCode;
pub use reqwest::header::HeaderMap;

pub use crate::api_key::ApiKey;
pub use crate::client::Client;
pub use crate::clock::Clock;
pub use crate::config::Config;
pub use crate::error::{Error, ErrorKind};
pub use crate::generated::*;
pub use crate::http_client::http_client_builder;
pub use crate::list::ListRequest;
pub use crate::operation::Method;
pub use crate::random::Random;
pub use crate::raw_call::RawCall;
pub use crate::response::Response;
pub use crate::retry::RetryBudget;
pub use fc_types as types;
pub use fc_types::API_VERSION;

/// The samples of the README, compiled as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeSamples;
