//! The kinds of errors.

/// What went wrong, sorted by how a caller can react.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong or does not fit the state of its object (400). Or this client refused it before sending it, and
    /// there is no [`status`](crate::Error::status). A retry does not help.
    InvalidRequest,
    /// The API key is missing, wrong or expired (401).
    Authentication,
    /// The API key may not do this (403).
    Permission,
    /// No such object in this account and mode, or no such URL (404).
    NotFound,
    /// Rate limit: too many requests, or another request locks the object (429). Slow down and retry.
    RateLimited,
    /// The idempotency key was used with other parameters, or its first request is still running.
    Idempotency,
    /// A fault of the API (5xx), or a status that fits no other kind, such as a redirect.
    Api,
    /// No response: the connection could not be made, or it broke.
    Connection,
    /// No response before a time limit or the deadline.
    Timeout,
    /// A successful response that does not decode. The request was executed.
    Decode,
    /// A setting of the client is wrong. Nothing was sent.
    Configuration,
}

impl ErrorKind {
    /// The words with which the text of an error begins.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid request",
            Self::Authentication => "not authenticated",
            Self::Permission => "permission denied",
            Self::NotFound => "not found",
            Self::RateLimited => "rate limited",
            Self::Idempotency => "idempotency conflict",
            Self::Api => "api fault",
            Self::Connection => "connection failed",
            Self::Timeout => "timed out",
            Self::Decode => "unreadable answer",
            Self::Configuration => "configuration",
        }
    }
}
