//! Verified events as arguments of axum handlers.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use fc_types::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{MalformedHeader, ThinEvent, Verifier, WebhookError, WebhookEvent};

const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// What the extractors [`WebhookEvent`] and [`ThinEvent`] need: put it into the state of the router.
///
/// ```
/// use axum::{Router, http::StatusCode, routing::post};
/// use fc_ext::webhook::{EventKind, Receiver, Secret, Verifier, WebhookEvent};
///
/// async fn receive(event: WebhookEvent) -> StatusCode {
///     if let EventKind::AccountCreated(account) = event.kind() {
///         println!("linked {}", account.id);
///     }
///     StatusCode::OK
/// }
///
/// let secret = Secret::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH")?;
/// let app: Router = Router::new()
///     .route("/webhook", post(receive))
///     .with_state(Receiver::new(Verifier::new(secret)));
/// # Ok::<(), fc_ext::webhook::WebhookError>(())
/// ```
///
/// A request that fails is answered with 400 and one fixed line, so that a stranger learns nothing. The
/// [`WebhookError`] is in the extensions of that response, for a layer that logs; a handler that wants to answer itself
/// takes a `Result<WebhookEvent, WebhookError>`. Bodies are as long as axum's `DefaultBodyLimit` lets them be, 2 MB
/// unless told otherwise.
#[derive(Clone)]
pub struct Receiver {
    verifier: Arc<Verifier>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Receiver {
    /// Verifies with `verifier`, by the clock of this machine.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier: Arc::new(verifier), clock: Arc::new(|| SystemTime::now().into()) }
    }

    /// Takes the time from `clock`, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The body of a request whose signature is right.
    async fn verified_body(&self, request: Request) -> Result<Bytes, WebhookError> {
        // Checked first: without a signature, the body is not worth reading.
        let header = signature(request.headers())?.clone();
        let body = Bytes::from_request(request, &()).await.map_err(|_| WebhookError::UnreadableBody)?;
        self.verifier.verify(&body, header, (self.clock)())?;
        Ok(body)
    }
}

/// The one `Stripe-Signature` header. Of two, a proxy may have looked at the other one.
fn signature(headers: &HeaderMap) -> Result<&HeaderValue, WebhookError> {
    let mut values = headers.get_all(SIGNATURE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(WebhookError::MissingHeader),
        _ => Err(MalformedHeader::new("it comes twice").into()),
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

impl<S> FromRequest<S> for WebhookEvent
where
    Receiver: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookError> {
        WebhookEvent::parse(Receiver::from_ref(state).verified_body(request).await?)
    }
}

impl<S> FromRequest<S> for ThinEvent
where
    Receiver: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookError> {
        ThinEvent::parse(Receiver::from_ref(state).verified_body(request).await?)
    }
}

impl IntoResponse for WebhookError {
    /// 400, with a body that is the same whatever the reason.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from("webhook refused\n"));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;
    use crate::webhook::Signer;
    use crate::webhook::testing::{NOW, SNAPSHOT, THIN, secret};

    /// A handler for each kind of event, which answers with its id, and one that answers for itself.
    fn router() -> Router {
        Router::new()
            .route("/snapshot", post(async |event: WebhookEvent| event.id.to_string()))
            .route("/thin", post(async |event: ThinEvent| event.id.to_string()))
            .route(
                "/own",
                post(async |event: Result<WebhookEvent, WebhookError>| match event {
                    Ok(event) => event.id.to_string(),
                    Err(error) => format!("own answer: {error}"),
                }),
            )
            .layer(DefaultBodyLimit::max(5_000))
            .with_state(Receiver::new(Verifier::new(secret())).with_clock(|| NOW))
    }

    fn request(path: &str, body: impl Into<Body>, headers: &[&str]) -> Request {
        let mut request = Request::new(body.into());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = path.parse().unwrap();
        for header in headers {
            // As HTTP/1 would bring it: names of headers are in any case.
            request.headers_mut().append(
                HeaderName::from_bytes(b"Stripe-Signature").unwrap(),
                HeaderValue::from_bytes(header.as_bytes()).unwrap(),
            );
        }
        request
    }

    async fn answer(request: Request) -> (u16, String, Option<WebhookError>) {
        let response = router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let error = response.extensions().get::<WebhookError>().cloned();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap(), error)
    }

    fn sign(body: &str) -> String {
        Signer::new(secret()).sign(body, NOW)
    }

    #[tokio::test]
    async fn a_handler_gets_verified_events_of_its_kind() {
        let snapshot = answer(request("/snapshot", SNAPSHOT, &[&sign(SNAPSHOT)])).await;
        assert_eq!(snapshot, (200, "evt_1".to_owned(), None));
        let (status, id, _) = answer(request("/thin", THIN, &[&sign(THIN)])).await;
        assert_eq!((status, id.starts_with("evt_test_")), (200, true));
    }

    #[tokio::test]
    async fn a_refusal_is_one_fixed_line_and_the_reason_stays_inside() {
        let stale = Signer::new(secret()).sign(SNAPSHOT, NOW - std::time::Duration::from_secs(301));
        let right = sign(SNAPSHOT);
        let too_long = "x".repeat(5_001);
        for (request, reason) in [
            (request("/snapshot", SNAPSHOT, &[]), "no Stripe-Signature header"),
            (request("/snapshot", SNAPSHOT, &[""]), "no Stripe-Signature header"),
            (
                request("/snapshot", SNAPSHOT, &[&right, &right]),
                "malformed Stripe-Signature header: it comes twice",
            ),
            (
                request("/snapshot", SNAPSHOT, &["t=\u{fe}"]),
                "malformed Stripe-Signature header: `t` is not a number",
            ),
            (request("/snapshot", "{}", &[&right]), "signature mismatch"),
            (request("/snapshot", SNAPSHOT, &[&stale]), "signed too long ago"),
            (request("/snapshot", too_long, &[&right]), "the body of the request could not be read"),
            (
                request("/snapshot", THIN, &[&sign(THIN)]),
                "another kind of payload: expected a snapshot event",
            ),
            (request("/thin", "no JSON", &[&sign("no JSON")]), "unreadable payload"),
        ] {
            let (status, body, error) = answer(request).await;
            assert_eq!((status, body.as_str()), (400, "webhook refused\n"), "{reason}");
            let error = error.expect("a layer can log it").to_string();
            assert!(error.starts_with(reason), "{error}, expected {reason}");
        }
    }

    #[tokio::test]
    async fn a_handler_can_answer_for_itself() {
        let (status, body, _) = answer(request("/own", "{}", &[])).await;
        assert_eq!((status, body.as_str()), (200, "own answer: no Stripe-Signature header"));
    }

    #[test]
    fn debug_hides_the_secret() {
        let shown = format!("{:?}", Receiver::new(Verifier::new(secret())));
        assert!(shown.contains("whsec_…") && !shown.contains("5WbX5kEW"), "{shown}");
    }
}
