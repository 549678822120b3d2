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

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use axum::body::to_bytes;
    use axum::http::header::AUTHORIZATION;
    use tokio::sync::watch;
    use tower::ServiceExt as _;

    use super::*;
    use crate::model::Settings;
    use crate::store::{Change, Store};
    use crate::{Clock, Sandbox};

    /// A store that is done when it is told to be.
    #[derive(Debug)]
    struct Held(watch::Receiver<Option<Result<(), StoreFailure>>>);

    impl Store for Held {
        fn put(&self, _: Vec<Change>) {}

        fn written(&self) -> Pin<Box<dyn Future<Output = Result<(), StoreFailure>> + Send + '_>> {
            let mut told = self.0.clone();
            Box::pin(async move {
                let told = told.wait_for(Option::is_some).await.expect("the test holds the sender");
                told.clone().expect("it was waited for")
            })
        }

        fn failed(&self) -> Pin<Box<dyn Future<Output = StoreFailure> + Send + '_>> {
            Box::pin(std::future::pending())
        }
    }

    fn sandbox() -> (watch::Sender<Option<Result<(), StoreFailure>>>, Sandbox) {
        let (tell, told) = watch::channel(None);
        let state = State::new(Clock::frozen(0), 0, Settings::default());
        (tell, Sandbox::from(state.with_store(Arc::new(Held(told)))))
    }

    fn request(method: &str, path: &str) -> Request {
        Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, "Bearer sk_test_access")
            .body(Body::empty())
            .expect("a request")
    }

    /// Every way in: Stripe's surface, the controls, and what is refused.
    const WAYS: [(&str, &str, u16); 4] = [
        ("POST", "/v1/customers", 200),
        ("GET", "/v1/customers", 200),
        ("GET", "/_sandbox/clock", 200),
        ("GET", "/v1/nothing", 404),
    ];

    #[tokio::test]
    async fn no_answer_leaves_before_what_it_tells_of_is_kept() {
        for (method, path, status) in WAYS {
            let (tell, sandbox) = sandbox();
            let mut answer = pin!(sandbox.router().oneshot(request(method, path)));
            let mut context = Context::from_waker(Waker::noop());
            assert!(answer.as_mut().poll(&mut context).is_pending(), "{method} {path} did not wait");
            tell.send_replace(Some(Ok(())));
            let Poll::Ready(Ok(answer)) = answer.as_mut().poll(&mut context) else {
                panic!("{path} still waits")
            };
            assert_eq!(answer.status(), status);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_refused_with_the_reason() {
        for (method, path, _) in WAYS {
            let (tell, sandbox) = sandbox();
            tell.send_replace(Some(Err(StoreFailure("the disk is full".to_owned()))));
            let answer = sandbox.router().oneshot(request(method, path)).await.expect("an answer");
            assert_eq!(answer.status(), 500);
            let body = to_bytes(answer.into_body(), 10_000).await.expect("a body");
            let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            let place = if path.starts_with("/v1") { "/error/message" } else { "/sandbox_error" };
            let message = body.pointer(place).and_then(|message| message.as_str()).expect("a message");
            assert!(
                message.contains("the disk is full") && message.contains("start the sandbox again"),
                "{message}"
            );
        }
    }
}
