//! Requests of the public preview of the API, with the feature `preview`.
//!
//! ```no_run
//! # async fn institutions(client: fc_client::Client) -> Result<(), fc_client::Error> {
//! let preview = client.preview();
//! for institution in preview.list_institutions().limit(10).send().await?.data {
//!     println!("{} {}", institution.id, institution.name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Its types are those of [`fc_types::preview`]. Stripe may change a preview at any time.

mod generated;

pub use self::generated::*;
pub use fc_types::preview::API_VERSION;

use crate::{Method, RawCall};

/// A client that sends the `Stripe-Version` of the preview, [`API_VERSION`]; from [`Client::preview`](crate::Client::preview).
///
/// It has one method for each operation of the preview. It shares connections, settings and the retry budget with the client
/// that it comes from. A version that [`Config::with_api_version`](crate::Config::with_api_version) sets does not apply.
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Client {
    /// Begins a call of any operation in the version of the preview; see [`Client::raw_call`](crate::Client::raw_call).
    pub fn raw_call(&self, method: Method, path: &str) -> RawCall {
        self.0.raw_call(method, path)
    }
}

impl crate::Client {
    /// The same client for the public preview of the API.
    #[must_use]
    pub fn preview(&self) -> Client {
        Client(self.with_version(API_VERSION))
    }
}
