//! `/_sandbox/…`: what happens outside of the API (users, banks and time), for programs in other languages.
//!
//! It speaks JSON and answers this machine only. A web page cannot reach it: its requests carry an `Origin`, or the name of
//! its own site for a `Host`.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::account_number::{AccountNumberStatus, PaymentMethodType};
use crate::account_spec::{AccountOwner, AccountSpec};
use crate::fault_control;
use crate::model::{Feature, RefreshOutcome};
use crate::sandbox::{AccountError, Sandbox};

/// The longest step of the clock: each day of it is played.
const MAX_ADVANCE: u64 = 400 * 24 * 60 * 60;
/// The largest state that is taken in, in bytes; ten thousand accounts with their events take a tenth of it.
const MAX_STATE: usize = 512 * 1024 * 1024;

pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/link", post(link))
        .route("/clock", get(read_clock).post(move_clock))
        .route("/state", get(export).put(import).layer(DefaultBodyLimit::max(MAX_STATE)))
        .route("/accounts/{id}/status", post(set_status))
        .route("/accounts/{id}/refresh_outcomes", post(plan_refresh))
        .route("/accounts/{id}/expected_deactivation", post(expect_deactivation))
        .route("/accounts/{id}/account_number", post(set_account_number))
        .route("/accounts/{id}/payment_methods", post(set_payment_methods))
        .route("/faults", get(fault_control::list).post(fault_control::inject).delete(fault_control::clear))
        .route("/deliveries", get(list_deliveries).post(deliver_webhooks))
        .route("/webhook_endpoints/{id}/secret", post(roll_webhook_secret))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "no such control; GET /_sandbox lists them"))
        .layer(from_fn(local_only))
        .with_state(sandbox)
        .merge(list())
}

/// The list of the controls, which is at `/_sandbox` and at `/_sandbox/`.
pub(crate) fn list() -> Router {
    Router::new().route("/", get(index)).layer(from_fn(local_only))
}

/// Refuses other machines, and web pages on this one.
async fn local_only(request: Request, next: Next) -> Response {
    // In-process calls have no peer.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if peer.is_some_and(|ConnectInfo(peer)| !peer.ip().to_canonical().is_loopback()) {
        return refuse(StatusCode::FORBIDDEN, "the controls answer this machine only");
    }
    if request.headers().contains_key(ORIGIN) {
        return refuse(StatusCode::FORBIDDEN, "the controls do not answer web pages");
    }
    if !request.headers().get_all(HOST).iter().all(names_this_machine) {
        let message =
            "the controls answer to the names of this machine only: ask 127.0.0.1, [::1] or localhost";
        return refuse(StatusCode::FORBIDDEN, message);
    }
    next.run(request).await
}

/// Whether a `Host` can only be this machine. A page that reads its own site carries no `Origin`, and its site's name can
/// be made to lead here; these names cannot be anyone's.
fn names_this_machine(host: &HeaderValue) -> bool {
    let Some(host) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let name = host.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let address = name.parse::<IpAddr>().map(|address| address.to_canonical().is_loopback());
    address.unwrap_or(name == "localhost" || name.ends_with(".localhost"))
}

