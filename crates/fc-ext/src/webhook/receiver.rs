//! axum extractors for verified events.

use std::fmt;
use std::sync::Arc;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use fc_types::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::error::{MalformedHeader, WebhookError};
use super::event::WebhookEvent;
use super::thin::ThinEvent;
use super::verifier::Verifier;

const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// State of the extractors [`WebhookEvent`] and [`ThinEvent`]. Put it into the state of the router.
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
/// A rejected request gets status 400 and one fixed line, so that an attacker learns nothing. The extensions of that
/// response hold the [`WebhookError`], for a layer that logs. A handler that answers itself takes a
/// `Result<WebhookEvent, WebhookError>`. axum's `DefaultBodyLimit` limits the size of bodies, by default to 2 MB.
#[derive(Clone)]
pub struct Receiver {
    verifier: Arc<Verifier>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Receiver {
    /// Verifies with `verifier` and the clock of this machine.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier: Arc::new(verifier), clock: Arc::new(Timestamp::now) }
    }

    /// Uses `clock`, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Body of the request, after its signature was verified.
    async fn verified_body(&self, request: Request) -> Result<Bytes, WebhookError> {
        // First, so that the body of an unsigned request is not read.
        let header = signature(request.headers())?.clone();
        let body = Bytes::from_request(request, &()).await.map_err(|_| WebhookError::UnreadableBody)?;
        self.verifier.verify(&body, header, (self.clock)())?;
        Ok(body)
    }
}

/// The single `Stripe-Signature` header. Two are rejected, because a proxy may have checked the other one.
fn signature(headers: &HeaderMap) -> Result<&HeaderValue, WebhookError> {
    let mut values = headers.get_all(SIGNATURE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(WebhookError::MissingHeader),
        _ => Err(MalformedHeader::new("it occurs twice").into()),
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
    /// Status 400, with the same body for every reason.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from("webhook rejected\n"));
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

    use super::super::signer::Signer;
    use super::super::testing::{NOW, SNAPSHOT, THIN, secret};
    use super::*;

    /// A handler for each kind of event, which answers with its id, and one that gets the error.
    fn router() -> Router {
        Router::new()
            .route("/snapshot", post(async |event: WebhookEvent| event.id.to_string()))
            .route("/thin", post(async |event: ThinEvent| event.id.to_string()))
            .route(
                "/result",
                post(async |event: Result<WebhookEvent, WebhookError>| match event {
                    Ok(event) => event.id.to_string(),
                    Err(error) => format!("handler: {error}"),
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
            // Upper case, as HTTP/1 may send it.
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
    async fn a_rejection_is_one_fixed_line_and_its_reason_stays_on_the_server() {
        let stale = Signer::new(secret()).sign(SNAPSHOT, NOW - std::time::Duration::from_secs(301));
        let right = sign(SNAPSHOT);
        let too_long = "x".repeat(5_001);
        for (request, reason) in [
            (request("/snapshot", SNAPSHOT, &[]), "no Stripe-Signature header"),
            (request("/snapshot", SNAPSHOT, &[""]), "no Stripe-Signature header"),
            (
                request("/snapshot", SNAPSHOT, &[&right, &right]),
                "malformed Stripe-Signature header: it occurs twice",
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
            assert_eq!((status, body.as_str()), (400, "webhook rejected\n"), "{reason}");
            let error = error.expect("a layer can log it").to_string();
            assert!(error.starts_with(reason), "{error}, expected {reason}");
        }
    }

    #[tokio::test]
    async fn a_handler_can_take_the_error() {
        let (status, body, _) = answer(request("/result", "{}", &[])).await;
        assert_eq!((status, body.as_str()), (200, "handler: no Stripe-Signature header"));
    }

    #[test]
    fn debug_hides_the_secret() {
        let shown = format!("{:?}", Receiver::new(Verifier::new(secret())));
        assert!(shown.contains("whsec_…") && !shown.contains("5WbX5kEW"), "{shown}");
    }
}
