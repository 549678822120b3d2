//! Predicates of errors, each with what a caller can do.

use crate::error::{Error, ErrorKind};

impl Error {
    /// Whether the same request may succeed later: after a failed connection, a timeout, a conflict, a server fault or a
    /// rate limit, unless Stripe's headers say otherwise.
    ///
    /// The client has already made its own retries. Call again after seconds or minutes, not at once. If the error is
    /// [`may_have_executed`](Error::may_have_executed), repeat a POST only with the idempotency key of the first call.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.failure().is_some_and(|failure| {
            // The client does not retry a rate limit. After a pause the same request can succeed.
            failure.is_transient() || (self.is_rate_limited() && failure.advice.is_none())
        })
    }

    /// Whether the request was wrong. Correct it: [`param`](Error::param) names the place. The refused
    /// attempt was not executed.
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        self.kind() == ErrorKind::InvalidRequest
    }

    /// Whether Stripe rejected the API key. Check the key; an expired one has the code `api_key_expired`. The refused
    /// attempt was not executed.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.kind() == ErrorKind::Authentication
    }

    /// Whether the API key lacks a permission. Grant it in the dashboard. The refused attempt was not
    /// executed.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }

    /// Whether the object does not exist. Check that key and object are of the same mode and of the same connected
    /// account. The refused attempt was not executed. Of a `DELETE`, an earlier attempt may have been: see
    /// [`may_have_executed`](Error::may_have_executed).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether a rate limit refused the request. Send fewer requests and retry this one later. With the code `lock_timeout`
    /// only this object was locked, even after the retries. The refused attempt was not executed.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Whether the idempotency key conflicts with an earlier request. Use a new key for another request. If the first request
    /// with the key is still running, wait: it may take effect.
    #[must_use]
    pub fn is_idempotency(&self) -> bool {
        self.kind() == ErrorKind::Idempotency
    }

    /// Whether the API, or a proxy before it, failed. The request may have been executed: read the state of the object, or
    /// retry with the same idempotency key.
    #[must_use]
    pub fn is_api(&self) -> bool {
        self.kind() == ErrorKind::Api
    }

    /// Whether the connection could not be made or broke; [`may_have_executed`](Error::may_have_executed) says which. Check
    /// the network, the base URL and the proxy. The `source` has the error of the operating system.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.kind() == ErrorKind::Connection
    }

    /// Whether a time limit or the deadline ended the call. Unless that happened while connecting, the request may have been
    /// executed: read the state of the object, or retry with the same idempotency key.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether a successful response does not decode. The request was executed. The message names the place in the JSON, and
    /// [`body`](Error::body) has all of it.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.kind() == ErrorKind::Decode
    }

    /// Whether a setting of the client is wrong. Nothing was sent.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.kind() == ErrorKind::Configuration
    }
}
