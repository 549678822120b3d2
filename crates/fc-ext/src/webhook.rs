//! Webhooks: verify that a request comes from Stripe, and parse its event.
//!
//! ```
//! use fc_ext::types::Timestamp;
//! use fc_ext::webhook::{EventKind, Secret, Verifier};
//! # use fc_ext::webhook::Signer;
//!
//! let secret = Secret::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH")?;
//! # let body = r#"{"id": "evt_1", "object": "event", "api_version": null, "created": 1681412208,
//! #   "data": {"object": {"id": "fca_1", "object": "financial_connections.account", "category": "cash",
//! #     "created": 1681412208, "institution_name": "StripeBank", "livemode": false, "status": "active",
//! #     "subcategory": "checking", "supported_payment_method_types": []}},
//! #   "livemode": false, "pending_webhooks": 1, "request": null,
//! #   "type": "financial_connections.account.created"}"#;
//! # let header = Signer::new(secret.clone()).sign(body, Timestamp::from_secs(1681412209));
//! # let now = Timestamp::from_secs(1681412210);
//! let verifier = Verifier::new(secret);
//!
//! // `body`: the raw bytes of the request. `header`: its `Stripe-Signature`. `now`: `Timestamp::now()`.
//! let event = verifier.event(body, header, now)?;
//! match event.kind() {
//!     EventKind::AccountCreated(account) => println!("linked {}", account.id),
//!     EventKind::AccountRefreshedBalance(account) => println!("{:?}", account.balance_refresh),
//!     EventKind::Undecoded(_) => eprintln!("{}: {:?}", event.id, event.decode_error()),
//!     _ => {} // answer 2xx to events that you ignore, or Stripe retries them for days
//! }
//! # Ok::<(), fc_ext::webhook::WebhookError>(())
//! ```
//!
//! [`Verifier::verify`] and [`WebhookEvent::parse`] do the two steps one at a time, for example to queue a verified body
//! first.
//!
//! # Two kinds of payload
//!
//! A webhook endpoint receives *snapshot* payloads, which hold the object ([`WebhookEvent`]), or *thin* payloads, which
//! hold its id ([`ThinEvent`]). Each parser names the other kind when it gets one. Events from Amazon EventBridge or Azure
//! Event Grid are not signed; [`open_envelope`] unwraps them.
//!
//! # Rules for handlers
//!
//! - Stripe delivers at least once. The same event can come again, even while the first delivery is being handled.
//!   [`SeenEvents`] detects duplicates.
//! - Events come in any order, and their object is a snapshot of the past. Retrieve the account if you need its current
//!   state.
//! - The object has the API version of the endpoint, which may differ from the version of this crate:
//!   [`WebhookEvent::version_mismatch`].
//!
//! # With axum
//!
//! With the feature `axum`, [`WebhookEvent`] and [`ThinEvent`] are extractors; see `Receiver`.

mod date_time;
mod envelope;
mod error;
mod event;
mod header;
mod mac;
mod payload;
#[cfg(feature = "axum")]
mod receiver;
mod secret;
mod seen;
mod signer;
mod thin;
mod verifier;

#[cfg(test)]
mod testing;

pub use self::envelope::open_envelope;
pub use self::error::{
    InvalidSecret, MalformedHeader, OutsideTolerance, PayloadKind, SignatureMismatch, UndecodablePayload,
    UnexpectedPayload, WebhookError,
};
pub use self::event::{VersionMismatch, WebhookEvent};
#[cfg(feature = "preview")]
pub(crate) use self::payload::{explain, text as payload_text, undecodable};
#[cfg(feature = "axum")]
pub use self::receiver::Receiver;
pub use self::secret::Secret;
pub use self::seen::{Claim, ClaimId, Claimed, RecentEvents, SeenEvents, Sight};
pub use self::signer::Signer;
pub use self::thin::{RelatedObject, ThinEvent};
pub use self::verifier::{Verified, Verifier};
pub use crate::generated::EventKind;
