//! The operations, by resource, and their addresses.

mod accounts;
mod customers;
mod events;
mod sessions;
mod transactions;
mod webhook_endpoints;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodRouter, delete, get, post};

use crate::call::{Operation, serve};
use crate::state::State;

type Routes = Router<Arc<State>>;

static OPERATIONS: [&Operation; 21] = [
    &accounts::DISCONNECT,
    &accounts::LIST,
    &accounts::OWNERS,
    &accounts::REFRESH,
    &accounts::RETRIEVE,
    &accounts::SUBSCRIBE,
    &accounts::UNSUBSCRIBE,
    &customers::CREATE,
    &customers::LIST,
    &customers::RETRIEVE,
    &events::LIST,
    &events::RETRIEVE,
    &sessions::CREATE,
    &sessions::RETRIEVE,
    &transactions::LIST,
    &transactions::RETRIEVE,
    &webhook_endpoints::CREATE,
    &webhook_endpoints::DELETE,
    &webhook_endpoints::LIST,
    &webhook_endpoints::RETRIEVE,
    &webhook_endpoints::UPDATE,
];

/// The names of all operations.
pub(crate) fn operations() -> Vec<&'static str> {
    OPERATIONS.iter().map(|operation| operation.name).collect()
}

/// Stripe's surface. The older names of accounts and sessions are the same operations under other addresses.
pub(crate) fn stripe() -> Routes {
    let mut routes = Router::new()
        .route("/v1/customers", reads(&customers::LIST).merge(writes(&customers::CREATE)))
        .route("/v1/customers/{id}", reads(&customers::RETRIEVE))
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
    // A path whose escapes are not UTF-8 names nothing that the API has.
    let operation = path.is_ok().then_some(operation);
    let id = path.ok().and_then(|path| path.iter().next().map(|(_, id)| id.to_owned()));
    serve(state, operation, id.unwrap_or_default(), request).await
}

async fn unknown(
    axum::extract::State(state): axum::extract::State<Arc<State>>,
    request: Request,
) -> axum::response::Response {
    serve(state, None, String::new(), request).await
}
