//! The one error type of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use fc_ext::CallError;

/// Error of the mirror.
///
/// Branch on [`kind`](Error::kind), never on the text. `Display` is one line without secrets, personal data or the password of
/// a database URL; the cause is its `source`.
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Category of an [`Error`], by what the caller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The address of the database cannot be read, or names an engine that this build does not have. Correct it.
    Location,
    /// The database cannot be reached, is busy or gave up waiting. The same call may succeed later.
    Unavailable,
    /// The disk of the database is full. Free space; the same call succeeds then.
    Full,
    /// The database cannot be written. Correct the permissions.
    ReadOnly,
    /// The database belongs to another program or another version. Use the version that the message names.
    Schema,
    /// Stored data cannot be read, or the database rejected a statement. The message names the place.
    Database,
    /// The lease of an account ended before its worker wrote. Another worker continues; nothing was written.
    LeaseLost,
    /// The settings contradict each other. Correct them.
    Configuration,
    /// A webhook was not accepted: its signature is missing, wrong or too old, or it is no event.
    Webhook,
    /// A call to Stripe failed. The `source` is the [`CallError`].
    Api,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Error for an object of Stripe that cannot be stored.
    pub(crate) fn unencodable(error: serde_json::Error) -> Self {
        Self::new(ErrorKind::Database, "an object cannot be written as JSON").with_source(error)
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later, without any change by the user but free disk space.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ErrorKind::Unavailable | ErrorKind::Full => true,
            ErrorKind::Api => self.api().is_some_and(CallError::is_retryable),
            _ => false,
        }
    }

    /// HTTP status with which a webhook endpoint answers this error: 400 if the request is not Stripe's, 503 if Stripe is to
    /// deliver it again.
    #[must_use]
    pub fn webhook_status(&self) -> u16 {
        if self.kind == ErrorKind::Webhook { 400 } else { 503 }
    }

    /// The error of the API, if a call to Stripe failed.
    #[must_use]
    pub fn api(&self) -> Option<&CallError> {
        self.source.as_ref()?.downcast_ref()
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::new(ErrorKind::Api, "a call to Stripe failed").with_source(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
