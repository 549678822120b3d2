//! A page on this machine that opens Stripe's linking modal.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;
use ring::rand::SecureRandom as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::exit::Exit;
use crate::failure::Failure;

/// The page; `{…}` are filled in.
const PAGE: &str = include_str!("page.html");

/// Longest reason of a failure that the page may send, in bytes.
const LONGEST_REASON: usize = 2000;

/// How the page ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Result {
    Linked,
    Cancelled,
    /// With the text of Stripe's error.
    Failed(String),
}

/// The page that is being served, as long as this exists.
pub(super) struct LocalPage {
    url: String,
    results: mpsc::Receiver<Result>,
    server: tokio::task::JoinHandle<io::Result<()>>,
}

struct Shared {
    host: String,
    html: String,
    policy: String,
    results: mpsc::Sender<Result>,
}

impl LocalPage {
    pub(super) async fn serve(
        publishable_key: &str,
        client_secret: &str,
        stripe_js: &str,
    ) -> std::result::Result<Self, Failure> {
        let failed = |error: io::Error| Failure::new(Exit::Failed, format!("cannot serve the page: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let host = listener.local_addr().map_err(failed)?.to_string();
        let (token, nonce) = (random()?, random()?);
        let (sender, results) = mpsc::channel(1);
        let shared = Shared {
            html: filled(&nonce, publishable_key, client_secret, stripe_js),
            policy: policy(&nonce, stripe_js),
            host: host.clone(),
            results: sender,
        };
        // Only who was given the address can guess the path: the page has the client secret.
        let app = Router::new()
            .route(&format!("/{token}/"), get(page))
            .route(&format!("/{token}/result"), axum::routing::post(result))
            .with_state(Arc::new(shared));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url: format!("http://{host}/{token}/"), results, server })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the page says how it ended.
    pub(super) async fn result(&mut self) -> Result {
        match self.results.recv().await {
            Some(result) => result,
            None => std::future::pending().await,
        }
    }
}

impl Drop for LocalPage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn random() -> std::result::Result<String, Failure> {
    let mut bytes = [0; 18];
    let drawn = ring::rand::SystemRandom::new().fill(&mut bytes);
    drawn.map_err(|_| Failure::new(Exit::Failed, "the machine gives no random numbers"))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// The policy: this page's own script, Stripe's, and what Stripe documents that its script needs.
fn policy(nonce: &str, stripe_js: &str) -> String {
    let origin = stripe_js.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' {origin}; style-src 'nonce-{nonce}'; \
         connect-src 'self' https://api.stripe.com; frame-src {origin} https://*.js.stripe.com https://hooks.stripe.com; \
         img-src https://*.stripe.com; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn filled(nonce: &str, publishable_key: &str, client_secret: &str, stripe_js: &str) -> String {
    [("{nonce}", nonce), ("{key}", publishable_key), ("{secret}", client_secret), ("{script}", stripe_js)]
        .into_iter()
        .fold(PAGE.to_owned(), |page, (name, value)| page.replace(name, &escaped(value)))
}

/// Text for an attribute of HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

async fn page(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if !is_this_machine(&shared, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, shared.policy.as_str()),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, shared.html.clone()).into_response()
}

async fn result(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if !is_this_machine(&shared, &headers) {
        return StatusCode::FORBIDDEN;
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(LONGEST_REASON)]).into_owned();
    let result = match text.as_str() {
        "linked" => Result::Linked,
        "cancelled" => Result::Cancelled,
        _ => Result::Failed(crate::output::printable(&text)),
    };
    // A second result changes nothing.
    let _ = shared.results.try_send(result);
    StatusCode::NO_CONTENT
}

/// Whether the request names this server, so that a rebound name of another site reads nothing.
fn is_this_machine(shared: &Shared, headers: &HeaderMap) -> bool {
    headers.get(HOST).is_some_and(|host| host.as_bytes() == shared.host.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_attribute() {
        let page = filled("n", "pk_\"><script>", "secret&", "https://js.stripe.com/v3/");
        assert!(page.contains("data-key=\"pk_&quot;&gt;&lt;script&gt;\""), "{page}");
        assert!(page.contains("data-secret=\"secret&amp;\""), "{page}");
        assert!(!page.contains('{') || !page.contains("{key}"), "{page}");
    }

    #[test]
    fn the_policy_allows_no_other_script() {
        let policy = policy("n", "https://js.stripe.com/v3/");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'nonce-n' https://js.stripe.com;"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
