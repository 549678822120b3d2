//! The client secret of a session.

use std::fmt;

/// The secret with which a front end opens the linking modal of one session.
///
/// Give it only to the end user's browser or app. Do not log it, store it or put it into a URL. It has no `Display`, and its
/// `Debug` hides it. [`expose`](ClientSecret::expose) and serialisation return it.
///
/// ```
/// use fc_types::ClientSecret;
///
/// let secret = ClientSecret::new("fcsess_client_secret_abc");
/// assert_eq!(format!("{secret:?}"), "ClientSecret(…)");
/// assert_eq!(secret.expose(), "fcsess_client_secret_abc");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(Box<str>);

transparent!(ClientSecret(Box<str>));

impl ClientSecret {
    /// Makes a client secret from a string.
    pub fn new(secret: impl Into<Box<str>>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the end user's front end.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}
