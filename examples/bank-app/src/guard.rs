//! What every request passes: the host and the origin, the sign-in, and the headers of the response.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use fc_ext::types::CustomerId;

use crate::failure::Failure;
use crate::state::{App, USERS};

/// The policy of all pages but the one that links: files of this app only, no script, and no frame around a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Lets a request pass that was made for this app by a page of this app.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    // Another name that leads to this machine (DNS rebinding) would be of the same origin as its pages.
    let response = if !is_for(&app, request.headers()) {
        if is_read { Redirect::to(&app.url).into_response() } else { Failure::Forbidden.into_response() }
    } else if !is_read && !is_from(&app, request.headers()) {
        Failure::Forbidden.into_response()
    } else {
        next.run(request).await
    };
    with_headers(response)
}

fn is_for(app: &App, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    let own = app.url.split_once("://").map(|(_, host)| host.as_bytes());
    host.is_some() && host == own
}

/// Whether a page of this app sent the request (CSRF). Every browser sends `Origin` with a POST, and no page can forge it. The
/// cookie is `SameSite=Lax` besides, so the POST of another site comes without it.
fn is_from(app: &App, headers: &HeaderMap) -> bool {
    headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() == app.url.as_bytes())
}

fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: with that one, browsers send `Origin: null` with the forms of this app.
    set(REFERRER_POLICY, "same-origin");
    // Pages have bank data, and the next user of the browser must not go back to it.
    set(CACHE_CONTROL, "no-store");
    response
}

/// The policy of the page that links: the scripts of this app and of Stripe, and the frame that it opens.
pub(crate) fn linking_policy(script: &str) -> String {
    // `https://js.stripe.com` of `https://js.stripe.com/v3/`.
    let origin = script.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let (scripts, frames, calls, images) = if origin == "https://js.stripe.com" {
        (
            " https://*.js.stripe.com",
            " https://*.js.stripe.com https://hooks.stripe.com",
            " https://api.stripe.com",
            " https://*.stripe.com",
        )
    } else {
        ("", "", "", "")
    };
    format!(
        "default-src 'none'; script-src 'self' {origin}{scripts}; frame-src {origin}{frames}; connect-src 'self'{calls}; \
         style-src 'self'; img-src 'self'{images}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The user who is signed in. A handler that has it is for signed-in users only.
pub(crate) struct SignedIn {
    pub(crate) name: &'static str,
    /// Who holds the accounts at Stripe.
    pub(crate) customer: CustomerId,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let token = token(app, &parts.headers).ok_or(Failure::SignedOut)?;
        let user = app.store.signed_in(&token).await?.ok_or(Failure::SignedOut)?;
        let (user, name) = USERS.into_iter().find(|(known, _)| *known == user).ok_or(Failure::SignedOut)?;
        Ok(Self { name, customer: app.bank.customer(user, name).await? })
    }
}

/// The token in the cookie of a request.
pub(crate) fn token(app: &App, headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(cookie_name(app)).map(|cookie| cookie.value().to_owned())
}

/// The cookie of a sign-in. Scripts cannot read it, and other sites cannot send it with a form. It ends with the browser, and the
/// sign-in ends after some hours.
pub(crate) fn cookie(app: &App, token: String) -> Cookie<'static> {
    Cookie::build((cookie_name(app), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.is_https())
        .build()
}

/// With https, the prefix keeps other hosts of the domain from setting the cookie.
fn cookie_name(app: &App) -> &'static str {
    if app.is_https() { "__Host-sign_in" } else { "sign_in" }
}
