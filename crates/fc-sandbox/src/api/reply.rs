//! Replies of the API, before they become HTTP responses.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::state::claim::Claim;

/// The reply to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: String,
    /// Keeps the idempotency key claimed until the response is sent.
    claim: Option<Claim>,
}

impl Reply {
    /// A reply with a JSON body.
    pub(crate) fn new(status: StatusCode, body: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Stripe\""));
        }
        Self { status, headers, body, claim: None }
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    /// Marks the reply as the saved response to an earlier request.
    pub(crate) fn replay_of(mut self, request_id: &str) -> Self {
        if let Ok(original) = HeaderValue::from_str(request_id) {
            self.headers
                .insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
            self.headers.insert(HeaderName::from_static("original-request"), original);
        }
        self
    }

    /// Keeps a claim until the response is sent.
    pub(crate) fn holding(mut self, claim: Option<Claim>) -> Self {
        self.claim = claim;
        self
    }

    pub(crate) fn into_response(self) -> Response {
        self.into_response_with(Body::from)
    }

    /// The response with the body that `send` makes of the text.
    pub(crate) fn into_response_with(self, send: impl FnOnce(String) -> Body) -> Response {
        let mut response = Response::new(send(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        drop(self.claim);
        response
    }
}
