//! Replies of the controls and of the linking page: JSON, and errors in their own shape.
//!
//! An error is `{"sandbox_error": "…"}`, unlike any error of Stripe's, so that a client never takes one for the other.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::error::{LONGEST_MESSAGE, cut};

/// The JSON text of a success.
pub(crate) struct Reply(pub(crate) String);

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self(body.to_string())
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// An error: a status, and a message with the cause and the remedy.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// A 400.
    pub(crate) fn invalid(message: impl ToString) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.to_string() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Reply::from(json!({ "sandbox_error": cut(&self.message, LONGEST_MESSAGE) })))
            .into_response()
    }
}

/// A request body as JSON. The `Content-Type` does not matter.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        read(&body).map(Self).map_err(IntoResponse::into_response)
    }
}

/// Reads a body, or says which member is wrong.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("invalid JSON body: {error} (see GET /_sandbox)")))
}

/// A middleware that gives errors from outside of the handlers the shape of [`Refusal`]: a wrong method, or a path or body
/// that an extractor refused.
pub(crate) async fn shape_errors(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let shaped = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if shaped || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let message = match status {
        StatusCode::METHOD_NOT_ALLOWED => "GET /_sandbox lists the controls and their methods".to_owned(),
        StatusCode::PAYLOAD_TOO_LARGE => {
            "the body is too large: send at most 2 MB, or 512 MB for a state".to_owned()
        }
        _ => String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap_or_default()).into_owned(),
    };
    let mut refusal = Refusal::new(status, message).into_response();
    if let Some(allowed) = head.headers.remove(ALLOW) {
        refusal.headers_mut().insert(ALLOW, allowed);
    }
    refusal
}
