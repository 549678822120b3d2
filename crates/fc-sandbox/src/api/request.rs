//! Requests as they arrive.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, EXPECT, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::form;

/// The largest body, in bytes. No request of the API needs as much.
const MAX_BODY: usize = 1024 * 1024;
/// The largest body of a refused request that is read, in bytes. Some clients send the whole body before they read the
/// response, and fail if the connection closes meanwhile.
const MAX_DISCARDED: u64 = 64 * 1024;

/// A request with its body.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    /// The id in the path; empty if the path has none.
    pub(crate) id: String,
    parts: Parts,
    body: Result<Bytes, Unread>,
}

/// The body is too large, or did not arrive.
#[derive(Debug)]
struct Unread;

impl ApiRequest {
    /// Reads the body.
    pub(crate) async fn read(id: String, request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let announced = body.size_hint().lower();
        let body = if announced > MAX_BODY as u64 {
            Err(Unread)
        } else {
            to_bytes(body, MAX_BODY).await.map_err(|_| Unread)
        };
        Self { id, parts, body }
    }

    /// Leaves the body out, because the request is refused by its head. A small body is read and forgotten.
    pub(crate) async fn discard(id: String, request: Request) -> Self {
        let (parts, mut body) = request.into_parts();
        let awaits_consent = parts.headers.contains_key(EXPECT);
        if !awaits_consent && body.size_hint().upper().is_some_and(|upper| upper <= MAX_DISCARDED) {
            while let Some(Ok(_)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {}
        }
        Self { id, parts, body: Err(Unread) }
    }

    pub(crate) fn method(&self) -> &Method {
        &self.parts.method
    }

    /// Whether a success of this request starts a new world: it lists objects or creates one. An object of which the path has
    /// the id cannot be in a new world.
    pub(crate) fn can_start_world(&self) -> bool {
        self.id.is_empty()
    }

    pub(crate) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The address at which the caller reached the sandbox, by its `Host`.
    pub(crate) fn origin(&self) -> Option<String> {
        let host = self.parts.headers.get(HOST)?.to_str().ok()?;
        Some(format!("http://{host}"))
    }

    pub(crate) fn body(&self) -> Result<&Bytes, ApiError> {
        self.body.as_ref().map_err(|Unread| {
            ApiError::invalid(format!("The body did not arrive, or is larger than {MAX_BODY} bytes."))
        })
    }

    /// The parameters of the query and, for a POST, of the body.
    pub(crate) fn form(&self) -> Result<Value, ApiError> {
        let mut text = self.parts.uri.query().unwrap_or_default().to_owned();
        let body = self.body()?;
        if self.parts.method == Method::POST && !body.is_empty() {
            let kind = self.parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
            if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
                let message = "The body's content type must be application/x-www-form-urlencoded.";
                return Err(ApiError::invalid(message));
            }
            let body =
                std::str::from_utf8(body).map_err(|_| ApiError::invalid("The body is not valid UTF-8."))?;
            text.push('&');
            text.push_str(body);
        }
        form::parse(&text).map_err(|error| ApiError::invalid(error.to_string()))
    }
}
