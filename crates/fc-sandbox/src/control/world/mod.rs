//! `/_sandbox/worlds/…`: what one key sees, for the console and for programs.

mod accounts;
mod acts;
mod balances;
mod deliveries;
mod events;
mod overview;
mod sessions;
mod timeline;
mod transactions;
mod visited;

use axum::Router;
use axum::routing::{get, post};

use crate::sandbox::Sandbox;

/// The controls of worlds, below `/_sandbox`.
pub(super) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/worlds", get(overview::list).post(acts::start))
        .route("/worlds/{world}", get(overview::read))
        .route("/worlds/{world}/accounts", get(accounts::list))
        .route("/worlds/{world}/accounts/{id}", get(accounts::read))
        .route("/worlds/{world}/accounts/{id}/balances", get(balances::read))
        .route("/worlds/{world}/accounts/{id}/timeline", get(timeline::read))
        .route("/worlds/{world}/accounts/{id}/transactions", get(transactions::list))
        .route("/worlds/{world}/events", get(events::list))
        .route("/worlds/{world}/events/{id}", get(events::read))
        .route("/worlds/{world}/deliveries", get(deliveries::list))
        .route("/worlds/{world}/deliveries/{id}", get(deliveries::read))
        .route("/worlds/{world}/deliveries/{id}/attempts", post(deliveries::attempt))
        .route("/worlds/{world}/sessions", get(sessions::list).post(acts::create_session))
        .route("/worlds/{world}/sessions/{id}/link_page", get(sessions::link_page))
        .route("/worlds/{world}/link", post(acts::link))
        .route("/worlds/{world}/population", post(acts::populate))
}
