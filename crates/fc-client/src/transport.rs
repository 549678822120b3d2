//! Sends one request once.

use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::error::{Error, ErrorKind};

/// An answer as it came, whatever its status.
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The pooled HTTP client. It decides nothing: policy such as retries belongs around [`execute`](Transport::execute).
pub(crate) struct Transport {
    http: reqwest::Client,
}

impl Transport {
    pub(crate) fn new(http: reqwest::Client) -> Self {
        Self { http }
    }

    /// Sends `request` and reads the whole answer.
    pub(crate) async fn execute(&self, request: reqwest::Request) -> Result<RawResponse, Error> {
        let timeout = request.timeout().copied();
        let response = self.http.execute(request).await.map_err(|error| unanswered(error, timeout))?;
        let status = response.status();
        let headers = response.headers().clone();
        match response.bytes().await {
            Ok(body) => Ok(RawResponse { status, headers, body }),
            Err(error) => {
                let (kind, message) = if error.is_timeout() {
                    (ErrorKind::Timeout, format!("the answer was not complete{}", within(timeout)))
                } else {
                    (ErrorKind::Connection, "the answer broke off".to_owned())
                };
                Err(Error::cut_short(kind, message, status, headers, Box::new(error.without_url())))
            }
        }
    }
}

fn unanswered(error: reqwest::Error, timeout: Option<Duration>) -> Error {
    let never_sent = error.is_connect();
    let (kind, message) = match (error.is_timeout(), never_sent) {
        (true, true) => (ErrorKind::Timeout, "no connection in time; nothing was sent".to_owned()),
        (true, false) => (ErrorKind::Timeout, format!("no answer{}", within(timeout))),
        (false, true) => (ErrorKind::Connection, "no connection could be made; nothing was sent".to_owned()),
        (false, false) => (ErrorKind::Connection, "the connection broke before an answer came".to_owned()),
    };
    // A URL holds ids, and with a caller's own base URL perhaps more.
    Error::unanswered(kind, message, !never_sent, Some(Box::new(error.without_url())))
}

fn within(timeout: Option<Duration>) -> String {
    timeout.map_or_else(String::new, |timeout| format!(" within {timeout:?}"))
}
