//! Errors in the shape of Stripe's, and the texts of what the rules refuse. A check of a request words its own errors.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::caller::KeyError;
use crate::lifecycle::refusal::{AccountRefusal, Disconnected};
use crate::secrets::masked;

/// The `type` of an error. The API v1 has no other types that these operations can return.
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

/// An error response.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    kind: ErrorType,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
    /// An id without an object.
    pub(crate) missing: Option<String>,
    /// Whether the dashboard logs the request.
    is_logged: bool,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, kind: ErrorType, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            code: None,
            param: None,
            message: message.into(),
            missing: None,
            is_logged: true,
        }
    }

    /// 400 `invalid_request_error`, the type of most errors.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorType::InvalidRequest, message)
    }

    /// 400: an id in the query or the body has no object.
    pub(crate) fn missing_reference(kind: &str, id: &str, param: &str) -> Self {
        let missing = Some(id.to_owned());
        let error = Self::invalid(format!("No such {kind}: '{}'", excerpt(&masked(id))))
            .code("resource_missing")
            .param(param);
        Self { missing, ..error }
    }

    /// 404: the id in the path has no object.
    pub(crate) fn not_found(kind: &str, id: &str, param: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::missing_reference(kind, id, param) }
    }

    /// 401: the key is missing or wrong.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorType::InvalidRequest, message)
    }

    /// 500: the server failed, and nothing has changed.
    pub(crate) fn internal() -> Self {
        let message = "Something went wrong on the server. Nothing was changed.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorType::Api, message)
    }

    /// 400: the account cannot do what `param` asks for.
    pub(crate) fn account_refusal(refusal: AccountRefusal, param: &str) -> Self {
        match refusal {
            AccountRefusal::Disconnected => Disconnected.into(),
            AccountRefusal::Inactive => Self::invalid(
                "The account is inactive, so its data cannot be refreshed. Ask the user to link it again.",
            )
            .code("financial_connections_account_inactive"),
            AccountRefusal::NotPermitted { permission } => Self::invalid(format!(
                "The account holder gave no permission for `{permission}`. Collect the account in a session that asks \
                 for it."
            ))
            .param(param),
            AccountRefusal::RefreshPending => {
                Self::invalid("A refresh of the account is still pending.").param(param)
            }
            AccountRefusal::RefreshedTooRecently => {
                Self::invalid("The account was refreshed too recently; see `next_refresh_available_at`.")
                    .param(param)
            }
        }
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Marks an error of a request that was never processed: the dashboard does not log it.
    pub(crate) fn not_logged(mut self) -> Self {
        self.is_logged = false;
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

    /// The body. `log` is the URL of the request in the dashboard; a request without a valid key has none.
    pub(crate) fn body(&self, log: Option<&str>) -> Value {
        let mut error = json!({ "type": self.kind.as_str(), "message": cut(&self.message, LONGEST_MESSAGE) });
        if let Some(code) = self.code {
            error["code"] = code.into();
            error["doc_url"] =
                format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")).into();
        }
        if let Some(param) = &self.param {
            error["param"] = excerpt(param).into();
        }
        if let Some(log) = log.filter(|_| self.is_logged) {
            error["request_log_url"] = log.into();
        }
        json!({ "error": error })
    }
}

impl From<Disconnected> for ApiError {
    fn from(Disconnected: Disconnected) -> Self {
        Self::invalid(
            "The account is disconnected, and its data is gone. Ask the user to link an account again.",
        )
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Publishable => {
                let message =
                    "This call cannot be made with a publishable API key. Use a secret key (sk_…) instead.";
                Self::new(StatusCode::FORBIDDEN, ErrorType::InvalidRequest, message)
                    .code("secret_key_required")
            }
            KeyError::Malformed { masked } => {
                Self::unauthorized(format!("Invalid API Key provided: {masked}"))
            }
        }
    }
}

/// The longest message, in characters. Messages quote what a caller sent.
pub(crate) const LONGEST_MESSAGE: usize = 1000;

/// The start of a text that a caller sent, short enough for a message.
pub(crate) fn excerpt(text: &str) -> &str {
    text.char_indices().nth(100).map_or(text, |(end, _)| &text[..end])
}

/// A text of at most `longest` characters. Dots stand for the rest of a longer one.
pub(crate) fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
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
