//! The one error type of this crate.

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use fc_types::ErrorCode;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::answer::{Answer, RawResponse};
use crate::header;
use crate::refusal::Refusal;
use crate::retry::{Cause, Failure, Fault};

/// Why a call failed.
///
/// Branch on the predicates, on [`kind`](Error::kind) or on [`code`](Error::code), never on the text. Whatever Stripe or a
/// proxy answered is kept: [`status`](Error::status), [`headers`](Error::headers), [`body`](Error::body).
///
/// After retries it is the error of the last attempt; [`attempts`](Error::attempts) counts them all, and
/// [`may_have_executed`](Error::may_have_executed) speaks for all of them.
///
/// ```
/// use fc_client::{Client, types::AccountId};
///
/// # async fn retrieve(client: Client, id: AccountId) -> Result<(), fc_client::Error> {
/// match client.retrieve_account(id).send().await {
///     Ok(account) => println!("{}", account.institution_name),
///     Err(error) if error.is_not_found() => println!("no such account"),
///     Err(error) if error.is_retryable() => println!("try again later: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(()) }
/// ```
///
/// `Display` is one line that holds no secret, header or body beyond Stripe's own message, code, parameter and request
/// id; the cause below it, if any, is the `source`.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    may_have_executed: bool,
    attempts: u32,
    answer: Option<RawResponse>,
    api: Option<ApiError>,
    /// Why there is no whole answer, if it was asked for and did not come.
    fault: Option<Fault>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong, in the terms in which a caller can react.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong or does not fit the state of its object (400), or it was refused here before it was sent,
    /// in which case there is no [`status`](Error::status). Repeating it will not help.
    InvalidRequest,
    /// The API key is missing, wrong or expired (401).
    Authentication,
    /// The API key may not do this (403).
    Permission,
    /// No such object in this account and mode, or no such URL (404).
    NotFound,
    /// Too many requests, or the object is locked by another one (429). Slow down and repeat.
    RateLimited,
    /// The idempotency key was used with other parameters, or its first use is still running.
    Idempotency,
    /// A fault of the API (5xx), or a status that fits no other kind, such as a redirect.
    Api,
    /// No answer: the connection could not be made, or it broke.
    Connection,
    /// No answer in time.
    Timeout,
    /// A successful answer that could not be read. The request was executed.
    Decode,
    /// The client is not set up rightly; nothing was sent.
    Configuration,
}

impl ErrorKind {
    fn phrase(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid request",
            Self::Authentication => "not authenticated",
            Self::Permission => "permission denied",
            Self::NotFound => "not found",
            Self::RateLimited => "rate limited",
            Self::Idempotency => "idempotency conflict",
            Self::Api => "api fault",
            Self::Connection => "connection failed",
            Self::Timeout => "timed out",
            Self::Decode => "unreadable answer",
            Self::Configuration => "configuration",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::unanswered(ErrorKind::InvalidRequest, refusal.to_string(), false, None)
    }
}

/// What callers need of Stripe's error envelope.
struct ApiError {
    type_: Option<String>,
    code: Option<ErrorCode>,
    message: Option<String>,
    param: Option<String>,
    doc_url: Option<String>,
    request_log_url: Option<String>,
}

impl ApiError {
    /// Reads the envelope member by member, so that an odd one does not take the others with it.
    fn read(body: &[u8]) -> Option<Self> {
        let envelope: Value = serde_json::from_slice(body).ok()?;
        let error = envelope.get("error")?.as_object()?;
        let text = |name: &str| error.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            type_: text("type"),
            code: text("code").map(|code| code.as_str().into()),
            message: text("message"),
            param: text("param"),
            doc_url: text("doc_url"),
            request_log_url: text("request_log_url"),
        })
    }
}

/// The kind of an answer that is no success.
fn kind_of(status: StatusCode, api: Option<&ApiError>) -> ErrorKind {
    // By their names: a spec that no longer lists one leaves the type without its variant.
    let has_code = |code| api.and_then(|error| error.code.as_ref()).is_some_and(|it| it.as_str() == code);
    if api.is_some_and(|error| error.type_.as_deref() == Some("idempotency_error"))
        || has_code("idempotency_key_in_use")
    {
        return ErrorKind::Idempotency;
    }
    match status.as_u16() {
        400 if has_code("rate_limit") => ErrorKind::RateLimited,
        400 => ErrorKind::InvalidRequest,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        _ => ErrorKind::Api,
    }
}

/// Whether an answer that is no success leaves open that the request was executed.
///
/// A client error is a refusal, except where the request was valid and failed on the way (402, 424), is still running
/// (409), or where a proxy gave up waiting (408).
fn leaves_open(status: StatusCode) -> bool {
    !status.is_client_error() || matches!(status.as_u16(), 402 | 408 | 409 | 424)
}

