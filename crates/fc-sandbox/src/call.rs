//! One request through the checks that every operation shares, in Stripe's order: key, route, idempotency, parameters.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use tokio::time::sleep;

use crate::auth::Caller;
use crate::clock::Instant;
use crate::error::{ApiError, ErrorType};
use crate::expand::{self, Shape};
use crate::fault::CallFault;
use crate::form;
use crate::idempotency::{self, Remembered};
use crate::model::Cause;
use crate::params::{Field, Params};
use crate::render::API_VERSION;
use crate::server::{Paced, cut};
use crate::state::{InFlight, State};
use crate::version;
use crate::world::World;

/// More than any request needs.
const MAX_BODY: usize = 1024 * 1024;

/// One operation of the API.
#[derive(Debug)]
pub(crate) struct Operation {
    /// What faults call it.
    pub(crate) name: &'static str,
    /// The parameters that it takes.
    pub(crate) params: &'static [Field],
    /// What their table cannot say, such as that one needs another.
    pub(crate) check: fn(&Params) -> Result<(), ApiError>,
    /// What it answers with.
    pub(crate) answer: Shape,
    /// What it does.
    pub(crate) run: fn(&mut Call<'_>) -> Result<Value, ApiError>,
}

/// For [`Operation::check`], where the table says it all.
pub(crate) fn nothing_more(_: &Params) -> Result<(), ApiError> {
    Ok(())
}

/// A checked request on its way to its operation.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The id in the path; empty where the path has none.
    pub(crate) id: &'a str,
    pub(crate) params: &'a Params,
    pub(crate) world: &'a mut World,
    pub(crate) now: Instant,
    pub(crate) cause: Cause,
}

/// What goes back, but for the headers that every answer has.
struct Answer {
    status: StatusCode,
    body: String,
    /// Keeps the idempotency key in use until the answer is on its way.
    in_flight: Option<InFlight>,
    /// The id of the request that was answered so first.
    replay_of: Option<String>,
}

/// The headers that a request is answered with whatever comes of it.
struct Echo {
    request_id: String,
    version: HeaderValue,
    idempotency_key: Option<HeaderValue>,
}

/// Answers a request. Without an operation, the address is unknown.
pub(crate) async fn serve(
    state: Arc<State>,
    operation: Option<&'static Operation>,
    id: String,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await;
    let struck = state.faults.strike(operation.map(|operation| operation.name));
    match struck.fault {
        Some(CallFault::ConnectionClosed) => return cut(),
        Some(CallFault::BadGateway) => return bad_gateway(),
        _ => {}
    }
    let mut echo = Echo {
        request_id: state.request_id(),
        version: HeaderValue::from_static(API_VERSION),
        idempotency_key: parts
            .headers
            .get("idempotency-key")
            .filter(|_| parts.method == Method::POST)
            .cloned(),
    };
    let caller = Caller::from_headers(&parts.headers);
    // The dashboard has logs for those who can sign in to it, of what was processed.
    let is_logged = !matches!(struck.fault, Some(CallFault::LockTimeout | CallFault::ApiKeyExpired));
    let log = caller.as_ref().ok().filter(|_| is_logged).map(|caller| {
        let mode = if caller.livemode() { "" } else { "test/" };
        format!("https://dashboard.stripe.com/{mode}logs/{}", echo.request_id)
    });
    let refusal = struck.fault.and_then(CallFault::refusal);
    let answer = refusal.map_or(Ok(()), Err).and(caller).and_then(|caller| {
        echo.version = version::echoed(&parts.headers)?;
        let operation = operation.ok_or_else(|| unrecognized(&parts))?;
        let body = body.map_err(|_| {
            ApiError::invalid(format!("The body could not be read, or is larger than {MAX_BODY} bytes."))
        })?;
        let begun = Begun { request_id: &echo.request_id, log: log.as_deref(), fault: struck.fault };
        answer(&state, &caller, operation, &id, &parts, &body, &begun)
    });
    let answer = answer.unwrap_or_else(|error| Answer {
        status: error.status,
        body: error.body(log.as_deref()).to_string(),
        in_flight: None,
        replay_of: None,
    });
    match struck.fault {
        Some(CallFault::ReplyLost) => return cut(),
        Some(CallFault::SlowHead(delay)) => sleep(delay).await,
        _ => {}
    }
    let mut response = respond(echo, answer, struck.fault);
    if let Some(advice) = struck.should_retry {
        let advice = HeaderValue::from_static(if advice { "true" } else { "false" });
        response.headers_mut().insert(HeaderName::from_static("stripe-should-retry"), advice);
    }
    response
}

/// What is settled of a request before it is looked at.
struct Begun<'a> {
    request_id: &'a str,
    log: Option<&'a str>,
    fault: Option<CallFault>,
}

