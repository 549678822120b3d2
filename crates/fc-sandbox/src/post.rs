//! One signed request to a webhook endpoint.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{Request, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::model::Settings;
use crate::webhook::{Outcome, Parcel, target};

/// Sends a parcel; any answer at all is one, whatever its status.
pub(crate) async fn post(parcel: Parcel, settings: &Settings) -> Outcome {
    let Parcel { url, body, signature } = parcel;
    // The setting may have been another when the endpoint was made.
    let uri = match target(&url, settings) {
        Ok(uri) => uri,
        Err(problem) => return Outcome::Failed(problem.to_owned()),
    };
    match timeout(settings.webhook_timeout, send(&uri, body, &signature, settings)).await {
        Ok(Ok(status)) => Outcome::Answered(status),
        Ok(Err(error)) => Outcome::Failed(error),
        Err(_) => Outcome::Failed(format!("no answer within {:?}", settings.webhook_timeout)),
    }
}

async fn send(uri: &Uri, body: String, signature: &str, settings: &Settings) -> Result<u16, String> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(HOST, authority)
        .header(ACCEPT, "*/*")
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(USER_AGENT, concat!("fc-sandbox/", env!("CARGO_PKG_VERSION")))
        .header("stripe-signature", signature)
        .body(Body::from(body))
        .map_err(|error| error.to_string())?;
    let stream = connect(uri, settings).await?;
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request);
    tokio::pin!(answer, connection);
    // The connection moves the bytes; it is done first only if it broke, and the answer then says how.
    let answer = tokio::select! {
        answer = &mut answer => answer,
        _ = &mut connection => answer.await,
    };
    answer.map(|response| response.status().as_u16()).map_err(|error| error.to_string())
}

async fn connect(uri: &Uri, settings: &Settings) -> Result<TcpStream, String> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let found = lookup_host((host, uri.port_u16().unwrap_or(80))).await;
    let found = found.map_err(|error| format!("{host} was not found: {error}"))?;
    // A name may lead anywhere, whatever it says.
    let allowed =
        |address: &SocketAddr| settings.remote_webhooks || address.ip().to_canonical().is_loopback();
    let mut problem = format!("{host} is not on this machine");
    for address in found.filter(allowed) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => problem = format!("no connection to {address}: {error}"),
        }
    }
    Err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_elsewhere_is_not_sent_to_however_it_came_about() {
        let settings = Settings::default();
        let parcel =
            Parcel { url: "http://192.0.2.1/".to_owned(), body: String::new(), signature: String::new() };
        let Outcome::Failed(problem) = post(parcel, &settings).await else { panic!("it was sent") };
        assert!(problem.contains("this machine only"), "{problem}");
        // As if a local name led there.
        let problem = connect(&Uri::from_static("http://192.0.2.1/"), &settings).await;
        assert_eq!(problem.err().as_deref(), Some("192.0.2.1 is not on this machine"));
    }
}
