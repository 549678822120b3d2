//! A response: the value with its metadata.

use std::fmt;
use std::ops::Deref;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::answer::{Answer, RawResponse};
use crate::header;

/// The value of a response with its metadata: status, headers, request id, body.
///
/// It dereferences to the value, so that fields are reached directly. [`into_inner`](Response::into_inner) takes it out.
///
/// `Debug` shows neither headers nor body.
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    answer: RawResponse,
    attempts: u32,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, Answer { response: answer, attempts }: Answer) -> Self {
        Self { value, answer, attempts }
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The same response with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: f(self.value), answer: self.answer, attempts: self.attempts }
    }

    /// HTTP status; Stripe answers every success with 200.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.answer.status
    }

    /// All headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.answer.headers
    }

    /// The JSON as received.
    ///
    /// It holds personal data, and the client secret of a session: do not log it unread.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.answer.body
    }

    /// Id of this request in Stripe's logs, `req_…`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        header::text(self.headers(), header::REQUEST_ID)
    }

    /// API version of the response.
    #[must_use]
    pub fn stripe_version(&self) -> Option<&str> {
        header::text(self.headers(), header::STRIPE_VERSION)
    }

    /// Whether this is the stored result of an earlier request with the same idempotency key. That request was another call,
    /// or an attempt of this call whose response was lost.
    #[must_use]
    pub fn idempotent_replayed(&self) -> bool {
        header::text(self.headers(), header::IDEMPOTENT_REPLAYED) == Some("true")
    }

    /// Number of attempts: 1, plus 1 for each retry.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("value", &self.value)
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
