//! `/_sandbox/accounts/{id}/…`: what the bank of a linked account does.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::api::error::ApiError;
use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::model::account::InactiveCause;
use crate::model::account_number::{AccountNumberStatus, PaymentMethodType};
use crate::model::feature::{Feature, RefreshOutcome};
use crate::sandbox::{AccountError, Sandbox};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStatus {
    status: Status,
    /// Why it is inactive.
    cause: Option<InactiveCause>,
}

/// The statuses that a bank can set; an API call disconnects.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Inactive,
}

pub(crate) async fn set_status(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(SetStatus { status, cause }): JsonBody<SetStatus>,
) -> Result<Reply, Refusal> {
    reply(match (status, cause) {
        (Status::Active, None) => sandbox.reactivate(id),
        (Status::Active, Some(_)) => {
            return Err(Refusal::invalid("`cause` says why an account is inactive: leave it out"));
        }
        (Status::Inactive, cause) => sandbox.deactivate_because(id, cause.unwrap_or_default()),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    features: Vec<Feature>,
}

/// Refreshes an account as `POST /v1/financial_connections/accounts/{id}/refresh` does, without a key.
pub(crate) async fn refresh(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(Refresh { features }): JsonBody<Refresh>,
) -> Result<Reply, Refusal> {
    let result = sandbox.refresh(&id, &features);
    let result =
        result.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, AccountError::Unknown.to_string()))?;
    let started = result.map_err(|refusal| {
        let error = ApiError::account_refusal(refusal, "features").body(None);
        Refusal::invalid(error["error"]["message"].as_str().unwrap_or_default())
    })?;
    let skipped: Vec<Feature> = features.into_iter().filter(|feature| !started.contains(feature)).collect();
    Ok(json!({ "started": started, "too_early": skipped }).into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanRefresh {
    feature: Feature,
    outcome: RefreshOutcome,
}

pub(crate) async fn plan_refresh(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(PlanRefresh { feature, outcome }): JsonBody<PlanRefresh>,
) -> Result<Reply, Refusal> {
    reply(sandbox.plan_refresh(id, feature, outcome))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectDeactivation {
    /// In seconds since the Unix epoch.
    at: Option<i64>,
}

pub(crate) async fn expect_deactivation(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(ExpectDeactivation { at }): JsonBody<ExpectDeactivation>,
) -> Result<Reply, Refusal> {
    reply(sandbox.expect_deactivation(id, at))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAccountNumber {
    status: AccountNumberStatus,
    /// In seconds since the Unix epoch.
    expires_at: Option<i64>,
}

pub(crate) async fn set_account_number(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(SetAccountNumber { status, expires_at }): JsonBody<SetAccountNumber>,
) -> Result<Reply, Refusal> {
    reply(sandbox.set_account_number(id, status, expires_at))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPaymentMethods {
    types: Vec<PaymentMethodType>,
}

pub(crate) async fn set_payment_methods(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(SetPaymentMethods { types }): JsonBody<SetPaymentMethods>,
) -> Result<Reply, Refusal> {
    reply(sandbox.set_payment_methods(id, types))
}

fn reply(result: Result<(), AccountError>) -> Result<Reply, Refusal> {
    result.map(|()| json!({}).into()).map_err(|error| {
        let status = match error {
            AccountError::Unknown => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        Refusal::new(status, error.to_string())
    })
}