async fn index() -> Response {
    answer(&json!({
        "GET /_sandbox": "this list",
        "GET /_sandbox/link": "the page where a user links accounts: open it with #CLIENT_SECRET, or through fc.js",
        "GET /_sandbox/fc.js": "Stripe(key).collectFinancialConnectionsAccounts({clientSecret}) for front ends",
        "GET /_sandbox/example": "a front end that does so",
        "POST /_sandbox/link": "a user links accounts: {session, accounts: [{kind, institution?, display_name?, last4?, \
            currency?, country?, owners?: [{name, email?, phone?, raw_address?}], transactions?, payable?}]}",
        "GET /_sandbox/clock": "{now, frozen}",
        "POST /_sandbox/clock": "{advance?: seconds, frozen?: true or false}",
        "GET /_sandbox/state": "the whole state, to be put back later",
        "PUT /_sandbox/state": "a state that GET gave, in the place of this one; the clock goes on from then",
        "POST /_sandbox/accounts/{id}/status": "{status: active or inactive}",
        "POST /_sandbox/accounts/{id}/refresh_outcomes": "{feature: balance, ownership or transactions, \
            outcome: succeeded, failed or failed_and_inactive}",
        "POST /_sandbox/accounts/{id}/expected_deactivation": "{at: seconds since the epoch, or null}",
        "POST /_sandbox/accounts/{id}/account_number": "{status: pending, transactable, deactivated or expired, \
            expires_at?: seconds since the epoch}",
        "POST /_sandbox/accounts/{id}/payment_methods": "{types: [us_bank_account, link]}",
        "GET /_sandbox/faults": "{faults}: what is to go wrong",
        "POST /_sandbox/faults": fault_control::HELP,
        "DELETE /_sandbox/faults": "nothing is to go wrong any more",
        "GET /_sandbox/deliveries": "{deliveries}: of events to webhook endpoints, oldest first in each world",
        "POST /_sandbox/deliveries": "sends what is due, and answers with the deliveries when that is done",
        "POST /_sandbox/webhook_endpoints/{id}/secret": "a new signing secret: {overlap?: seconds for which the old one \
            signs as well, 86400 at most} gives {secret}",
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    session: String,
    accounts: Vec<LinkedAccount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkedAccount {
    kind: String,
    institution: Option<String>,
    display_name: Option<String>,
    last4: Option<String>,
    currency: Option<String>,
    country: Option<String>,
    owners: Option<Vec<AccountOwner>>,
    transactions: Option<u32>,
    payable: Option<bool>,
}

async fn link(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let Link { session, accounts } = match read(&body) {
        Ok(link) => link,
        Err(refusal) => return refusal,
    };
    let mut specs = Vec::new();
    for account in accounts {
        let kind = account.kind.clone();
        let Some(spec) = account.into_spec() else {
            return refuse(StatusCode::BAD_REQUEST, &format!("no kind of account is called `{kind}`"));
        };
        specs.push(spec);
    }
    match sandbox.link(session, specs) {
        Ok(ids) => answer(&json!({ "accounts": ids.iter().map(AsRef::as_ref).collect::<Vec<&str>>() })),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

impl LinkedAccount {
    fn into_spec(self) -> Option<AccountSpec> {
        type Change = fn(AccountSpec, String) -> AccountSpec;
        let changes: [(Option<String>, Change); 5] = [
            (self.institution, AccountSpec::institution),
            (self.display_name, AccountSpec::display_name),
            (self.last4, AccountSpec::last4),
            (self.currency, AccountSpec::currency),
            (self.country, AccountSpec::country),
        ];
        let mut spec = AccountSpec::of_kind(&self.kind)?;
        for (value, change) in changes {
            if let Some(value) = value {
                spec = change(spec, value);
            }
        }
        if let Some(owners) = self.owners {
            spec = spec.owners(owners);
        }
        if let Some(count) = self.transactions {
            spec = spec.transactions(count);
        }
        Some(if self.payable == Some(false) { spec.not_payable() } else { spec })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    advance: Option<u64>,
    frozen: Option<bool>,
}

async fn read_clock(State(sandbox): State<Sandbox>) -> Response {
    let clock = sandbox.clock();
    answer(&json!({ "now": clock.now(), "frozen": clock.is_frozen() }))
}

async fn move_clock(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let MoveClock { advance, frozen } = match read(&body) {
        Ok(change) => change,
        Err(refusal) => return refusal,
    };
    if advance.is_some_and(|seconds| seconds > MAX_ADVANCE) {
        let message = format!("`advance` is at most {MAX_ADVANCE} seconds in one call");
        return refuse(StatusCode::BAD_REQUEST, &message);
    }
    match frozen {
        Some(true) => sandbox.clock().freeze(),
        Some(false) => sandbox.clock().resume(),
        None => {}
    }
    if let Some(seconds) = advance {
        sandbox.clock().advance(Duration::from_secs(seconds));
    }
    read_clock(State(sandbox)).await
}

async fn export(State(sandbox): State<Sandbox>) -> Response {
    json_text(sandbox.export())
}

async fn import(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let Ok(state) = std::str::from_utf8(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "the body is not UTF-8");
    };
    match sandbox.import(state) {
        Ok(()) => answer(&json!({})),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetStatus {
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Inactive,
}

async fn set_status(State(sandbox): State<Sandbox>, Path(id): Path<String>, body: Bytes) -> Response {
    match read(&body) {
        Ok(SetStatus { status: Status::Active }) => settled(sandbox.reactivate(id)),
        Ok(SetStatus { status: Status::Inactive }) => settled(sandbox.deactivate(id)),
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanRefresh {
    feature: Feature,
    outcome: RefreshOutcome,
}

async fn plan_refresh(State(sandbox): State<Sandbox>, Path(id): Path<String>, body: Bytes) -> Response {
    match read(&body) {
        Ok(PlanRefresh { feature, outcome }) => settled(sandbox.plan_refresh(id, feature, outcome)),
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectDeactivation {
    at: Option<i64>,
}

async fn expect_deactivation(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    match read(&body) {
        Ok(ExpectDeactivation { at }) => settled(sandbox.expect_deactivation(id, at)),
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetAccountNumber {
    status: AccountNumberStatus,
    expires_at: Option<i64>,
}

async fn set_account_number(State(sandbox): State<Sandbox>, Path(id): Path<String>, body: Bytes) -> Response {
    match read(&body) {
        Ok(SetAccountNumber { status, expires_at }) => {
            settled(sandbox.set_account_number(id, status, expires_at))
        }
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetPaymentMethods {
    types: Vec<PaymentMethodType>,
}

async fn set_payment_methods(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    match read(&body) {
        Ok(SetPaymentMethods { types }) => settled(sandbox.set_payment_methods(id, types)),
        Err(refusal) => refusal,
    }
}

async fn list_deliveries(State(sandbox): State<Sandbox>) -> Response {
    answer(&json!({ "deliveries": sandbox.all_deliveries() }))
}

async fn deliver_webhooks(State(sandbox): State<Sandbox>) -> Response {
    sandbox.deliver_webhooks().await;
    list_deliveries(State(sandbox)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollSecret {
    #[serde(default)]
    overlap: u64,
}

async fn roll_webhook_secret(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let RollSecret { overlap } = match read(&body) {
        Ok(roll) => roll,
        Err(refusal) => return refusal,
    };
    match sandbox.roll_webhook_secret(id, Duration::from_secs(overlap)) {
        Some(secret) => answer(&json!({ "secret": secret })),
        None => refuse(StatusCode::NOT_FOUND, "no webhook endpoint has this id: create one first"),
    }
}

fn settled(result: Result<(), AccountError>) -> Response {
    match result {
        Ok(()) => answer(&json!({})),
        Err(error @ AccountError::Unknown) => refuse(StatusCode::NOT_FOUND, &error.to_string()),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

#[expect(clippy::result_large_err, reason = "the refusal is sent as it is")]
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Response> {
    serde_json::from_slice(body).map_err(|error| {
        refuse(StatusCode::BAD_REQUEST, &format!("the body is not the JSON that is needed: {error}"))
    })
}

/// Errors here are shaped unlike Stripe's, so that neither is taken for the other.
pub(crate) fn refuse(status: StatusCode, message: &str) -> Response {
    let mut response = answer(&json!({ "sandbox_error": message }));
    *response.status_mut() = status;
    response
}

/// Gives the shape of [`refuse`] to what was refused before a handler saw it: a wrong method, an address or a body that
/// cannot be taken in.
pub(crate) async fn shape_refusal(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let shaped = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if shaped || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let mut refusal = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            refuse(status, "GET /_sandbox lists the controls and their methods")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            refuse(status, "the body is too large: 2 MB is the most, and 512 MB for a state")
        }
        _ => {
            let reason = to_bytes(body, usize::MAX).await.unwrap_or_default();
            refuse(status, &String::from_utf8_lossy(&reason))
        }
    };
    if let Some(allowed) = head.headers.remove(ALLOW) {
        refusal.headers_mut().insert(ALLOW, allowed);
    }
    refusal
}

pub(crate) fn answer(body: &Value) -> Response {
    json_text(body.to_string())
}

fn json_text(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
