//! The console: a page that shows the worlds of a sandbox and acts on them, for developers on this machine.
//!
//! The page has no data of its own. Each number and each button is a control at `/_sandbox/…`, which the page calls like any
//! other program, and `/_sandbox/changes` says when to read again. The guard of the controls guards the page too.
//!
//! The chart is SVG that the page makes. Rejected: a library for it, because one line over ninety days needs no library, and
//! a library would be larger than all other files of the page.

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::control::guard;
use crate::page_file::{CSS, HTML, PageFiles, SCRIPT, page_files, routes};
use crate::sandbox::Sandbox;

/// The content security policy: files and data of the sandbox only, and no page may frame the console.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

static FILES: PageFiles = page_files! {
    "/console": HTML "console.html",
    "/console/console.css": CSS "console.css",
    "/console/console.js": SCRIPT "console.js",
    "/console/acts.js": SCRIPT "acts.js",
    "/console/api.js": SCRIPT "api.js",
    "/console/chart.js": SCRIPT "chart.js",
    "/console/dialog.js": SCRIPT "dialog.js",
    "/console/dom.js": SCRIPT "dom.js",
    "/console/format.js": SCRIPT "format.js",
    "/console/live.js": SCRIPT "live.js",
    "/console/parts.js": SCRIPT "parts.js",
    "/console/route.js": SCRIPT "route.js",
    "/console/start.js": SCRIPT "start.js",
    "/console/views.js": SCRIPT "views.js",
    "/console/view_account.js": SCRIPT "view_account.js",
    "/console/view_accounts.js": SCRIPT "view_accounts.js",
    "/console/view_controls.js": SCRIPT "view_controls.js",
    "/console/view_deliveries.js": SCRIPT "view_deliveries.js",
    "/console/view_events.js": SCRIPT "view_events.js",
    "/console/view_overview.js": SCRIPT "view_overview.js",
    "/console/view_requests.js": SCRIPT "view_requests.js",
    "/console/view_sessions.js": SCRIPT "view_sessions.js",
};

/// The files of the page, below `/_sandbox`.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    routes(FILES, POLICY, "same-origin").layer(from_fn_with_state(sandbox, guard::authorize))
}
