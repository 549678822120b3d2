//! One call: what generated requests fill in, and how it becomes an HTTP request.

use fc_types::ConnectedAccountId;
use reqwest::Url;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use rustls::crypto::SecureRandom;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decode::decode;
use crate::error::Refusal;
use crate::{Client, Error, Response, form, header, path};

/// An operation of the API, as the spec states it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// Route with its placeholders in braces.
    pub(crate) path: &'static str,
}

/// The HTTP methods of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// A call being put together.
///
/// Bad input does not interrupt that: the first refusal is kept and surfaces when the call is sent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    client: Client,
    operation: &'static Operation,
    path: String,
    query: String,
    body: String,
    stripe_account: Option<ConnectedAccountId>,
    idempotency_key: Option<String>,
    refusal: Option<Refusal>,
}

impl Call {
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        Self {
            client: client.clone(),
            operation,
            path: operation.path.to_owned(),
            query: String::new(),
            body: String::new(),
            stripe_account: None,
            idempotency_key: None,
            refusal: None,
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Fills the placeholders of the route, in order.
    pub(crate) fn path(mut self, values: &[&str]) -> Self {
        match path::fill(self.operation.path, values) {
            Ok(path) => self.path = path,
            Err(refusal) => self.refuse(refusal),
        }
        self
    }

    /// Adds a query parameter; `None` adds nothing.
    pub(crate) fn query<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        if let Err(error) = form::append_named(&mut self.query, name, value) {
            self.refuse(Refusal::new(error.to_string()));
        }
        self
    }

    /// Adds the fields of `params` to the body.
    pub(crate) fn form<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        if let Err(error) = form::append(&mut self.body, params) {
            self.refuse(Refusal::new(error.to_string()));
        }
        self
    }

    pub(crate) fn stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.stripe_account = Some(account.into());
        self
    }

    pub(crate) fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Sends the call and reads the answer as a `T`.
    pub(crate) async fn send<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let request = self.request()?;
        decode(self.client.transport().execute(request).await?)
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refusal.get_or_insert(refusal);
    }

    /// The HTTP request. An idempotency key is made here, so a repetition of this request has the same.
    fn request(&self) -> Result<reqwest::Request, Error> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone().into());
        }
        let client = &self.client;
        let method = match self.operation.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut request = reqwest::Request::new(method, self.url()?);
        *request.timeout_mut() = Some(client.timeout());
        request.headers_mut().clone_from(client.headers());
        if let Some(account) = &self.stripe_account {
            let account = header::value("the connected account", account.as_str())?;
            request.headers_mut().insert(header::STRIPE_ACCOUNT, account);
        }
        if self.operation.method == Method::Post {
            let key = match &self.idempotency_key {
                Some(key) => idempotency_key(key)?,
                None => random_key(client.random())?,
            };
            request.headers_mut().insert(header::IDEMPOTENCY_KEY, key);
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(CONTENT_TYPE, form);
            if self.body.is_empty() {
                // hyper leaves the length of an empty body out, and some proxies then answer 411.
                request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(0));
            } else {
                *request.body_mut() = Some(self.body.clone().into());
            }
        }
        Ok(request)
    }

    fn url(&self) -> Result<Url, Refusal> {
        let mut text = format!("{}{}", self.client.base_url(), self.path);
        if !self.query.is_empty() {
            text.push('?');
            text.push_str(&self.query);
        }
        Url::parse(&text)
            .map_err(|error| Refusal::new(format!("{} has no valid URL ({error})", self.operation.id)))
    }
}

/// The longest idempotency key that Stripe takes.
const LONGEST_KEY: usize = 255;

fn idempotency_key(key: &str) -> Result<HeaderValue, Refusal> {
    if key.len() > LONGEST_KEY {
        return Err(Refusal::new(format!(
            "the idempotency key has {} characters; at most {LONGEST_KEY} are allowed",
            key.len()
        )));
    }
    header::value("the idempotency key", key)
}

/// 128 random bits, so that two keys never meet.
fn random_key(random: &dyn SecureRandom) -> Result<HeaderValue, Error> {
    let mut bytes = [0; 16];
    random
        .fill(&mut bytes)
        .map_err(|_| Error::configuration("the machine gives no random numbers for an idempotency key"))?;
    Ok(header::value("the idempotency key", &format!("{:032x}", u128::from_be_bytes(bytes)))?)
}
