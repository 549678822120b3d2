//! One request through the checks that every operation shares, in Stripe's order: key, route, idempotency, parameters.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;

use crate::auth::Caller;
use crate::clock::Instant;
use crate::error::{ApiError, ErrorType};
use crate::expand::{self, Shape};
use crate::form;
use crate::idempotency::{self, Remembered};
use crate::model::Cause;
use crate::params::{Field, Params};
use crate::render::API_VERSION;
use crate::state::State;
use crate::world::World;

/// More than any request needs.
const MAX_BODY: usize = 1024 * 1024;

/// One operation of the API.
#[derive(Debug)]
pub(crate) struct Operation {
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
    // The dashboard has logs for those who can sign in to it.
    let log = caller.as_ref().ok().map(|caller| {
        let mode = if caller.livemode() { "" } else { "test/" };
        format!("https://dashboard.stripe.com/{mode}logs/{}", echo.request_id)
    });
    let answer = caller.and_then(|caller| {
        echo.version = version(&parts.headers)?;
        let operation = operation.ok_or_else(|| unrecognized(&parts))?;
        let body = body.map_err(|_| {
            ApiError::invalid(format!("The body could not be read, or is larger than {MAX_BODY} bytes."))
        })?;
        answer(&state, &caller, operation, &id, &parts, &body, &echo.request_id, log.as_deref())
    });
    let answer = answer.unwrap_or_else(|error| Answer {
        status: error.status,
        body: error.body(log.as_deref()).to_string(),
        replay_of: None,
    });
    tracing::info!(
        method = %parts.method,
        path = parts.uri.path(),
        status = answer.status.as_u16(),
        request_id = echo.request_id,
    );
    respond(echo, answer)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one request, used once")]
fn answer(
    state: &State,
    caller: &Caller,
    operation: &Operation,
    id: &str,
    parts: &Parts,
    body: &Bytes,
    request_id: &str,
    log: Option<&str>,
) -> Result<Answer, ApiError> {
    let path = parts.uri.path();
    let key = idempotency_key(parts)?;
    let form = read_form(parts, body)?;
    let world = state.world(caller);
    let mut world = world.lock();
    let now = state.clock.instant();
    world.catch_up(now);

    // A refusal up to the call is not kept: the caller may correct the request and use the key again.
    let params = if let Some(key) = &key {
        let unchecked = Params::unchecked(form);
        if let Some(first) = world.answers.find(key, path, &unchecked, now)? {
            let Remembered { status, body, request_id, .. } = first;
            return Ok(Answer { status: *status, body: body.clone(), replay_of: Some(request_id.clone()) });
        }
        unchecked.check(operation.params)?
    } else {
        Params::unchecked(form).check(operation.params)?
    };
    (operation.check)(&params)?;
    let expansions = params.texts("/expand");
    expand::check(&expansions, operation.answer)?;

    let cause = Cause { request_id: request_id.to_owned(), idempotency_key: key.clone() };
    let outcome = (operation.run)(&mut Call { id, params: &params, world: &mut world, now, cause });
    let (status, body) = match outcome {
        Ok(mut value) => {
            expand::apply(&mut value, &expansions, operation.answer, &world);
            (StatusCode::OK, value)
        }
        Err(error) => (error.status, error.body(log)),
    };
    let body = body.to_string();
    if let Some(key) = key {
        drop(expansions);
        world.answers.keep(key, Remembered::new(path, params, request_id, status, &body), now);
    }
    Ok(Answer { status, body, replay_of: None })
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
        if !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
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

/// The version to echo: any that is well-formed, since the sandbox has one shape.
fn version(headers: &HeaderMap) -> Result<HeaderValue, ApiError> {
    let Some(value) = headers.get("stripe-version") else { return Ok(HeaderValue::from_static(API_VERSION)) };
    let text = value.to_str().unwrap_or_default();
    let (date, name) = text.split_once('.').map_or((text, None), |(date, name)| (date, Some(name)));
    let name_is_word = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    if date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok() && name.is_none_or(name_is_word) {
        Ok(value.clone())
    } else {
        let message = "Invalid Stripe API version. Send a date and a name, such as 2026-09-30.endive.";
        Err(ApiError::invalid(message))
    }
}

fn unrecognized(parts: &Parts) -> ApiError {
    let message = format!(
        "Unrecognized request URL ({}: {}). The sandbox has the Financial Connections operations, customers and events.",
        parts.method,
        parts.uri.path()
    );
    ApiError::new(StatusCode::NOT_FOUND, ErrorType::InvalidRequest, message)
}

fn respond(echo: Echo, answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
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
    if answer.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Stripe\""));
    }
    response
}
