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
//! `send` gives the value alone; `send_response` adds status, headers and request id. A request can be cloned and sent
//! again; each sending is a call of its own.
//!
//! # What every call does
//!
//! - It sends the key as a bearer token, the API version, and on a POST an idempotency key: the caller's, or a random one
//!   made once per call.
//! - An attempt that failed for a passing reason is repeated, with the same idempotency key, up to twice: see
//!   [`Config::with_max_retries`]. The whole call ends after 80 seconds at the latest.
//! - Bodies and queries are written as the official SDKs write them: nested names in brackets, arrays indexed.
//! - Ids are percent-encoded, so none can change the route; an empty one is refused before anything is sent.
//! - Redirects are not followed, and the key never travels over plain http, except to this machine.
//! - A failure is an [`Error`] that keeps status, headers and body, says whether the request may have been executed, and
//!   never shows a secret. An answer that does not decode is an error that names the place in the JSON.
//!
//! # Features
//!
//! - `tracing`: a span for each call and an event for each attempt, with operation, status, request id and duration; a
//!   warning for each notice that Stripe sends in a header. Neither holds a secret.
//!
//! [api]: https://docs.stripe.com/api/financial_connections

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
mod error;
mod form;
mod generated;
mod header;
mod operation;
mod path;
mod prepared;
mod random;
mod refusal;
mod response;
mod retry;
mod send;
mod tls;
mod trace;
mod transport;

#[cfg(test)]
#[expect(unreachable_pub, reason = "`request!` writes the methods of public types")]
#[allow(dead_code, reason = "no stand-in is used in every way that `request!` offers")]
mod wire;

pub use reqwest::StatusCode;
pub use reqwest::header::HeaderMap;

pub use crate::api_key::ApiKey;
pub use crate::client::Client;
pub use crate::clock::Clock;
pub use crate::config::Config;
pub use crate::error::{Error, ErrorKind};
pub use crate::generated::*;
pub use crate::list::ListRequest;
pub use crate::random::Random;
pub use crate::response::Response;
pub use crate::retry::RetryBudget;
pub use fc_types as types;
pub use fc_types::API_VERSION;

/// For fc-ext, so that what keeps secrets out of errors is written once; no part of the public API.
#[doc(hidden)]
pub use crate::decode::reason as __decode_reason;
