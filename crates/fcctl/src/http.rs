//! HTTP besides Stripe's API: the controls of a sandbox, and endpoints that get events.

use std::time::Duration;

use fc_ext::client::http_client_builder;
use fc_ext::client::reqwest::header::{CONTENT_TYPE, USER_AGENT};
use fc_ext::client::reqwest::{self, Method};
use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;

/// Longest wait for a response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Client of other servers than the API. It sends no key.
pub(crate) fn client() -> Result<reqwest::Client, Failure> {
    let builder = http_client_builder()?.timeout(TIMEOUT).no_proxy();
    builder
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("the HTTP client cannot be set up: {error}")))
}

/// The controls of a sandbox, `/_sandbox/…`.
pub(crate) struct Controls {
    client: reqwest::Client,
    base_url: String,
}

impl Controls {
    pub(crate) fn of(base_url: &str) -> Result<Self, Failure> {
        Ok(Self { client: client()?, base_url: base_url.trim_end_matches('/').to_owned() })
    }

    /// Whether the server has controls, and so is a sandbox.
    pub(crate) async fn exist(&self) -> bool {
        let request = self.client.get(self.url("")).timeout(Duration::from_secs(2));
        match request.send().await {
            Ok(response) => response.status().is_success(),
            Err(_) => false,
        }
    }

    /// The URL of a control.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/_sandbox{path}", self.base_url)
    }

    /// Calls a control; the text of its response.
    pub(crate) async fn call_text(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<String, Failure> {
        let mut request = self.client.request(method, self.url(path));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.send().await.map_err(|_| self.unreached())?;
        let status = response.status();
        let text = response.text().await.map_err(|_| self.unreached())?;
        if status.is_success() {
            return Ok(text);
        }
        let json: Option<Value> = serde_json::from_str(&text).ok();
        let reason = json.as_ref().and_then(|json| json.get("sandbox_error")).and_then(Value::as_str);
        let exit = if status.as_u16() == 404 { Exit::NotFound } else { Exit::Failed };
        match reason {
            Some(reason) => Err(Failure::new(exit, format!("the sandbox refused: {reason}"))),
            None => {
                Err(Failure::new(Exit::Failed, format!("{} is no sandbox (status {status})", self.base_url))
                    .next("these commands act on a sandbox: fcctl sandbox start"))
            }
        }
    }

    /// Calls a control with JSON.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let text = self.call_text(method, path, body.map(|body| body.to_string())).await?;
        serde_json::from_str(&text)
            .map_err(|_| Failure::new(Exit::Failed, "the sandbox answered something other than JSON"))
    }

    fn unreached(&self) -> Failure {
        Failure::new(Exit::NotNow, format!("no sandbox answers at {}", self.base_url))
            .next("start one in another terminal: fcctl sandbox start")
    }
}

/// Delivers a signed event to an endpoint; the status of its response.
pub(crate) async fn deliver(
    client: &reqwest::Client,
    url: &str,
    signature: &str,
    body: String,
) -> Result<u16, reqwest::Error> {
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("Stripe-Signature", signature)
        .body(body);
    Ok(request.send().await?.status().as_u16())
}

/// The body with which an event is delivered: the JSON that the API returned.
pub(crate) fn body_of(event: &fc_ext::types::Event) -> Result<String, Failure> {
    serde_json::to_string(event)
        .map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be written: {error}", event.id)))
}
