//! The HTTP client of the dispatcher: one request per connection.

use std::net::SocketAddr;
use std::time::Duration;
use std::{fmt, io};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{Request, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, join};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::model::settings::Settings;
use crate::model::webhook::Outcome;
use crate::webhook::address::{DEFAULT_PORT, allowed_uri};
use crate::webhook::signature::SignedRequest;

/// The largest response that is read, in bytes. Only its status counts.
const LARGEST_RESPONSE: u64 = 64 * 1024;
/// How long the body of a response may take after its head.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a request has no response.
enum NoResponse {
    /// The process has no file for a connection.
    NoFile,
    Failed(String),
}

impl<E: fmt::Display> From<E> for NoResponse {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) outcome: Outcome,
    /// The body of the response, as far as it was read.
    pub(crate) answer: Bytes,
}

impl From<Outcome> for Sent {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, answer: Bytes::new() }
    }
}

/// Sends a request to its endpoint. A response of any status is an outcome, and so is a failure or a timeout.
///
/// None if this process has no file for a connection: then no attempt was made.
pub(crate) async fn send(request: SignedRequest, settings: &Settings) -> Option<Sent> {
    let SignedRequest { url, body, signature } = request;
    // A data file may hold endpoints that were created under other settings.
    let uri = match allowed_uri(&url, settings) {
        Ok(uri) => uri,
        Err(problem) => return Some(Outcome::Failed(problem.to_owned()).into()),
    };
    Some(match timeout(settings.webhook_timeout, exchange(&uri, body, &signature, settings)).await {
        Ok(Ok((status, rest))) => {
            let answer = rest.await;
            Sent { outcome: Outcome::Answered(status), answer }
        }
        Ok(Err(NoResponse::Failed(error))) => Outcome::Failed(error).into(),
        Ok(Err(NoResponse::NoFile)) => return None,
        Err(_) => Outcome::Failed(format!("no response within {:?}", settings.webhook_timeout)).into(),
    })
}

/// The status of the response, and a future that reads its body.
async fn exchange(
    uri: &Uri,
    body: String,
    signature: &str,
    settings: &Settings,
) -> Result<(u16, impl Future<Output = Bytes>), NoResponse> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(HOST, authority)
        .header(ACCEPT, "*/*")
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(USER_AGENT, concat!("fc-sandbox/", env!("CARGO_PKG_VERSION")))
        .header("stripe-signature", signature)
        .body(Body::from(body))?;
    let (reader, writer) = connect(uri, settings).await?.into_split();
    // Informational responses count too: a receiver can send them without end.
    let stream = join(reader.take(LARGEST_RESPONSE), writer);
    let (mut sender, connection) =
        http1::Builder::new().title_case_headers(true).handshake(TokioIo::new(stream)).await?;
    let response = sender.send_request(request);
    tokio::pin!(response);
    let mut connection = Box::pin(connection);
    // The connection moves the bytes. It ends first only if it broke; the response then has the error.
    let response = tokio::select! {
        response = &mut response => response,
        _ = &mut connection => response.await,
    }?;
    let status = response.status().as_u16();
    // The status decides. The body is read too: closing with bytes unread would reset the receiver's connection.
    let rest = async move {
        let read = to_bytes(Body::new(response.into_body()), LARGEST_RESPONSE as usize);
        tokio::pin!(read);
        let body = tokio::select! {
            body = timeout(BODY_TIMEOUT, &mut read) => body.ok(),
            // The connection ended, so what is still to be read has arrived.
            _ = &mut connection => timeout(BODY_TIMEOUT, read).await.ok(),
        };
        body.and_then(Result::ok).unwrap_or_default()
    };
    Ok((status, rest))
}

async fn connect(uri: &Uri, settings: &Settings) -> Result<TcpStream, NoResponse> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let found = lookup_host((host, uri.port_u16().unwrap_or(DEFAULT_PORT))).await;
    let found = found.map_err(|error| no_response(&error, format!("failed to look up {host}: {error}")))?;
    // A name that looks local can resolve to any address.
    let allowed =
        |address: &SocketAddr| settings.remote_webhooks || address.ip().to_canonical().is_loopback();
    let mut problem = NoResponse::Failed(format!("{host} is not on this machine"));
    for address in found.filter(allowed) {
        match TcpStream::connect(address).await {
            Ok(stream) if settings.own_addresses.has(stream.peer_addr()?, stream.local_addr()?.ip()) => {
                return Err(format!("{host} is the sandbox itself").into());
            }
            Ok(stream) => return Ok(stream),
            Err(error) => problem = no_response(&error, format!("no connection to {address}: {error}")),
        }
    }
    Err(problem)
}

fn no_response(error: &io::Error, message: String) -> NoResponse {
    // POSIX gives both numbers on all Unix systems: ENFILE and EMFILE.
    let no_file = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    if no_file { NoResponse::NoFile } else { NoResponse::Failed(message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_request_goes_to_another_machine() {
        let settings = Settings::default();
        let url = "http://192.0.2.1/".to_owned();
        let request = SignedRequest { url, body: String::new(), signature: String::new() };
        let Some(Sent { outcome: Outcome::Failed(problem), .. }) = send(request, &settings).await else {
            panic!("it was sent")
        };
        assert!(problem.contains("this machine only"), "{problem}");
        // As if a local name resolved to that address.
        let problem = connect(&Uri::from_static("http://192.0.2.1/"), &settings).await;
        let Err(NoResponse::Failed(problem)) = problem else { panic!("it was sent") };
        assert_eq!(problem, "192.0.2.1 is not on this machine");
    }
}
