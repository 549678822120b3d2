//! Webhook endpoints: the URLs to which Stripe delivers events.

use std::collections::BTreeMap;
use std::fmt;

use fc_client::{Client, Error, ErrorKind, Method, RawCall};
use fc_types::{API_VERSION, EventType, Extra, Timestamp};
use serde_json::Value;

use super::fields::Fields;
use crate::encoded::Encoded;
use crate::webhook::{Secret, WebhookError};

/// A webhook endpoint. All fields without a member here are in `extra`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct WebhookEndpoint {
    /// Id (`we_…`).
    pub id: String,
    /// API version of the objects in its events; `None` for the default version of the account.
    pub api_version: Option<String>,
    /// When Stripe created it.
    pub created: Timestamp,
    /// Types of events that it receives, or `*`.
    pub enabled_events: Vec<String>,
    /// Whether it exists in live mode.
    pub livemode: bool,
    /// Keys and values of the merchant.
    pub metadata: BTreeMap<String, String>,
    /// Signing secret. Only the response that creates the endpoint has it.
    pub secret: Option<EndpointSecret>,
    /// `enabled` or `disabled`.
    pub status: String,
    /// URL to which Stripe delivers.
    pub url: String,
    /// All other fields, as received.
    pub extra: Extra,
}

impl fmt::Debug for WebhookEndpoint {
    /// Hides what the merchant wrote, as `Debug` of every type here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookEndpoint")
            .field("id", &self.id)
            .field("api_version", &self.api_version)
            .field("created", &self.created)
            .field("enabled_events", &self.enabled_events)
            .field("livemode", &self.livemode)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Signing secret of a new endpoint. Store it where the receiver reads it.
///
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecret(String);

impl EndpointSecret {
    /// The secret itself, to store it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The key for a [`Verifier`](crate::webhook::Verifier).
    ///
    /// # Errors
    ///
    /// [`WebhookError::InvalidSecret`] when it does not have the form of a secret.
    pub fn key(&self) -> Result<Secret, WebhookError> {
        Secret::new(&self.0)
    }
}

impl fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointSecret(whsec_…)")
    }
}

impl WebhookEndpoint {
    fn decode(value: Value) -> Result<Self, Error> {
        let mut fields = Fields::new("webhook endpoint", value)?;
        Ok(Self {
            id: fields.required_text("id")?,
            api_version: fields.text("api_version")?,
            created: fields.time("created")?,
            enabled_events: fields.texts("enabled_events")?,
            livemode: fields.flag("livemode")?,
            metadata: fields.metadata()?,
            secret: fields.text("secret")?.map(EndpointSecret),
            status: fields.required_text("status")?,
            url: fields.required_text("url")?,
            extra: fields.rest(),
        })
    }
}

/// Calls on webhook endpoints; from
/// [`FinancialConnections::webhook_endpoints`](crate::FinancialConnections::webhook_endpoints).
#[derive(Clone, Copy, Debug)]
pub struct WebhookEndpoints<'a> {
    client: &'a Client,
}