fn answer(
    state: &Arc<State>,
    caller: &Caller,
    operation: &Operation,
    id: &str,
    parts: &Parts,
    body: &Bytes,
    begun: &Begun<'_>,
) -> Result<Answer, ApiError> {
    let path = parts.uri.path();
    let key = idempotency_key(parts)?;
    let form = read_form(parts, body)?;
    let in_flight = key.as_ref().map(|key| state.begin(caller, key)).transpose()?;
    let shared = state.world(caller);
    let mut world = shared.lock();
    let now = state.clock.instant();
    world.catch_up(now);

    // A refusal up to the call is not kept: the caller may correct the request and use the key again.
    let params = if let Some(key) = &key {
        let unchecked = Params::unchecked(form);
        if let Some(first) = world.answers.find(key, path, &unchecked, now)? {
            let Remembered { status, body, request_id, .. } = first;
            let replay_of = Some(request_id.clone());
            return Ok(Answer { status: *status, body: body.clone(), in_flight, replay_of });
        }
        unchecked.check(operation.params)?
    } else {
        Params::unchecked(form).check(operation.params)?
    };
    (operation.check)(&params)?;
    let expansions = params.texts("/expand");
    expand::check(&expansions, operation.answer)?;

    let cause = Cause { request_id: begun.request_id.to_owned(), idempotency_key: key.clone() };
    let outcome = match begun.fault {
        Some(CallFault::InternalErrorKept) => Err(internal_error()),
        _ => (operation.run)(&mut Call { id, params: &params, world: &mut world, now, cause }),
    };
    let (status, body) = match outcome {
        Ok(mut value) => {
            expand::apply(&mut value, &expansions, operation.answer, &world);
            (StatusCode::OK, value)
        }
        Err(error) => {
            // Two worlds are never locked at once, so that no two requests wait for each other.
            drop(world);
            let error = state.in_other_mode(caller, error);
            world = shared.lock();
            (error.status, error.body(begun.log))
        }
    };
    let body = body.to_string();
    if let Some(key) = key {
        drop(expansions);
        world.answers.keep(key, Remembered::new(path, params, begun.request_id, status, &body), now);
    }
    state.bell.expect(world.next_due(now));
    Ok(Answer { status, body, in_flight, replay_of: None })
}

fn idempotency_key(parts: &Parts) -> Result<Option<String>, ApiError> {
    let Some(value) = parts.headers.get("idempotency-key").filter(|_| parts.method == Method::POST) else {
        return Ok(None);
    };
    let key = String::from_utf8_lossy(value.as_bytes()).into_owned();
    idempotency::check_key(&key)?;
    Ok(Some(key))
}

/// The parameters of the query and, of a POST, of the body.
fn read_form(parts: &Parts, body: &Bytes) -> Result<Value, ApiError> {
    let mut text = parts.uri.query().unwrap_or_default().to_owned();
    if parts.method == Method::POST && !body.is_empty() {
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let message = "The body's content type must be application/x-www-form-urlencoded.";
            return Err(ApiError::invalid(message));
        }
        let body =
            std::str::from_utf8(body).map_err(|_| ApiError::invalid("The body is not valid UTF-8."))?;
        text.push('&');
        text.push_str(body);
    }
    form::parse(&text).map_err(|error| ApiError::invalid(error.to_string()))
}

fn unrecognized(parts: &Parts) -> ApiError {
    let message = format!(
        "Unrecognized request URL ({}: {}). The sandbox has the Financial Connections operations, customers, events and \
         webhook endpoints.",
        parts.method,
        parts.uri.path()
    );
    ApiError::new(StatusCode::NOT_FOUND, ErrorType::InvalidRequest, message)
}

impl CallFault {
    /// The error that a call is answered with instead of being looked at.
    fn refusal(self) -> Option<ApiError> {
        let error = |status, message: &str| ApiError::new(status, ErrorType::InvalidRequest, message);
        Some(match self {
            Self::RateLimited(_) => {
                error(StatusCode::TOO_MANY_REQUESTS, "Too many requests. Send fewer of them, and later.")
                    .code("rate_limit")
            }
            Self::LockTimeout => {
                let message =
                    "The object is in use by another request, and was not let go in time. Try again.";
                error(StatusCode::TOO_MANY_REQUESTS, message).code("lock_timeout")
            }
            Self::ApiKeyExpired => {
                error(StatusCode::UNAUTHORIZED, "The API key has expired. Use the one that replaced it.")
                    .code("api_key_expired")
            }
            Self::PermissionDenied => {
                error(StatusCode::FORBIDDEN, "The key lacks the permission that this call needs.")
            }
            Self::InternalError => internal_error(),
            Self::Unavailable => {
                let message = "The service cannot be reached at the moment. Try again.";
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorType::Api, message)
            }
            _ => return None,
        })
    }
}

fn internal_error() -> ApiError {
    let message = "Something went wrong on the server. Nothing was changed.";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorType::Api, message)
}

/// As a proxy that knows nothing of the API would answer.
fn bad_gateway() -> Response {
    let mut response = Response::new(Body::from("<html><body><h1>502 Bad Gateway</h1></body></html>\n"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

fn respond(echo: Echo, answer: Answer, fault: Option<CallFault>) -> Response {
    let body = match fault {
        Some(CallFault::SlowBody(pause)) => Paced::slow(&answer.body, pause),
        Some(CallFault::BrokenBody) => Paced::broken(&answer.body),
        Some(CallFault::TruncatedJson) => Paced::truncated(&answer.body),
        _ => Body::from(answer.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HeaderName::from_static("stripe-version"), echo.version);
    if let Ok(id) = HeaderValue::from_str(&echo.request_id) {
        headers.insert(HeaderName::from_static("request-id"), id);
    }
    if let Some(key) = echo.idempotency_key {
        headers.insert(HeaderName::from_static("idempotency-key"), key);
    }
    if let Some(original) = answer.replay_of.and_then(|id| HeaderValue::from_str(&id).ok()) {
        headers.insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
        headers.insert(HeaderName::from_static("original-request"), original);
    }
    match fault {
        Some(CallFault::RateLimited(reason)) => {
            let reason = HeaderValue::from_static(reason.as_str());
            headers.insert(HeaderName::from_static("stripe-rate-limited-reason"), reason);
        }
        Some(CallFault::LockTimeout) => {
            // It was never processed. The SDKs repeat no 429 but on this advice, and this one they do repeat.
            headers.remove("request-id");
            headers.insert(HeaderName::from_static("stripe-should-retry"), HeaderValue::from_static("true"));
        }
        _ => {}
    }
    if answer.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Stripe\""));
    }
    drop(answer.in_flight);
    response
}
