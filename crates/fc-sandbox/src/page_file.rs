//! Files of pages, which are compiled into the program.

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::get;

pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const CSS: &str = "text/css; charset=utf-8";
pub(crate) const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The path below `/_sandbox`, the content type and the text of each file.
pub(crate) type PageFiles = &'static [(&'static str, &'static str, &'static str)];

/// [`PageFiles`] from the folder `web` beside the file that calls the macro.
macro_rules! page_files {
    ($($path:literal: $kind:ident $file:literal,)+) => {
        &[$(($path, $kind, include_str!(concat!("web/", $file)))),+]
    };
}
pub(crate) use page_files;

/// The routes of files. `policy` is their content security policy, and `users` are the origins whose pages may load them, as
/// `Cross-Origin-Resource-Policy` names them.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(
    files: PageFiles,
    policy: &'static str,
    users: &'static str,
) -> Router<S> {
    files.iter().fold(Router::new(), |router, &(path, kind, text)| {
        router.route(path, get(async move || file(kind, text, policy, users)))
    })
}

fn file(kind: &'static str, text: &'static str, policy: &'static str, users: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // A cached page of another version could not read the responses of this one.
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), users),
    ];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}