impl<'a> WebhookEndpoints<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Creates an endpoint for events of these types (`POST /v1/webhook_endpoints`).
    ///
    /// ```no_run
    /// use fc_ext::types::EventType;
    /// use fc_ext::webhook::Verifier;
    ///
    /// # async fn run(fc: fc_ext::FinancialConnections) -> Result<(), fc_ext::Error> {
    /// let types = [EventType::AccountRefreshedTransactions, EventType::AccountDeactivated];
    /// let endpoint = fc.webhook_endpoints().create("https://example.com/webhook", types).send().await?;
    /// if let Some(secret) = endpoint.secret {
    ///     let verifier = Verifier::new(secret.key()?);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn create(self, url: &str, events: impl IntoIterator<Item = EventType>) -> CreateWebhookEndpoint {
        let events: Vec<String> = events.into_iter().map(|event| event.as_str().to_owned()).collect();
        let call = self.client.raw_call(Method::Post, "/v1/webhook_endpoints");
        let call = call.extra_param("url", url).extra_param("enabled_events", events);
        CreateWebhookEndpoint(call, API_VERSION.to_owned())
    }

    /// Retrieves an endpoint (`GET /v1/webhook_endpoints/{id}`). Its secret is not shown again.
    pub fn retrieve(self, endpoint: &str) -> RetrieveWebhookEndpoint {
        RetrieveWebhookEndpoint(self.client.raw_call(Method::Get, &path(endpoint)))
    }

    /// Lists the endpoints (`GET /v1/webhook_endpoints`), 100 at most. An account has few.
    pub fn list(self) -> ListWebhookEndpoints {
        let call = self.client.raw_call(Method::Get, "/v1/webhook_endpoints");
        ListWebhookEndpoints(call.extra_param("limit", 100))
    }

    /// Deletes an endpoint (`DELETE /v1/webhook_endpoints/{id}`).
    pub fn delete(self, endpoint: &str) -> DeleteWebhookEndpoint {
        DeleteWebhookEndpoint(self.client.raw_call(Method::Delete, &path(endpoint)))
    }
}

fn path(endpoint: &str) -> String {
    format!("/v1/webhook_endpoints/{}", Encoded(endpoint))
}

/// Request that creates an endpoint; from [`WebhookEndpoints::create`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct CreateWebhookEndpoint(RawCall, String);

raw_request!(CreateWebhookEndpoint with idempotency key);

impl CreateWebhookEndpoint {
    /// API version of the objects in the events. Default: the version of this crate, [`API_VERSION`](crate::types::API_VERSION).
    pub fn api_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.1);
        self
    }

    /// Description for the merchant.
    pub fn description(self, description: &str) -> Self {
        self.extra_param("description", description)
    }

    /// Creates the endpoint.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind.
    ///
    /// # Cancel safety
    ///
    /// After dropping the future, the endpoint may exist, and its secret is lost.
    pub async fn send(self) -> Result<WebhookEndpoint, Error> {
        // Without a version, Stripe takes the account's default version, whatever the header of this call says.
        WebhookEndpoint::decode(self.0.extra_param("api_version", self.1).send().await?)
    }
}

/// Request that retrieves an endpoint; from [`WebhookEndpoints::retrieve`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RetrieveWebhookEndpoint(RawCall);

raw_request!(RetrieveWebhookEndpoint);

impl RetrieveWebhookEndpoint {
    /// Retrieves the endpoint.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the call changes nothing.
    pub async fn send(self) -> Result<WebhookEndpoint, Error> {
        WebhookEndpoint::decode(self.0.send().await?)
    }
}

/// Request that lists the endpoints; from [`WebhookEndpoints::list`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListWebhookEndpoints(RawCall);

raw_request!(ListWebhookEndpoints);

impl ListWebhookEndpoints {
    /// Lists the endpoints, newest first.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind. Of kind `Decode` if there are more than 100, which this list does not read.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the call changes nothing.
    pub async fn send(self) -> Result<Vec<WebhookEndpoint>, Error> {
        let mut list = self.0.send().await?;
        if list["has_more"] == true {
            return Err(Error::of_kind(ErrorKind::Decode, "there are more than 100 webhook endpoints"));
        }
        match list["data"].take() {
            Value::Array(endpoints) => endpoints.into_iter().map(WebhookEndpoint::decode).collect(),
            _ => Err(Error::of_kind(ErrorKind::Decode, "webhook endpoints: expected a list at `data`")),
        }
    }
}

/// Request that deletes an endpoint; from [`WebhookEndpoints::delete`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct DeleteWebhookEndpoint(RawCall);

raw_request!(DeleteWebhookEndpoint);

impl DeleteWebhookEndpoint {
    /// Deletes the endpoint. Stripe delivers no more events to it.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind. Of kind `NotFound` if it is deleted already.
    ///
    /// # Cancel safety
    ///
    /// After dropping the future, the endpoint may be deleted.
    pub async fn send(self) -> Result<(), Error> {
        self.0.send().await.map(drop)
    }
}
