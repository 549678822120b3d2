//! Stripe's error bodies.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::params::excerpt;

/// The `type` of an error; the v1 wire has no others that this API can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorType {
    Api,
    Idempotency,
    InvalidRequest,
}

impl ErrorType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api_error",
            Self::Idempotency => "idempotency_error",
            Self::InvalidRequest => "invalid_request_error",
        }
    }
}

/// A refusal, as the caller will read it.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    kind: ErrorType,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
    /// The id that names nothing.
    pub(crate) missing: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, kind: ErrorType, message: impl Into<String>) -> Self {
        Self { status, kind, code: None, param: None, message: message.into(), missing: None }
    }

    /// 400 `invalid_request_error`, which most refusals are.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorType::InvalidRequest, message)
    }

    /// 400: an id in the query or the body that names nothing.
    pub(crate) fn missing_reference(kind: &str, id: &str, param: &str) -> Self {
        let missing = Some(id.to_owned());
        let error =
            Self::invalid(format!("No such {kind}: '{}'", excerpt(id))).code("resource_missing").param(param);
        Self { missing, ..error }
    }

    /// 404: an id in the path that names nothing.
    pub(crate) fn not_found(kind: &str, id: &str, param: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::missing_reference(kind, id, param) }
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Adds a clause to the message.
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.message.push_str(hint);
        self
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The body. `log` is where the dashboard would show the request; without a valid key there is no such place.
    pub(crate) fn body(&self, log: Option<&str>) -> Value {
        let mut error = json!({ "type": self.kind.as_str(), "message": self.message });
        if let Some(code) = self.code {
            error["code"] = code.into();
            error["doc_url"] =
                format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")).into();
        }
        if let Some(param) = &self.param {
            error["param"] = param.as_str().into();
        }
        if let Some(log) = log {
            error["request_log_url"] = log.into();
        }
        json!({ "error": error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_members_are_left_out() {
        assert_eq!(
            ApiError::invalid("no").body(None),
            json!({ "error": { "type": "invalid_request_error", "message": "no" } })
        );
    }

    #[test]
    fn a_code_brings_the_address_of_its_documentation() {
        let body = ApiError::not_found("customer", "cus_1", "id").body(Some("https://example.com/req_1"));
        assert_eq!(
            body,
            json!({ "error": {
                "type": "invalid_request_error",
                "message": "No such customer: 'cus_1'",
                "code": "resource_missing",
                "param": "id",
                "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
                "request_log_url": "https://example.com/req_1",
            } })
        );
    }
}