impl Error {
    /// An error that code built on this client found itself: what it was asked for cannot be sent, or an answer that could
    /// be read makes no sense. As for this client's own errors, only [`ErrorKind::Decode`] means that something was sent.
    #[must_use]
    pub fn of_kind(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::unanswered(kind, message, kind == ErrorKind::Decode, None)
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::unanswered(ErrorKind::Configuration, message.into(), false, None)
    }

    /// An error without an answer from the server.
    pub(crate) fn unanswered(
        kind: ErrorKind,
        message: impl Into<String>,
        may_have_executed: bool,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            may_have_executed,
            attempts: 0,
            answer: None,
            api: None,
            fault: None,
            source,
        }))
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.0.fault = Some(fault);
        self
    }

    /// As the error of attempt `attempt`, where an earlier one may have been executed or not.
    pub(crate) fn after(mut self, attempt: u32, may_have_executed: bool) -> Self {
        self.0.attempts = attempt;
        self.0.may_have_executed |= may_have_executed;
        self
    }

    /// An answer that began but could not be read to its end.
    pub(crate) fn cut_short(
        kind: ErrorKind,
        message: impl Into<String>,
        status: StatusCode,
        headers: HeaderMap,
        source: Box<dyn StdError + Send + Sync>,
    ) -> Self {
        let mut error = Self::unanswered(kind, message, true, Some(source)).with_fault(Fault::Network);
        error.0.answer = Some(RawResponse { status, headers, body: Bytes::new() });
        error
    }

    /// An answer whose status is no success.
    pub(crate) fn from_answer(answer: RawResponse) -> Self {
        let api = ApiError::read(&answer.body);
        let message = match &api {
            Some(ApiError { message: Some(message), .. }) => message.clone(),
            Some(_) => "without a message".to_owned(),
            None => "the answer is not in Stripe's error format".to_owned(),
        };
        Self(Box::new(Inner {
            kind: kind_of(answer.status, api.as_ref()),
            message,
            may_have_executed: leaves_open(answer.status),
            attempts: 0,
            answer: Some(answer),
            api,
            fault: None,
            source: None,
        }))
    }

    /// A successful answer whose body is not what it should be.
    pub(crate) fn decode(message: impl Into<String>, answer: Answer) -> Self {
        let mut error = Self::unanswered(ErrorKind::Decode, message, true, None);
        error.0.answer = Some(answer.response);
        error.0.attempts = answer.attempts;
        error
    }

    /// The attempt behind this error, as far as it decides about another one; `None` where there was none, or where it
    /// succeeded and only its answer cannot be read.
    pub(crate) fn failure(&self) -> Option<Failure<'_>> {
        let cause = match (self.0.fault, self.status()) {
            (Some(fault), _) => Cause::Fault(fault),
            (None, Some(status)) if !status.is_success() => Cause::Status(status.as_u16(), self.code()),
            _ => return None,
        };
        Some(Failure::new(cause, self.headers()))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// HTTP status, when there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|answer| answer.status)
    }

    /// Headers of the answer, when there was one.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.answer.as_ref().map(|answer| &answer.headers)
    }

    /// Body of the answer as received, whatever its format; empty when it was lost on the way.
    ///
    /// It may hold personal data and, if it is the answer to the creation of a session, the client secret: do not log
    /// it unread.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.answer.as_ref().map(|answer| answer.body.as_ref())
    }

    /// Id of the request in Stripe's logs, `req_…`; what Stripe's support asks for first.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        header::text(self.headers()?, header::REQUEST_ID)
    }

    /// Stripe's error code, such as [`ErrorCode::ResourceMissing`]; its [`as_str`](ErrorCode::as_str) is the code as sent.
    ///
    /// Not every error has one, and new ones appear at any time: they are [`ErrorCode::Unknown`].
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.api.as_ref()?.code.as_ref()
    }

    /// The parameter that Stripe objects to, in wire form, such as `account_holder[type]`.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.0.api.as_ref()?.param.as_deref()
    }

    /// What happened, in a sentence: Stripe's where it gave one. For people; it changes without notice.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Stripe's page about the [`code`](Error::code).
    #[must_use]
    pub fn doc_url(&self) -> Option<&str> {
        self.0.api.as_ref()?.doc_url.as_deref()
    }

    /// The request in the log of Stripe's dashboard.
    #[must_use]
    pub fn request_log_url(&self) -> Option<&str> {
        self.0.api.as_ref()?.request_log_url.as_deref()
    }

    /// How often the request was sent, or at least a connection was asked for: once, and once more for each retry. 0 if
    /// this error came before.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the request may have taken effect, in any of its attempts.
    ///
    /// `false` is certain: it was refused, or never left this machine. `true` is not: a reply was lost, came too late, was
    /// a server fault or could not be read. A repetition with the same idempotency key is safe either way.
    #[must_use]
    pub fn may_have_executed(&self) -> bool {
        self.0.may_have_executed
    }

    /// Whether the same request may succeed later: after a failed connection, a timeout, a conflict, a server fault or too
    /// many requests, unless Stripe says otherwise.
    ///
    /// The client has made its own retries by then. Repeat the call after seconds or minutes, rather than at once; a POST
    /// with [`may_have_executed`](Error::may_have_executed) only with an idempotency key that you gave the first one.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.failure().is_some_and(|failure| {
            // The client leaves it to its caller to slow down, but then the request is as good as ever.
            failure.is_passing() || (self.is_rate_limited() && failure.advice.is_none())
        })
    }

    /// Whether the request was wrong. Mend it: [`param`](Error::param) names the place. Stripe did not execute it.
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        self.kind() == ErrorKind::InvalidRequest
    }

    /// Whether the API key was not accepted. Check the key; an expired one has the code `api_key_expired`. Stripe did not
    /// execute the request.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.kind() == ErrorKind::Authentication
    }

    /// Whether the API key lacks a permission. Grant it in the dashboard. Stripe did not execute the request.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }

    /// Whether the object does not exist. Check that key and object are of the same mode and of the same connected
    /// account. Stripe did not execute the request.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether there were too many requests at once. Send fewer and repeat this one later; with the code `lock_timeout` it
    /// was only this object that was busy, even after the retries. The refused attempt was not executed.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Whether the idempotency key was in the way. Use another one for another request; wait if its first use is still
    /// running, and it may take effect then.
    #[must_use]
    pub fn is_idempotency(&self) -> bool {
        self.kind() == ErrorKind::Idempotency
    }

    /// Whether the API, or something between it and this machine, failed. The request may have been executed: read the
    /// state of the object, or repeat with the same idempotency key.
    #[must_use]
    pub fn is_api(&self) -> bool {
        self.kind() == ErrorKind::Api
    }

    /// Whether the connection could not be made or broke; [`may_have_executed`](Error::may_have_executed) tells which. Check
    /// the network, the base URL and the proxy; the `source` says what the system answered.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.kind() == ErrorKind::Connection
    }

    /// Whether time ran out. Unless it did so while connecting, the request may have been executed: read the state of
    /// the object, or repeat with the same idempotency key.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether a successful answer could not be read. The request was executed; the message names the place in the
    /// JSON, and [`body`](Error::body) has all of it.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.kind() == ErrorKind::Decode
    }

    /// Whether the client is not set up rightly. Nothing was sent.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.kind() == ErrorKind::Configuration
    }

    /// Whether the account cannot be refreshed or subscribed to because it is inactive: the institution no longer gives
    /// access. The user has to log in there again, in a relink; what was read before stays readable. Nothing was started.
    #[must_use]
    pub fn is_account_inactive(&self) -> bool {
        self.has_code("financial_connections_account_inactive")
    }

    /// Whether transactions were asked for before a refresh of them succeeded. Refresh the feature `transactions`, wait
    /// until that has succeeded, then ask again.
    #[must_use]
    pub fn is_no_successful_transaction_refresh(&self) -> bool {
        self.has_code("financial_connections_no_successful_transaction_refresh")
    }

    /// Whether a payment method was asked for before the numbers of the account are known. Try again later, at best when
    /// the event `financial_connections.account.account_numbers_updated` arrives.
    #[must_use]
    pub fn is_account_numbers_pending(&self) -> bool {
        self.has_code("financial_connections_account_pending_account_numbers")
    }

    /// Whether a payment method was asked for and the account has no numbers that it could use. That stays so: let the user
    /// link another account.
    #[must_use]
    pub fn is_account_numbers_unavailable(&self) -> bool {
        self.has_code("financial_connections_account_unavailable_account_numbers")
    }

    fn has_code(&self, code: &str) -> bool {
        self.code().is_some_and(|it| it.as_str() == code)
    }

    fn line(&self) -> String {
        let details = [
            ("status", self.status().map(|status| status.as_str().to_owned())),
            ("code", self.code().map(ErrorCode::to_string)),
            ("param", self.param().map(str::to_owned)),
            ("request", self.request_id().map(str::to_owned)),
            ("attempts", (self.attempts() > 1).then(|| self.attempts().to_string())),
        ];
        let details: Vec<_> = details
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| format!("{name} {value}")))
            .collect();
        let mut line = format!("{}: {}", self.kind().phrase(), self.message());
        if !details.is_empty() {
            line = format!("{line} ({})", details.join(", "));
        }
        // What a server says could otherwise forge lines in a log.
        line.replace(char::is_control, " ")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("status", &self.status())
            .field("code", &self.code())
            .field("param", &self.param())
            .field("request_id", &self.request_id())
            .field("may_have_executed", &self.0.may_have_executed)
            .field("attempts", &self.0.attempts)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}
