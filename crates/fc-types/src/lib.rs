//! Models of the [Stripe Financial Connections API][api], generated from its OpenAPI slice.
//!
//! ```
//! use fc_types::{Account, AccountStatus};
//!
//! # let body = r#"{
//! #   "id": "fca_1MwVK82eZvKYlo2Cjw8FMxXf", "object": "financial_connections.account",
//! #   "category": "cash", "created": 1681412208, "institution_name": "StripeBank", "livemode": false,
//! #   "status": "pending", "subcategory": "checking", "supported_payment_method_types": []
//! # }"#;
//! let account: Account = serde_json::from_str(body)?;
//! match account.status {
//!     AccountStatus::Active => println!("{} can be refreshed", account.id),
//!     AccountStatus::Unknown(value) => println!("a status newer than this crate: {value}"),
//!     other => println!("{other}"),
//! }
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Unknown fields and values
//!
//! Stripe adds fields, enum values and event types without a new API version. Its own reference shows an account whose
//! status is in no enum. So unknown data decodes, and it is kept:
//!
//! - Every enum has an `Unknown` variant with the value as received.
//! - Every object has an [`Extra`] with the fields that this version does not know.
//! - A decoded value serialises back to the JSON it came from, explicit nulls included.
//!
//! # Models in tests
//!
//! Each model has a `Default`, and its fields can be set. So a test of your code needs no JSON:
//!
//! ```
//! use fc_types::{Account, AccountStatus};
//!
//! fn can_debit(account: &Account) -> bool {
//!     account.status == AccountStatus::Active
//! }
//!
//! let mut account = Account::default();
//! assert!(!can_debit(&account)); // a default enum is `Unknown`, which is no status of Stripe
//! account.status = AccountStatus::Active;
//! assert!(can_debit(&account));
//! ```
//!
//! # Personal data
//!
//! `Debug` of a model shows ids, amounts, times and enums. It hides texts that may be about a person, such as names, addresses,
//! the last four digits of an account, and descriptions of transactions. A text of a later API version is hidden too.
//!
//! # Where things are
//!
//! The objects are at the root of the crate: [`Account`], [`AccountOwner`], [`Session`], [`Event`], their parts, and the
//! parameters of each request (`…Params`). The support types give ids, times and money types of their own.
//!
//! # Features
//!
//! - `preview`: the models of the public preview of the API, in the module `preview`.
//!
//! [api]: https://docs.stripe.com/api/financial_connections
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod macros;
#[macro_use]
mod event;

mod account_limit;
mod convenience;
mod expandable;
mod extra;
mod foreign_object;
mod hidden;
mod id;
mod items;
pub mod json;
mod list;
mod money;
mod object_tag;
mod or_json;
mod or_unset;
#[cfg(feature = "preview")]
pub mod preview;
mod read;
mod secret;
mod small_str;
mod text;
mod timestamp;

mod generated;

// Generated code names support types by the path of the crate.
extern crate self as fc_types;

pub use crate::account_limit::AccountLimit;
pub use crate::expandable::Expandable;
pub use crate::extra::Extra;
pub use crate::foreign_object::ForeignObject;
pub use crate::generated::*;
pub use crate::id::{
    AccountId, AccountOwnerId, AccountOwnershipId, AuthorizationId, ConnectedAccountId, CustomerId, EventId,
    InvalidId, Object, SessionId, TransactionId, TransactionRefreshId,
};
pub use crate::list::List;
pub use crate::money::{Amounts, Currency, Money};
pub use crate::or_unset::OrUnset;
pub use crate::secret::ClientSecret;
pub use crate::text::Text;
pub use crate::timestamp::Timestamp;

/// The samples of the README, compiled as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeSamples;
