//! The meaning of a status other than success.

use reqwest::StatusCode;

use crate::error::envelope::Envelope;
use crate::error::kind::ErrorKind;

/// The kind of a response that is no success.
pub(crate) fn kind_of(status: StatusCode, envelope: Option<&Envelope>) -> ErrorKind {
    // By their names: a spec that no longer lists one leaves the type without its variant.
    let has_code =
        |code| envelope.and_then(|error| error.code.as_ref()).is_some_and(|it| it.as_str() == code);
    if envelope.is_some_and(|error| error.type_.as_deref() == Some("idempotency_error"))
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

/// Whether the request may have been executed although the status is no success.
///
/// A client error is a refusal, with these exceptions: the request was valid and failed later (402, 424), it is still
/// running (409), or a proxy stopped waiting (408).
pub(crate) fn leaves_open(status: StatusCode) -> bool {
    !status.is_client_error() || matches!(status.as_u16(), 402 | 408 | 409 | 424)
}
