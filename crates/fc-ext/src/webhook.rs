//! Webhooks: is this request from Stripe, and what does it say.
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
//! // `body`: the raw bytes of the request. `header`: its `Stripe-Signature`. `now`: `Timestamp::from(SystemTime::now())`.
//! let event = verifier.event(body, header, now)?;
//! match event.kind() {
//!     EventKind::AccountCreated(account) => println!("linked {}", account.id),
//!     EventKind::AccountRefreshedBalance(account) => println!("{:?}", account.balance_refresh),
//!     EventKind::Undecoded(_) => eprintln!("{}: {:?}", event.id, event.decode_error()),
//!     _ => {} // answer 2xx to what is of no interest, or Stripe sends it again for days
//! }
//! # Ok::<(), fc_ext::webhook::WebhookError>(())
//! ```
//!
//! Verifying and parsing are two steps that can be taken apart, for instance to put a verified body on a queue first:
//! [`Verifier::verify`] and [`WebhookEvent::parse`].
//!
//! # Two kinds of payload
//!
//! A webhook endpoint is set up for *snapshot* payloads, which hold the object as it was ([`WebhookEvent`]), or for
//! *thin* ones, which only say where to read it ([`ThinEvent`]). Each parser says so when it is given the other kind.
//! Events that come through Amazon EventBridge or Azure Event Grid are not signed; [`open_envelope`] takes them out of
//! their envelope.
//!
//! # What a handler must expect
//!
//! - Stripe delivers at least once: the same event can come again, even while the first delivery is still being handled.
//!   [`SeenEvents`] keeps such deliveries apart.
//! - Events come in any order, and their object is a snapshot of the past. Read the account anew if the latest state
//!   matters.
//! - The object is written in the API version of the endpoint, which may differ from this crate's:
//!   [`WebhookEvent::version_mismatch`].
//!
//! # With axum
//!
//! With the feature `axum`, [`WebhookEvent`] and [`ThinEvent`] are extractors; see `Receiver`.

mod error;
mod event;
mod header;
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

pub use self::error::{
    InvalidSecret, MalformedHeader, OutsideTolerance, PayloadKind, SignatureMismatch, UndecodablePayload,
    UnexpectedPayload, WebhookError,
};
pub use self::event::{EventKind, VersionMismatch, WebhookEvent};
pub use self::payload::open_envelope;
#[cfg(feature = "axum")]
pub use self::receiver::Receiver;
pub use self::secret::Secret;
pub use self::seen::{Claim, Claimed, RecentEvents, SeenEvents, Sight};
pub use self::signer::Signer;
pub use self::thin::{RelatedObject, ThinEvent};
pub use self::verifier::{Verified, Verifier};
