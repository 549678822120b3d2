//! What reqwest's errors say about an attempt without an answer.
//!
//! reqwest tells a failed connection and a timeout from other failures. It does not tell a rejected certificate from a
//! refused port. The retry rules need that, so this file, and no other, looks for rustls's errors among an error's sources.
//!
//! The version of rustls must be the one that reqwest uses: a type of another version never matches. The test
//! `a_server_that_the_machine_does_not_trust_gets_no_request_and_no_second_attempt` fails then.
//! Rejected: reading the texts of errors, which change without notice; treating all failures alike, which retries a
//! rejected certificate.

use std::error::Error as StdError;
use std::io;

use crate::error::{Error, ErrorKind};
use crate::retry::Fault;

/// The error of an attempt that got no answer.
///
/// It decides two things that callers rely on: whether the request may have left this machine, and whether another
/// attempt can help. `may_have_been_sent` is what is known of the former without `error`.
pub(crate) fn no_answer(error: reqwest::Error, may_have_been_sent: bool) -> Error {
    let (kind, fault, may_have_executed, message) = if error.is_builder() {
        (ErrorKind::Configuration, Fault::Lasting, false, "the HTTP client does not send such requests")
    } else if error.is_connect() && error.is_timeout() {
        (ErrorKind::Timeout, Fault::Network, false, "no connection in time")
    } else if error.is_connect() && is_refused_by_tls(&error) {
        (ErrorKind::Connection, Fault::Lasting, false, "no secure connection could be made")
    } else if error.is_connect() {
        (ErrorKind::Connection, Fault::Network, false, "no connection could be made")
    } else if error.is_timeout() {
        // The time limit of the caller's own HTTP client.
        (ErrorKind::Timeout, Fault::Network, may_have_been_sent, "no answer in time")
    } else {
        (
            ErrorKind::Connection,
            Fault::Network,
            may_have_been_sent,
            "the connection broke before an answer came",
        )
    };
    // A URL holds ids.
    Error::unanswered(kind, message, may_have_executed, Some(Box::new(error.without_url()))).with_fault(fault)
}

/// An error and its sources.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // The `source` of an I/O error skips the error that it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as _).or_else(move || error.source())
    })
}

/// Whether TLS rejects the peer. Certificates and protocols are the same at the next attempt.
fn is_refused_by_tls(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>())
}
