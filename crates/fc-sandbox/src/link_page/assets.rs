//! The files of the page, which are part of the program.

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::get;

/// What the pages may load: themselves. A front end of any origin may frame the page, since it needs the client secret to
/// have any use of it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; \
    img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! files {
    ($($path:literal: $kind:ident $file:literal,)+) => {
        &[$(($path, $kind, include_str!(concat!("web/", $file)))),+]
    };
}

/// Where each file is below `/_sandbox`, what it is, and its text.
static FILES: &[(&str, &str, &str)] = files! {
    "/link": HTML "link.html",
    "/link/page.css": CSS "page.css",
    "/link/link.css": CSS "link.css",
    "/link/link.js": SCRIPT "link.js",
    "/link/api.js": SCRIPT "api.js",
    "/link/host.js": SCRIPT "host.js",
    "/link/log_in.js": SCRIPT "log_in.js",
    "/link/panes.js": SCRIPT "panes.js",
    "/link/view.js": SCRIPT "view.js",
    "/link/oauth": HTML "oauth.html",
    "/link/oauth.css": CSS "oauth.css",
    "/link/oauth.js": SCRIPT "oauth.js",
    "/fc.js": SCRIPT "fc.js",
    "/example": HTML "example.html",
    "/link/example.css": CSS "example.css",
    "/link/example.js": SCRIPT "example.js",
};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, &(path, kind, text)| {
        router.route(path, get(async move || file(kind, text)))
    })
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // A page of another version would not fit this one's answers.
        (CACHE_CONTROL, "no-store"),
        // Front ends of other origins load the script.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}
