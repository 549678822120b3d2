//! The files of the pages, which are compiled into the program.

use axum::Router;

use crate::page_file::{CSS, HTML, PageFiles, SCRIPT, page_files, routes};

/// The content security policy: the pages load files of the sandbox only. A front end of any origin may frame the page,
/// because the page is useless without the client secret.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; \
    img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

static FILES: PageFiles = page_files! {
    "/link": HTML "link.html",
    "/link/theme.css": CSS "theme.css",
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

/// Front ends of other origins load the script, so the files may be used by them.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    routes(FILES, POLICY, "cross-origin")
}
