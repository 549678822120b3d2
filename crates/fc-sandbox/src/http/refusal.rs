//! Errors of the layers around the routes, in the shape that fits the path.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;

/// An error response: Stripe's shape, or that of the controls below `/_sandbox`.
pub(crate) fn response(path: &str, status: StatusCode, message: &str) -> Response {
    let body = if path.starts_with("/_sandbox") {
        json!({ "sandbox_error": message })
    } else {
        let kind = if status.is_server_error() { "api_error" } else { "invalid_request_error" };
        json!({ "error": { "type": kind, "message": message } })
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
