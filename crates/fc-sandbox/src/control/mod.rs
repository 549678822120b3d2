//! The controls at `/_sandbox/…`: users, banks and time, for programs in other languages.
//!
//! They speak JSON. They answer this machine, and other machines that send the control token.

mod accounts;
mod banks;
mod changes;
mod clock;
mod faults;
mod find;
pub(crate) mod guard;
mod index;
mod link;
mod query;
pub(crate) mod reply;
mod requests;
mod sessions;
mod state;
mod webhooks;
mod world;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::control::reply::Refusal;
use crate::sandbox::Sandbox;

/// The controls, below `/_sandbox`.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/link", post(link::link))
        .route("/relink", post(sessions::relink))
        .route("/sessions/{id}/end", post(sessions::end))
        .route("/event_destinations", post(webhooks::add_destination))
        .route("/clock", get(clock::read).post(clock::change))
        .route("/banks", get(banks::list).post(banks::set))
        .route("/changes", get(changes::stream))
        .route("/find/{id}", get(find::find))
        .route("/requests", get(requests::list).delete(requests::clear))
        .route("/requests/{number}", get(requests::read))
        .route("/accounts/{id}/refresh", post(accounts::refresh))
        .route(
            "/state",
            get(state::export)
                .put(state::import)
                .delete(state::wipe)
                .layer(DefaultBodyLimit::max(state::MAX_BYTES)),
        )
        .route("/accounts/{id}/status", post(accounts::set_status))
        .route("/accounts/{id}/refresh_outcomes", post(accounts::plan_refresh))
        .route("/accounts/{id}/expected_deactivation", post(accounts::expect_deactivation))
        .route("/accounts/{id}/account_number", post(accounts::set_account_number))
        .route("/accounts/{id}/payment_methods", post(accounts::set_payment_methods))
        .route("/faults", get(faults::list).post(faults::inject).delete(faults::clear))
        .route("/deliveries", get(webhooks::list_deliveries).post(webhooks::deliver))
        .route("/webhook_endpoints/{id}/secret", post(webhooks::roll_secret))
        .merge(world::router())
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "no such control; GET /_sandbox lists them"))
        .layer(from_fn_with_state(sandbox.clone(), guard::authorize))
        .with_state(sandbox.clone())
        .merge(list(sandbox))
}

/// The list of the controls, which is at `/_sandbox` and at `/_sandbox/`.
pub(crate) fn list(sandbox: Sandbox) -> Router {
    Router::new().route("/", get(index::list)).layer(from_fn_with_state(sandbox, guard::authorize))
}
