//! The outermost layer: no answer leaves before what it tells of is kept, and every request is in the log.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json;

use crate::state::State;
use crate::store::StoreFailure;

/// Answers after the commit, also where the request itself changed nothing: what it saw may be another's change.
pub(crate) async fn layer(Extract(state): Extract<Arc<State>>, request: Request, next: Next) -> Response {
    let arrived = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let answer = next.run(request).await;
    let answer = match state.written().await {
        Ok(()) => answer,
        Err(failure) => refuse(uri.path(), &failure),
    };
    // Neither the query nor any header is logged: they can hold secrets.
    tracing::info!(
        %method,
        path = uri.path(),
        status = answer.status().as_u16(),
        request_id = answer.headers().get("request-id").and_then(|id| id.to_str().ok()),
        micros = arrived.elapsed().as_micros(),
    );
    answer
}

/// An answer would claim what a restart forgets.
fn refuse(path: &str, failure: &StoreFailure) -> Response {
    let message = format!("{failure}. Mend that and start the sandbox again.");
    let body = if path.starts_with("/_sandbox") {
        json!({ "sandbox_error": message })
    } else {
        json!({ "error": { "type": "api_error", "message": message } })
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
