//! The one error type of this crate.

mod display;
mod envelope;
mod financial_connections;
mod kind;
mod predicates;
pub(crate) mod printable;
mod status;

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use fc_types::ErrorCode;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::answer::{Answer, RawResponse};
use crate::decode::Undecoded;
use crate::error::envelope::Envelope;
use crate::error::printable::printable;
use crate::error::status::{kind_of, leaves_open};
use crate::header;
use crate::refusal::Refusal;
use crate::retry::{Cause, Failure, Fault};

pub use crate::error::kind::ErrorKind;

/// Why a call failed.
///
/// Branch on the predicates, on [`kind`](Error::kind) or on [`code`](Error::code), never on the text. The response of
/// Stripe or a proxy is kept: [`status`](Error::status), [`headers`](Error::headers), [`body`](Error::body).
///
/// After retries it is the error of the last attempt. [`attempts`](Error::attempts) counts all attempts, and
/// [`may_have_executed`](Error::may_have_executed) covers all of them.
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
/// `Display` is one line. It holds Stripe's message, code, parameter and request id, and no other part of the response.
/// The cause, if there is one, is the `source`.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    may_have_executed: bool,
    attempts: u32,
    answer: Option<RawResponse>,
    envelope: Option<Envelope>,
    /// Why there is no complete response, if a request was sent.
    fault: Option<Fault>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::unanswered(ErrorKind::InvalidRequest, refusal.to_string(), false, None)
    }
}

impl Error {
    /// An error that code built on this client found: its input cannot be sent, or a decoded response makes no sense.
    ///
    /// Only [`ErrorKind::Decode`] means that a request was sent.
    #[must_use]
    pub fn of_kind(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::unanswered(kind, message, kind == ErrorKind::Decode, None)
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::unanswered(ErrorKind::Configuration, message.into(), false, None)
    }

    /// An error without a response from the server.
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
            envelope: None,
            fault: None,
            source,
        }))
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.0.fault = Some(fault);
        self
    }

    /// The error of attempt `attempt`; `may_have_executed` says whether an earlier attempt may have been executed.
    pub(crate) fn after(mut self, attempt: u32, may_have_executed: bool) -> Self {
        self.0.attempts = attempt;
        self.0.may_have_executed |= may_have_executed;
        self
    }

    /// A response that broke off.
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

    /// A successful response that is larger than `limit` bytes.
    pub(crate) fn too_large(limit: usize, status: StatusCode, headers: HeaderMap) -> Self {
        let message = format!("the answer is larger than {limit} bytes; see Config::with_max_response_size");
        let mut error = Self::unanswered(ErrorKind::Decode, message, true, None);
        error.0.answer = Some(RawResponse { status, headers, body: Bytes::new() });
        error
    }

    /// A response whose status is no success.
    pub(crate) fn from_answer(answer: RawResponse) -> Self {
        let envelope = Envelope::read(&answer.body);
        let message = match &envelope {
            Some(Envelope { message: Some(message), .. }) => message.clone(),
            Some(_) => "without a message".to_owned(),
            None => "the answer is not in Stripe's error format".to_owned(),
        };
        Self(Box::new(Inner {
            kind: kind_of(answer.status, envelope.as_ref()),
            message,
            may_have_executed: leaves_open(answer.status),
            attempts: 0,
            answer: Some(answer),
            envelope,
            fault: None,
            source: None,
        }))
    }

    /// A successful response whose body does not decode.
    pub(crate) fn decode(undecoded: Undecoded, answer: Answer) -> Self {
        let mut error = Self::unanswered(ErrorKind::Decode, undecoded.reason, true, None);
        // A body that ends in its middle was lost on the way, like a response that broke off.
        error.0.fault = undecoded.is_truncated.then_some(Fault::Network);
        error.0.answer = Some(answer.response);
        error.0.attempts = answer.attempts;
        error
    }

    /// The failed attempt, as the retry rules see it. `None` if no attempt was made, or if it succeeded and its response
    /// does not decode.
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

    /// HTTP status, if there was a response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|answer| answer.status)
    }

    /// Headers of the response, if there was one.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.answer.as_ref().map(|answer| &answer.headers)
    }

    /// Body of the response as received, in any format; empty if the response broke off.
    ///
    /// It may hold personal data, and the client secret of a new session: do not log it unread.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.answer.as_ref().map(|answer| answer.body.as_ref())
    }

    /// Id of the request in Stripe's logs (`req_…`). Stripe's support asks for it first.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        header::text(self.headers()?, header::REQUEST_ID)
    }

    /// Stripe's error code, such as [`ErrorCode::ResourceMissing`]; its [`as_str`](ErrorCode::as_str) is the code as sent.
    ///
    /// Not every error has one, and new ones appear at any time: they are [`ErrorCode::Unknown`].
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.envelope.as_ref()?.code.as_ref()
    }

    /// The parameter that Stripe objects to, in wire form, such as `account_holder[type]`.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.0.envelope.as_ref()?.param.as_deref()
    }

    /// What happened, in one sentence: Stripe's message if there is one. It is for people and changes without notice.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Stripe's page about the [`code`](Error::code).
    #[must_use]
    pub fn doc_url(&self) -> Option<&str> {
        self.0.envelope.as_ref()?.doc_url.as_deref()
    }

    /// The request in the log of Stripe's dashboard.
    #[must_use]
    pub fn request_log_url(&self) -> Option<&str> {
        self.0.envelope.as_ref()?.request_log_url.as_deref()
    }

    /// Number of attempts: 1, plus 1 for each retry. An attempt that found no connection counts. 0 if the call failed before
    /// the first attempt.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the request may have taken effect, in any of its attempts.
    ///
    /// `false` is certain: Stripe refused the request, or it never left this machine, because there was no connection.
    /// `true` is not certain: a response was lost, came too late, was a server fault or does not decode. A retry with the same
    /// idempotency key is safe in both cases.
    #[must_use]
    pub fn may_have_executed(&self) -> bool {
        self.0.may_have_executed
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &printable(&self.0.message))
            .field("status", &self.status())
            .field("code", &self.code().map(|code| printable(code.as_str())))
            .field("param", &self.param().map(printable))
            .field("request_id", &self.request_id().map(printable))
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
