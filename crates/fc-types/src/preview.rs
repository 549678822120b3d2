//! Models of the public preview of the API, with the feature `preview`.
//!
//! They have what the general version has, and what is in preview: institutions, authorizations that can be read, inferred
//! balances, hosted sessions, and sessions that relink an account. Stripe may change any of it. Types of the same name at the
//! root of the crate are those of the general version, and other types. Ids, times and money are the same types.
//!
//! ```
//! use fc_types::preview::{Session, SessionStatus};
//!
//! # let body = r#"{
//! #   "id": "fcsess_1", "object": "financial_connections.session", "livemode": false, "permissions": ["balances"],
//! #   "accounts": {"object": "list", "data": [], "has_more": false, "url": "/v1/financial_connections/accounts"},
//! #   "status": "succeeded", "relink_options": {"authorization": "fcauth_1", "account": null},
//! #   "relink_result": {"account": "fca_1", "authorization": "fcauth_1", "failure_reason": null}
//! # }"#;
//! let session: Session = serde_json::from_str(body)?;
//! assert_eq!(session.status, Some(SessionStatus::Succeeded));
//! assert_eq!(session.relink_result.unwrap().account.unwrap(), "fca_1");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod convenience;
mod generated;

pub use self::generated::*;
pub use crate::id::InstitutionId;
pub use crate::{
    AccountId, AccountLimit, AccountOwnerId, AccountOwnershipId, Amounts, AuthorizationId, ClientSecret,
    ConnectedAccountId, Currency, CustomerId, EventId, Expandable, Extra, ForeignObject, InvalidId, List,
    Money, Object, OrUnset, SessionId, Text, Timestamp, TransactionId, TransactionRefreshId,
};
