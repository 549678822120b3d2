//! The public preview of the API, with the feature `preview`: relinking, institutions, authorizations, inferred balances, hosted
//! sessions.
//!
//! ```no_run
//! use fc_ext::FinancialConnections;
//! use fc_ext::preview::{Relink, RelinkOutcome};
//!
//! # async fn run(fc: FinancialConnections) -> Result<(), Box<dyn std::error::Error>> {
//! let preview = fc.preview();
//! let account = preview.accounts().retrieve("fca_1MwVK82eZvKYlo2Cjw8FMxXf".parse::<fc_types::AccountId>()?).send().await?;
//!
//! // The bank's password was changed: a session for the same log-in and the same account, on a page that Stripe hosts.
//! let relink = Relink::of(&account)?;
//! let session = relink.hosted_session(preview.client()).send().await?;
//! println!("send the user to {:?}", session.url);
//!
//! // At the event `financial_connections.session.updated`:
//! match relink.outcome(preview.client(), &session.id).await? {
//!     RelinkOutcome::Active(account) => println!("{} is active again", account.id),
//!     RelinkOutcome::Pending => println!("not finished"),
//!     other => println!("not relinked: {other:?}"),
//! }
//! # Ok(()) }
//! ```
//!
//! Every call sends the version of the preview ([`API_VERSION`](fc_client::preview::API_VERSION)), and its types are those of
//! [`fc_types::preview`]. Stripe may change a preview at any time.

mod event;
mod facade;
mod generated;
mod relink;

pub use self::event::WebhookEvent;
pub use self::facade::{Accounts, Authorizations, Institutions, Preview, Sessions};
pub use self::generated::EventKind;
pub use self::relink::{CannotRelink, Relink, RelinkOutcome};
