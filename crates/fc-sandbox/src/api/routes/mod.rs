//! The operations, by resource, and their routes.

mod accounts;
mod authorizations;
mod customers;
mod events;
mod institutions;
mod sessions;
mod transactions;
mod webhook_endpoints;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodRouter, delete, get, post};

use crate::api::fault::serve;
use crate::api::operation::Operation;
use crate::state::State;

type Routes = Router<Arc<State>>;

/// The routes of the API. The older paths of accounts and sessions run the same operations.
pub(crate) fn stripe() -> Routes {
    let mut routes = Router::new()
        .route("/v1/customers", reads(&customers::LIST).merge(writes(&customers::CREATE)))
        .route("/v1/customers/search", reads(&customers::SEARCH))
        .route(
            "/v1/customers/{id}",
            reads(&customers::RETRIEVE).merge(writes(&customers::UPDATE)).merge(deletes(&customers::DELETE)),
        )
        .route("/v1/events", reads(&events::LIST))
        .route("/v1/events/{id}", reads(&events::RETRIEVE))
        .route(
            "/v1/webhook_endpoints",
            reads(&webhook_endpoints::LIST).merge(writes(&webhook_endpoints::CREATE)),
        )
        .route(
            "/v1/webhook_endpoints/{id}",
            reads(&webhook_endpoints::RETRIEVE)
                .merge(writes(&webhook_endpoints::UPDATE))
                .merge(deletes(&webhook_endpoints::DELETE)),
        )
        .route("/v1/financial_connections/transactions", reads(&transactions::LIST))
        .route("/v1/financial_connections/transactions/{id}", reads(&transactions::RETRIEVE))
        .route("/v1/financial_connections/authorizations/{id}", reads(&authorizations::RETRIEVE))
        .route("/v1/financial_connections/institutions", reads(&institutions::LIST))
        .route("/v1/financial_connections/institutions/{id}", reads(&institutions::RETRIEVE))
        .route(
            "/v1/financial_connections/accounts/{id}/inferred_balances",
            reads(&accounts::INFERRED_BALANCES),
        )
        .route("/v1/financial_connections/accounts/{id}/subscribe", writes(&accounts::SUBSCRIBE))
        .route("/v1/financial_connections/accounts/{id}/unsubscribe", writes(&accounts::UNSUBSCRIBE));
    for accounts in ["/v1/financial_connections/accounts", "/v1/linked_accounts"] {
        routes = routes
            .route(accounts, reads(&accounts::LIST))
            .route(&format!("{accounts}/{{id}}"), reads(&accounts::RETRIEVE))
            .route(&format!("{accounts}/{{id}}/disconnect"), writes(&accounts::DISCONNECT))
            .route(&format!("{accounts}/{{id}}/owners"), reads(&accounts::OWNERS))
            .route(&format!("{accounts}/{{id}}/refresh"), writes(&accounts::REFRESH));
    }
    for sessions in ["/v1/financial_connections/sessions", "/v1/link_account_sessions"] {
        routes = routes
            .route(sessions, writes(&sessions::CREATE))
            .route(&format!("{sessions}/{{id}}"), reads(&sessions::RETRIEVE));
    }
    routes.fallback(unknown).method_not_allowed_fallback(unknown)
}

fn reads(operation: &'static Operation) -> MethodRouter<Arc<State>> {
    get(move |state, path, request| known(state, operation, path, request))
}

fn writes(operation: &'static Operation) -> MethodRouter<Arc<State>> {
    post(move |state, path, request| known(state, operation, path, request))
}

fn deletes(operation: &'static Operation) -> MethodRouter<Arc<State>> {
    delete(move |state, path, request| known(state, operation, path, request))
}

async fn known(
    axum::extract::State(state): axum::extract::State<Arc<State>>,
    operation: &'static Operation,
    path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> axum::response::Response {
    // A path with escapes that are not UTF-8 matches no object.
    let is_readable = path.is_ok();
    let id = path.ok().and_then(|path| path.iter().next().map(|(_, id)| id.to_owned()));
    let operation = (is_readable && !id.as_deref().is_some_and(is_word)).then_some(operation);
    serve(state, operation, id.unwrap_or_default(), request).await
}

/// The prefixes of ids in paths.
const ID_PREFIXES: [&str; 8] = ["cus_", "evt_", "fca_", "fcauth_", "fcinst_", "fcsess_", "fctxn_", "we_"];

/// Whether a segment is a word, such as `search`: then it is the path of an operation that the sandbox does not have.
fn is_word(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && !ID_PREFIXES.iter().any(|prefix| segment.starts_with(prefix))
}

async fn unknown(
    axum::extract::State(state): axum::extract::State<Arc<State>>,
    request: Request,
) -> axum::response::Response {
    serve(state, None, String::new(), request).await
}
