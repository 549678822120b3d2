//! Values that must not be printed.

use std::fmt;

/// The secret that lets a front end open the linking modal for one session.
///
/// Give it to the end user's browser or app and to nobody else: it must not be logged, stored or put into a URL. It has
/// no `Display`, and its `Debug` hides it; only [`expose`](ClientSecret::expose) and serialisation give it out.
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
    /// Wraps a secret.
    pub fn new(secret: impl Into<Box<str>>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for handing it to the end user's front end.
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
