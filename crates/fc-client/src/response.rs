//! An answer with what came along with it.

use std::ops::Deref;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::header;

/// What a call asked for, together with the metadata of its answer.
///
/// It dereferences to the value, so fields are reached directly; [`into_inner`](Response::into_inner) takes it out.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self { value, status, headers }
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The same answer with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: f(self.value), status: self.status, headers: self.headers }
    }

    /// HTTP status; Stripe answers every success with 200.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Id of this request in Stripe's logs, `req_…`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        header::text(&self.headers, header::REQUEST_ID)
    }

    /// API version that the answer is shaped by.
    #[must_use]
    pub fn stripe_version(&self) -> Option<&str> {
        header::text(&self.headers, header::STRIPE_VERSION)
    }

    /// Whether this is the stored result of an earlier request with the same idempotency key.
    #[must_use]
    pub fn idempotent_replayed(&self) -> bool {
        header::text(&self.headers, header::IDEMPOTENT_REPLAYED) == Some("true")
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
