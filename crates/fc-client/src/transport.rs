//! Sends one request once.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::answer::RawResponse;
use crate::error::{Error, ErrorKind};
use crate::retry::Fault;

/// The pooled HTTP client. It decides nothing: policy such as retries belongs around [`execute`](Transport::execute).
pub(crate) struct Transport {
    http: reqwest::Client,
}

impl Transport {
    pub(crate) fn new(http: reqwest::Client) -> Self {
        Self { http }
    }

    /// Sends `request` and reads the whole answer, all of it within `limit`.
    pub(crate) fn execute(
        &self,
        request: reqwest::Request,
        limit: Duration,
    ) -> impl Future<Output = Result<RawResponse, Error>> + use<> {
        // Handed over here, so that the future does not hold the request as well. A limit that reqwest keeps would cost
        // three allocations more.
        let answer = self.http.execute(request);
        async move {
            let end = end_of(limit);
            let mut response = match timeout_at(end, answer).await {
                Ok(answer) => answer.map_err(unanswered)?,
                Err(elapsed) => {
                    let message = format!("no answer within {limit:?}");
                    return Err(Error::unanswered(
                        ErrorKind::Timeout,
                        message,
                        true,
                        Some(Box::new(elapsed)),
                    )
                    .with_fault(Fault::Network));
                }
            };
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            let (kind, message, source): (_, _, Box<dyn StdError + Send + Sync>) =
                match timeout_at(end, response.bytes()).await {
                    Ok(Ok(body)) => return Ok(RawResponse { status, headers, body }),
                    Ok(Err(error)) if !error.is_timeout() => {
                        let message = "the answer broke off".to_owned();
                        (ErrorKind::Connection, message, Box::new(error.without_url()))
                    }
                    // The limit of an HTTP client of the caller's own.
                    Ok(Err(error)) => {
                        let message = "the answer was not complete in time".to_owned();
                        (ErrorKind::Timeout, message, Box::new(error.without_url()))
                    }
                    Err(elapsed) => {
                        let message = format!("the answer was not complete within {limit:?}");
                        (ErrorKind::Timeout, message, Box::new(elapsed))
                    }
                };
            Err(Error::cut_short(kind, message, status, headers, source))
        }
    }
}

/// When a limit that begins now is over.
fn end_of(limit: Duration) -> Instant {
    // Who wants no limit gives the longest there is, which no clock reaches.
    const THIRTY_YEARS: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + THIRTY_YEARS)
}

fn unanswered(error: reqwest::Error) -> Error {
    let (kind, fault, never_sent, message) = if error.is_builder() {
        let message = "the HTTP client does not send such requests".to_owned();
        (ErrorKind::Configuration, Fault::Lasting, true, message)
    } else if error.is_connect() && error.is_timeout() {
        (ErrorKind::Timeout, Fault::Network, true, "no connection in time".to_owned())
    } else if error.is_connect() && is_refused_by_tls(&error) {
        let message = "no secure connection could be made".to_owned();
        (ErrorKind::Connection, Fault::Lasting, true, message)
    } else if error.is_connect() {
        let message = "no connection could be made".to_owned();
        (ErrorKind::Connection, Fault::Network, true, message)
    } else if error.is_timeout() {
        // The limit of an HTTP client of the caller's own.
        (ErrorKind::Timeout, Fault::Network, false, "no answer in time".to_owned())
    } else {
        let fault = if is_closed(&error) { Fault::Closed } else { Fault::Network };
        let message = "the connection broke before an answer came".to_owned();
        (ErrorKind::Connection, fault, false, message)
    };
    // A URL holds ids, and with a caller's own base URL perhaps more.
    Error::unanswered(kind, message, !never_sent, Some(Box::new(error.without_url()))).with_fault(fault)
}

/// What lies below an error, the error itself included.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // The source of an I/O error is not what it wraps, but what lies below that.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as _).or_else(move || error.source())
    })
}

/// Whether TLS objects to the peer: certificates and protocols are the same at the next attempt.
fn is_refused_by_tls(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>())
}

/// Whether the peer closed or reset the connection, as opposed to answering what is no HTTP.
fn is_closed(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            error.is_incomplete_message() || error.is_canceled() || error.is_closed()
        } else if let Some(error) = cause.downcast_ref::<io::Error>() {
            matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
            )
        } else {
            false
        }
    })
}
