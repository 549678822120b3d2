//! The guard of the controls: programs on this machine may call them, the sandbox's own page, and programs with the token.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::api::auth::credentials;
use crate::control::reply::Refusal;
use crate::http::host::{HOST_REFUSED, names_this_machine};
use crate::sandbox::Sandbox;

/// The header of webhook deliveries.
const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// A middleware that refuses other machines without the token, pages of other origins, and the deliveries of sandboxes.
pub(crate) async fn authorize(
    State(sandbox): State<Sandbox>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let forbidden = |message| Err(Refusal::new(StatusCode::FORBIDDEN, message));
    let headers = request.headers();
    if is_from_another_page(headers) {
        return forbidden("the controls refuse web pages: send the request without an Origin header");
    }
    // A sandbox sends events to this machine, and so to its own controls or to those of another sandbox.
    if headers.contains_key(SIGNATURE) {
        return forbidden("the controls are no webhook endpoint: give the endpoint another URL");
    }
    let settings = sandbox.state.settings();
    let sent = || credentials(headers.get(AUTHORIZATION)?.to_str().ok()?, "Bearer");
    let has_token =
        || settings.control_token.as_ref().zip(sent()).is_some_and(|(token, sent)| token.is(sent));
    // A call within the process has no peer.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if peer.is_some_and(|ConnectInfo(peer)| !peer.ip().to_canonical().is_loopback()) && !has_token() {
        return forbidden(
            "the controls accept requests from this machine only: call them on 127.0.0.1, or start the sandbox with a \
             control token and send it as `Authorization: Bearer <token>`",
        );
    }
    if !names_this_machine(headers, settings) && !has_token() {
        return forbidden(HOST_REFUSED);
    }
    Ok(next.run(request).await)
}

/// Whether a browser sends the request for a page of another origin. Only the sandbox's own pages are of its origin.
///
/// A page cannot set `Sec-Fetch-…` or `Origin`. A GET without CORS, such as that of a script or a frame, has no `Origin`. A
/// link from another site to a page is no request of that site: it does not get the response.
fn is_from_another_page(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let fetched = |name: &'static str| text(&HeaderName::from_static(name));
    let is_own = fetched("sec-fetch-site") == Some("same-origin");
    match headers.get(ORIGIN) {
        Some(_) => {
            let own = text(&HOST).map(|host| format!("http://{host}"));
            !is_own || own.is_none() || text(&ORIGIN) != own.as_deref()
        }
        None => {
            let is_link = fetched("sec-fetch-mode") == Some("navigate")
                && fetched("sec-fetch-dest") == Some("document");
            !is_own && !is_link && fetched("sec-fetch-site").is_some_and(|site| site != "none")
        }
    }
}
