//! The outermost layer: a response is sent only after its changes are on disk, and every request is logged.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State as Extract};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::exchange::Head;
use crate::http::{log, refusal};
use crate::state::State;

/// The mark of a response that must not have a `Request-Id`, because Stripe's has none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithoutRequestId;

/// Waits for the commit, also after a read: the read may have seen a change of another request.
pub(crate) async fn layer(Extract(state): Extract<Arc<State>>, request: Request, next: Next) -> Response {
    let arrived = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let head = is_logged(&state, uri.path()).then(|| Head::of(&request));
    let response = next.run(request).await;
    let mut response = match state.written().await {
        Ok(()) => response,
        // Another response would promise what a restart loses.
        Err(failure) => {
            let message = format!("{failure}. Fix the cause and start the sandbox again.");
            refusal::response(uri.path(), StatusCode::INTERNAL_SERVER_ERROR, &message)
        }
    };
    // No browser may take the JSON for a page or a script.
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Most responses have the id of their handler. Refusals from elsewhere get theirs here.
    let request_id = HeaderName::from_static("request-id");
    if !response.headers().contains_key(&request_id)
        && response.extensions().get::<WithoutRequestId>().is_none()
        && let Ok(id) = HeaderValue::from_str(&state.new_request_id())
    {
        response.headers_mut().insert(request_id, id);
    }
    if let Some(head) = head {
        let took = arrived.elapsed();
        head.log(&state.log, &method, &uri, &mut response, state.clock.now(), took);
    }
    // Neither the query nor any header is logged: they can hold secrets.
    tracing::info!(
        %method,
        path = log::path(uri.path()),
        status = response.status().as_u16(),
        request_id = response.headers().get("request-id").and_then(|id| id.to_str().ok()),
        micros = arrived.elapsed().as_micros(),
    );
    response
}

/// Whether the request log shows the requests of this path: those of the API, and not those of the sandbox's own pages.
fn is_logged(state: &State, path: &str) -> bool {
    state.log.is_on() && !path.starts_with("/_sandbox")
}
