//! What the request log shows of a request and its response.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::Response;

use crate::caller::Caller;
use crate::http::faulty_body::CloseConnection;
use crate::request_log::{LoggedBody, NewRequest, RequestLog};

/// The part of an exchange that only the API knows. It is an extension of the response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) caller: Option<Caller>,
    pub(crate) request: LoggedBody,
    pub(crate) response: LoggedBody,
}

/// The head of a request, before the request is carried out.
#[derive(Debug)]
pub(crate) struct Head {
    idempotency_key: Option<HeaderValue>,
}

impl Head {
    pub(crate) fn of(request: &Request) -> Self {
        Self { idempotency_key: request.headers().get("idempotency-key").cloned() }
    }

    /// Logs the request with its response.
    pub(crate) fn log(
        self,
        log: &RequestLog,
        method: &Method,
        uri: &Uri,
        response: &mut Response,
        at: i64,
        took: Duration,
    ) {
        let exchange = response.extensions_mut().remove::<Exchange>().unwrap_or_default();
        let headers = response.headers();
        let is_closed = response.extensions().get::<CloseConnection>().is_some();
        log.add_request(NewRequest {
            at,
            caller: exchange.caller.as_ref(),
            method: method.as_str(),
            target: uri.path_and_query().map_or("/", |target| target.as_str()),
            idempotency_key: self.idempotency_key.as_ref().map(HeaderValue::as_bytes),
            version: bytes(headers, "stripe-version"),
            status: (!is_closed).then(|| response.status().as_u16()),
            request_id: bytes(headers, "request-id"),
            is_replay: headers.contains_key("idempotent-replayed"),
            micros: took.as_micros().try_into().unwrap_or(u64::MAX),
            request_body: &exchange.request,
            response_body: &exchange.response,
        });
    }
}

fn bytes<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a [u8]> {
    headers.get(name).map(HeaderValue::as_bytes)
}
