//! The check of `Host`: it ends DNS rebinding.
//!
//! A web page can let its own name lead to this machine. Its requests then are of the page's origin, and the browser allows
//! every header. They still carry the page's name as `Host`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State as Extract};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::refusal;
use crate::model::settings::Settings;
use crate::state::State;

/// The message to a request with another `Host`.
pub(crate) const HOST_REFUSED: &str = "The Host header does not name this machine: ask 127.0.0.1, [::1] or localhost, or \
    allow the name with --allow-host.";

/// The address of this end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalAddress(pub(crate) SocketAddr);

/// A middleware that refuses names that a web site can have.
///
/// On an address of the network the sandbox cannot know its names. There it checks only if the settings list names.
pub(crate) async fn layer(Extract(state): Extract<Arc<State>>, request: Request, next: Next) -> Response {
    let settings = state.settings();
    let local = request.extensions().get::<LocalAddress>();
    let is_checked = local.is_none_or(|LocalAddress(address)| address.ip().to_canonical().is_loopback())
        || !settings.hosts.is_empty();
    if is_checked && !hosts(request.headers()).all(|host| is_no_web_site(host, settings)) {
        return refusal::response(request.uri().path(), StatusCode::FORBIDDEN, HOST_REFUSED);
    }
    next.run(request).await
}

fn hosts(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(HOST).iter()
}

/// Whether no `Host` of a request can be the name of a web site, and each names this machine.
pub(crate) fn names_this_machine(headers: &HeaderMap, settings: &Settings) -> bool {
    hosts(headers).all(|host| {
        name(host).is_some_and(|name| match name.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => is_known(&name, settings),
        })
    })
}

/// A page at an address was loaded from that address, so only names can be rebound.
fn is_no_web_site(host: &HeaderValue, settings: &Settings) -> bool {
    name(host).is_some_and(|name| name.parse::<IpAddr>().is_ok() || is_known(&name, settings))
}

fn name(host: &HeaderValue) -> Option<String> {
    host.to_str().ok()?.parse::<Authority>().ok().as_ref().map(name_of)
}

fn name_of(host: &Authority) -> String {
    let name = host.host().trim_start_matches('[').trim_end_matches(']');
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// A host without its port, in lower case.
pub(crate) fn without_port(host: &str) -> String {
    host.parse::<Authority>().as_ref().map_or(host.to_ascii_lowercase(), name_of)
}

/// Names below `localhost` cannot belong to a web site. The others are in the settings.
fn is_known(name: &str, settings: &Settings) -> bool {
    name == "localhost" || name.ends_with(".localhost") || settings.hosts.iter().any(|host| host == name)
}
