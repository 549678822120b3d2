//! One attempt: sends a request and reads the whole response within its limits.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HeaderValue};
use tokio::time::{Instant, timeout_at};

use crate::answer::RawResponse;
use crate::error::{Error, ErrorKind};
use crate::no_answer::no_answer;
use crate::request_body::{Dispatch, RequestBody};
use crate::response_body;
use crate::retry::Fault;

/// The pooled HTTP client. It decides nothing: retries belong around [`execute`](Transport::execute).
#[derive(Clone)]
pub(crate) struct Transport {
    http: reqwest::Client,
    /// A caller's client may send a request in ways in which [`RequestBody`] sees it too late, such as HTTP/3.
    is_caller_s: bool,
}

/// The limits of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    /// Bytes of the response's body.
    pub(crate) size: usize,
}

/// The largest body of an error that is read: Stripe's have a few hundred bytes.
const ERROR_SIZE: usize = 1 << 20;

impl Transport {
    pub(crate) fn new(http: reqwest::Client) -> Self {
        Self { http, is_caller_s: false }
    }

    pub(crate) fn of_caller(http: reqwest::Client) -> Self {
        Self { http, is_caller_s: true }
    }

    /// Sends `request` with `body` and reads the whole response within the limits.
    pub(crate) fn execute(
        &self,
        mut request: reqwest::Request,
        body: Bytes,
        limits: Limits,
    ) -> impl Future<Output = Result<RawResponse, Error>> + use<> {
        // Without a length for an empty body some proxies answer 411.
        let has_length = request.method() == Method::POST;
        let dispatch = if self.is_caller_s {
            if has_length && body.is_empty() {
                request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(0));
            }
            *request.body_mut() = Some(body.into());
            None
        } else {
            let (body, dispatch) = RequestBody::new(body, has_length);
            *request.body_mut() = Some(reqwest::Body::wrap(body));
            Some(dispatch)
        };
        // Passed on here, so that the future does not hold the request as well. A limit inside reqwest would cost three
        // more allocations.
        let answer = self.http.execute(request);
        async move {
            let may_have_been_sent = || !dispatch.as_ref().is_some_and(Dispatch::withdraw);
            let end = end_of(limits.time);
            let mut response = match timeout_at(end, answer).await {
                Ok(answer) => answer.map_err(|error| no_answer(error, may_have_been_sent()))?,
                Err(elapsed) => {
                    let sent = may_have_been_sent();
                    let awaited = if sent { "answer" } else { "connection" };
                    let message = format!("no {awaited} within {:?}", limits.time);
                    return Err(Error::unanswered(
                        ErrorKind::Timeout,
                        message,
                        sent,
                        Some(Box::new(elapsed)),
                    )
                    .with_fault(Fault::Network));
                }
            };
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            let size = if status.is_success() { limits.size } else { limits.size.min(ERROR_SIZE) };
            let (kind, message, source): (_, _, Box<dyn StdError + Send + Sync>) =
                match timeout_at(end, response_body::read(&mut response, size)).await {
                    Ok(Ok(received)) if received.is_cut && status.is_success() => {
                        return Err(Error::too_large(size, status, headers));
                    }
                    // Of an error the status says more than the body.
                    Ok(Ok(received)) => return Ok(RawResponse { status, headers, body: received.bytes }),
                    Ok(Err(error)) if !error.is_timeout() => {
                        let message = "the answer broke off".to_owned();
                        (ErrorKind::Connection, message, Box::new(error.without_url()))
                    }
                    // The time limit of the caller's own HTTP client.
                    Ok(Err(error)) => {
                        let message = "the answer was not complete in time".to_owned();
                        (ErrorKind::Timeout, message, Box::new(error.without_url()))
                    }
                    Err(elapsed) => {
                        let message = format!("the answer was not complete within {:?}", limits.time);
                        (ErrorKind::Timeout, message, Box::new(elapsed))
                    }
                };
            Err(Error::cut_short(kind, message, status, headers, source))
        }
    }
}

/// The end of a limit that begins now.
fn end_of(limit: Duration) -> Instant {
    // A limit beyond the range of the clock is no limit.
    const THIRTY_YEARS: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + THIRTY_YEARS)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use reqwest::{Method, Request};
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::{Limits, Transport};
    use crate::request_body::RequestBody;
    use crate::tls;

    /// Two requests without a body and one with a body.
    const REQUESTS: [(Method, &str); 3] = [(Method::GET, ""), (Method::POST, ""), (Method::POST, "a=b")];

    fn http() -> reqwest::Client {
        reqwest::Client::builder().tls_backend_preconfigured(tls::none().unwrap()).no_proxy().build().unwrap()
    }

    fn request(method: &Method, url: &str) -> Request {
        Request::new(method.clone(), url.parse().unwrap())
    }

    /// The servers accept and then say nothing. Over https there is no connection before they speak.
    #[tokio::test]
    async fn an_attempt_that_ends_at_its_limit_may_have_been_sent_only_over_a_connection() {
        let limits = Limits { time: Duration::from_millis(50), size: 0 };
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = silent.local_addr().unwrap();
        for (method, body) in REQUESTS {
            for (transport, scheme, message, sent) in [
                (Transport::new(http()), "https", "no connection within 50ms", false),
                (Transport::new(http()), "http", "no answer within 50ms", true),
                (Transport::of_caller(http()), "https", "no answer within 50ms", true),
            ] {
                let request = request(&method, &format!("{scheme}://{address}"));
                let outcome = transport.execute(request, Bytes::from_static(body.as_bytes()), limits).await;
                let error = outcome.map(|answer| answer.status).unwrap_err();
                let place = format!("{method} {body} {scheme}");
                assert_eq!((error.message(), error.may_have_executed()), (message, sent), "{place}");
            }
        }
    }

    /// The connection may be made between the end of the limit and the end of the request.
    #[tokio::test]
    async fn a_withdrawn_request_does_not_leave_this_machine() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        for (method, body) in REQUESTS {
            let (body, dispatch) =
                RequestBody::new(Bytes::from_static(body.as_bytes()), method == Method::POST);
            let mut request = request(&method, &url);
            *request.body_mut() = Some(reqwest::Body::wrap(body));
            assert!(dispatch.withdraw());
            let (http, mut received) = (http(), Vec::new());
            let (outcome, ()) = tokio::join!(http.execute(request), async {
                let (mut stream, _) = server.accept().await.unwrap();
                let end = timeout(Duration::from_secs(10), stream.read_to_end(&mut received)).await;
                end.expect("the connection closes").unwrap();
            });
            assert!(outcome.is_err(), "{method}");
            assert_eq!(String::from_utf8_lossy(&received), "", "{method}");
        }
    }
}
