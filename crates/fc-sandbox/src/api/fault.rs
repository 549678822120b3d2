//! Faults of calls: each replaces a call, or what arrives of its reply.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::time::sleep;

use crate::api::error::{ApiError, ErrorType};
use crate::api::operation::Operation;
use crate::api::reply::Reply;
use crate::api::request::ApiRequest;
use crate::api::{auth, call};
use crate::caller::Caller;
use crate::fault::TakenFault;
use crate::fault::kind::CallFault;
use crate::http::commit::WithoutRequestId;
use crate::http::exchange::Exchange;
use crate::http::faulty_body::{CloseConnection, FaultyBody};
use crate::request_log::LoggedBody;
use crate::state::State;

/// Serves a request, with the fault that meets it. Without an operation, the URL is unknown.
pub(crate) async fn serve(
    state: Arc<State>,
    operation: Option<&'static Operation>,
    id: String,
    request: Request,
) -> Response {
    let caller = auth::caller(request.headers());
    // Stripe's limiter comes before everything else. The admission ends with the reply.
    let admitted = match (&state.limiter, operation, &caller) {
        (Some(limiter), Some(operation), Ok(caller)) => {
            limiter.admit(caller, operation.name, state.clock.instant()).map(Some)
        }
        _ => Ok(None),
    };
    let (_admission, limited) = match admitted {
        Ok(admission) => (admission, None),
        Err(reason) => {
            (None, Some(TakenFault { fault: CallFault::RateLimited { reason }, should_retry: None }))
        }
    };
    // Beyond a limit, and without a key or an operation, the head decides.
    let is_refused = limited.is_some() || operation.is_none() || caller.is_err();
    let request =
        if is_refused { ApiRequest::discard(id, request).await } else { ApiRequest::read(id, request).await };
    let mut exchange = state.log.is_on().then(|| Exchange {
        caller: caller.as_ref().ok().cloned(),
        request: request.body().map(|body| LoggedBody::of(body)).unwrap_or_default(),
        ..Exchange::default()
    });
    let mut response = respond(&state, caller, operation, &request, limited, &mut exchange).await;
    if let Some(exchange) = exchange {
        response.extensions_mut().insert(exchange);
    }
    response
}

/// The response to a request. The exchange gets the body of the reply, which a fault may keep from the client.
async fn respond(
    state: &Arc<State>,
    caller: Result<Caller, ApiError>,
    operation: Option<&'static Operation>,
    request: &ApiRequest,
    limited: Option<TakenFault>,
    exchange: &mut Option<Exchange>,
) -> Response {
    let mut note = |reply: &Reply| {
        if let Some(exchange) = exchange {
            exchange.response = LoggedBody::of(reply.body().as_bytes());
        }
    };
    let taken = limited.or_else(|| state.faults.take_call_fault(operation.map(|operation| operation.name)));
    let Some(taken) = taken else {
        let reply = call::reply(state, caller, operation, request, None).await;
        note(&reply);
        return reply.into_response();
    };
    let TakenFault { fault, should_retry } = taken;
    let mut reply = match fault {
        CallFault::ConnectionClosed => return CloseConnection::response(),
        CallFault::BadGateway => return bad_gateway(),
        CallFault::InternalErrorKept => {
            let failing =
                operation.map(|operation| Operation { run: |_| Err(ApiError::internal()), ..*operation });
            call::reply(state, caller, failing.as_ref(), request, None).await
        }
        _ => call::reply(state, caller, operation, request, refusal(fault)).await,
    };
    note(&reply);
    mark(&mut reply.headers, fault, should_retry);
    match fault {
        CallFault::ReplyLost => CloseConnection::response(),
        CallFault::SlowHead { delay } => {
            sleep(delay).await;
            reply.into_response()
        }
        CallFault::SlowBody { delay: pause } => {
            reply.into_response_with(|body| FaultyBody::slow(&body, pause))
        }
        CallFault::BrokenBody => reply.into_response_with(|body| FaultyBody::broken(&body)),
        CallFault::TruncatedJson => reply.into_response_with(|body| FaultyBody::truncated(&body)),
        CallFault::LockTimeout => {
            // The request was never processed, so it has no id.
            let mut response = reply.into_response();
            response.extensions_mut().insert(WithoutRequestId);
            response
        }
        _ => reply.into_response(),
    }
}

/// The error that replaces a call.
fn refusal(fault: CallFault) -> Option<ApiError> {
    let error = |status, message: &str| ApiError::new(status, ErrorType::InvalidRequest, message);
    Some(match fault {
        CallFault::RateLimited { .. } => {
            error(StatusCode::TOO_MANY_REQUESTS, "Too many requests. Send fewer of them, and later.")
                .code("rate_limit")
        }
        CallFault::LockTimeout => {
            let message = "Another request has locked the object, and did not unlock it in time. Try again.";
            error(StatusCode::TOO_MANY_REQUESTS, message).code("lock_timeout").not_logged()
        }
        CallFault::ApiKeyExpired => {
            ApiError::unauthorized("The API key has expired. Use the one that replaced it.")
                .code("api_key_expired")
                .not_logged()
        }
        CallFault::PermissionDenied => {
            error(StatusCode::FORBIDDEN, "The key lacks the permission that this call needs.")
        }
        CallFault::InternalError => ApiError::internal(),
        CallFault::Unavailable => {
            let message = "The service cannot be reached at the moment. Try again.";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorType::Api, message)
        }
        _ => return None,
    })
}

/// Sets the headers that go with a fault.
fn mark(headers: &mut HeaderMap, fault: CallFault, should_retry: Option<bool>) {
    match fault {
        CallFault::RateLimited { reason } => {
            let reason = HeaderValue::from_static(reason.as_str());
            headers.insert(HeaderName::from_static("stripe-rate-limited-reason"), reason);
        }
        CallFault::LockTimeout => {
            // The request was never processed. The SDKs retry a 429 only on this advice, and Stripe gives it here.
            headers.remove("request-id");
            headers.insert(HeaderName::from_static("stripe-should-retry"), HeaderValue::from_static("true"));
        }
        _ => {}
    }
    if let Some(advice) = should_retry {
        let advice = HeaderValue::from_static(if advice { "true" } else { "false" });
        headers.insert(HeaderName::from_static("stripe-should-retry"), advice);
    }
}

/// The response of a proxy in front of the API.
fn bad_gateway() -> Response {
    let mut response = Response::new(Body::from("<html><body><h1>502 Bad Gateway</h1></body></html>\n"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response.extensions_mut().insert(WithoutRequestId);
    response
}
