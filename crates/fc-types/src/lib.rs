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
//! # The world is open
//!
//! Stripe adds fields, enum values and event types without a new API version, and its own reference shows an account
//! whose status no enum lists. So nothing unknown fails to decode, and nothing is lost:
//!
//! - every enum has an `Unknown` variant that keeps the value as received;
//! - every object has an [`Extra`] that keeps the fields this version does not know;
//! - a decoded value serialises back to the JSON it came from, explicit nulls included.
//!
//! # Where things are
//!
//! The objects are at the root of the crate: [`Account`], [`AccountOwner`], [`Session`], [`Event`], their parts, and the
//! parameters of each request (`…Params`). The support types below them give ids, times and money a type of their own.
//!
//! [api]: https://docs.stripe.com/api/financial_connections

#[macro_use]
mod macros;
#[macro_use]
mod event;

mod account_limit;
mod expandable;
mod extra;
mod foreign_object;
mod id;
mod list;
mod money;
mod object_tag;
mod read;
mod secret;
mod small_str;
mod text;
mod timestamp;

mod generated;

// The generator names support types by the crate's own path.
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
pub use crate::secret::ClientSecret;
pub use crate::text::Text;
pub use crate::timestamp::Timestamp;
