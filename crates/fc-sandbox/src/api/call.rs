//! Calls: a request goes through the checks that all operations share, in Stripe's order: key, route, idempotency,
//! parameters.

use std::sync::Arc;

use axum::http::header::DATE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::api::error::{ApiError, ErrorType, excerpt};
use crate::api::operation::{Call, Operation};
use crate::api::params::Params;
use crate::api::reply::Reply;
use crate::api::request::ApiRequest;
use crate::api::version::Requested;
use crate::api::{expand, idempotency};
use crate::caller::Caller;
use crate::lifecycle::population::populate;
use crate::model::event::Cause;
use crate::state::State;
use crate::world::idempotency::SavedResponse;

/// Replies to a request. Without an operation, the URL is unknown. A refusal is the reply to a request that a fault meets.
pub(crate) async fn reply(
    state: &Arc<State>,
    caller: Result<Caller, ApiError>,
    operation: Option<&Operation>,
    request: &ApiRequest,
    refusal: Option<ApiError>,
) -> Reply {
    let request_id = state.new_request_id();
    let mut requested = Requested::latest();
    let log_url = caller.as_ref().ok().map(|caller| log_url(caller, &request_id));
    let outcome = match refusal {
        Some(error) => Err(error),
        None => match check(caller, operation, request) {
            Err(error) => Err(error),
            Ok((caller, read, operation)) => {
                requested = read;
                let (log_url, request_id) = (log_url.as_deref(), &*request_id);
                Execution {
                    state,
                    caller: &caller,
                    operation,
                    request,
                    requested: &requested,
                    request_id,
                    log_url,
                }
                .run()
                .await
            }
        },
    };
    let mut reply =
        outcome.unwrap_or_else(|error| Reply::new(error.status, error.body(log_url.as_deref()).to_string()));
    reply.headers.insert(HeaderName::from_static("stripe-version"), requested.header);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        reply.headers.insert(HeaderName::from_static("request-id"), id);
    }
    if let Some(date) = http_date(state.clock.now()) {
        reply.headers.insert(DATE, date);
    }
    if let Some(key) = idempotency::header(request) {
        reply.headers.insert(HeaderName::from_static("idempotency-key"), key.clone());
    }
    reply
}

/// Checks the key, the version and the URL.
fn check<'a>(
    caller: Result<Caller, ApiError>,
    operation: Option<&'a Operation>,
    request: &ApiRequest,
) -> Result<(Caller, Requested, &'a Operation), ApiError> {
    let caller = caller?;
    let requested = Requested::read(request.headers())?;
    // A caller without the preview does not see that it has more operations.
    let operation = operation.filter(|operation| operation.name.surface() <= requested.version.surface);
    Ok((caller, requested, operation.ok_or_else(|| unrecognized(request))?))
}

/// The sandbox's time as an HTTP date. Clients may take it for the time at Stripe.
fn http_date(now: i64) -> Option<HeaderValue> {
    let now = jiff::Timestamp::from_second(now).ok()?;
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?;
    HeaderValue::try_from(date).ok()
}

/// The URL of a request in the dashboard's logs.
fn log_url(caller: &Caller, request_id: &str) -> String {
    let mode = if caller.livemode() { "" } else { "test/" };
    format!("https://dashboard.stripe.com/{mode}logs/{request_id}")
}

fn unrecognized(request: &ApiRequest) -> ApiError {
    let message = format!(
        "Unrecognized request URL ({}: {}). The sandbox has the Financial Connections operations, customers, events and \
         webhook endpoints.",
        request.method(),
        excerpt(request.path())
    );
    ApiError::new(StatusCode::NOT_FOUND, ErrorType::InvalidRequest, message)
}

/// A request of a known caller to a known operation.
struct Execution<'a> {
    state: &'a Arc<State>,
    caller: &'a Caller,
    operation: &'a Operation,
    request: &'a ApiRequest,
    requested: &'a Requested,
    request_id: &'a str,
    log_url: Option<&'a str>,
}

impl Execution<'_> {
    async fn run(self) -> Result<Reply, ApiError> {
        let Self { state, caller, operation, request, requested, request_id, log_url } = self;
        let version = requested.version;
        request.body()?;
        let key = idempotency::key(request)?;
        let params = Params::unchecked(request.form()?);
        let claim = key.as_deref().map(|key| idempotency::claim(state, caller, key)).transpose()?;
        let key = key.map(|key| (key, idempotency::fingerprint(request, &params)));
        let visit = state.visit(caller);
        visit.play().await;
        let (mut world, now) = visit.lock_now();

        if let Some((key, fingerprint)) = &key
            && let Some(saved) = idempotency::replay(&world, key, fingerprint)?
        {
            let status = StatusCode::from_u16(saved.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Ok(Reply::new(status, saved.body.clone()).replay_of(&saved.request_id).holding(claim));
        }

        // An error before the operation runs is not saved: the caller may correct the request and use the key again.
        let params = params.check(operation.params, version.surface)?;
        (operation.check)(&params, version)?;
        let expansions = params.texts("/expand");
        expand::check(&expansions, operation.response, version.surface)?;

        let is_new = world.is_untouched() && request.can_start_world();
        if is_new {
            populate(&mut world, now);
        }
        let idempotency_key = key.as_ref().map(|(key, _)| key.clone());
        let cause = Cause { request_id: request_id.to_owned(), idempotency_key };
        let mut call = Call {
            id: &request.id,
            params: &params,
            version,
            api_version: requested.text(),
            origin: request.origin(),
            world: &mut world,
            now,
            cause,
        };
        let (status, body) = match (operation.run)(&mut call) {
            Ok(mut value) => {
                expand::apply(&mut value, &expansions, operation.response, version.surface, &world);
                (StatusCode::OK, value)
            }
            Err(error) => {
                if is_new {
                    // A refused call keeps no population.
                    world.clear(caller);
                }
                // Two worlds are never locked at the same time, so no two requests can wait for each other.
                drop(world);
                let error = with_hint_about_mode(state, caller, error);
                world = visit.lock();
                (error.status, error.body(log_url))
            }
        };
        let body = body.to_string();
        if let Some((key, request)) = key {
            let (request_id, status) = (request_id.to_owned(), status.as_u16());
            world.responses.save(key, SavedResponse { request, request_id, status, body: body.clone() }, now);
        }
        Ok(Reply::new(status, body).holding(claim))
    }
}

/// Adds a hint if the id that an error reports as missing exists in the other mode.
fn with_hint_about_mode(state: &State, caller: &Caller, error: ApiError) -> ApiError {
    let exists = error.missing.as_deref().is_some_and(|id| state.exists_in_other_mode(caller, id));
    if !exists {
        return error;
    }
    let (there, here) = if caller.livemode() { ("test", "live") } else { ("live", "test") };
    error.with_hint(&format!(
        "; a similar object exists in {there} mode, but a {here} mode key was used for this request."
    ))
}
