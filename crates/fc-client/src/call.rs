//! One call: generated requests fill it in and send it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fc_types::ConnectedAccountId;
use reqwest::header::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::decode::decode;
use crate::operation::{Method, Operation};
use crate::prepared::Prepared;
use crate::refusal::Refusal;
use crate::send::Attempts;
use crate::trace::Trace;
use crate::{Client, Error, Random, form, header, path};

/// A call that is being built.
///
/// Bad input does not interrupt the building: sending the call returns the first refusal.
#[derive(Clone)]
pub(crate) struct Call {
    client: Client,
    operation: &'static Operation,
    path: Cow<'static, str>,
    query: String,
    body: String,
    stripe_account: Option<ConnectedAccountId>,
    stripe_context: Option<String>,
    idempotency_key: Option<String>,
    timeout: Option<Duration>,
    max_retries: Option<u32>,
    refusal: Option<Refusal>,
}

impl Call {
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        Self {
            client: client.clone(),
            operation,
            path: Cow::Borrowed(operation.path),
            query: String::new(),
            body: String::new(),
            stripe_account: None,
            stripe_context: None,
            idempotency_key: None,
            timeout: None,
            max_retries: None,
            refusal: None,
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Fills the placeholders of the route, in order.
    pub(crate) fn path(mut self, values: &[&str]) -> Self {
        match path::fill(self.operation.path, values) {
            Ok(path) => self.path = Cow::Owned(path),
            Err(refusal) => self.refuse(refusal),
        }
        self
    }

    /// Adds a query parameter; `None` adds nothing.
    pub(crate) fn query<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        if let Err(error) = form::append_named(&mut self.query, name, value) {
            self.refuse(Refusal::new(error.to_string()));
        }
        self
    }

    /// Adds a parameter of any name where this call has its parameters.
    pub(crate) fn extra_param<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        let parameters = match self.operation.method {
            Method::Get | Method::Delete => &mut self.query,
            Method::Post => &mut self.body,
        };
        if name.is_empty() {
            self.refuse(Refusal::new("an extra parameter has no name"));
        } else if let Err(error) = form::append_member(parameters, name, value) {
            self.refuse(Refusal::new(error.to_string()));
        }
        self
    }

    /// Takes a whole path instead of a route.
    pub(crate) fn raw_path(mut self, path: &str) -> Self {
        match path::check(path) {
            Ok(()) => self.path = Cow::Owned(path.to_owned()),
            Err(refusal) => self.refuse(refusal),
        }
        self
    }

    /// Adds the fields of `params` where this call has its parameters.
    pub(crate) fn params<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        let parameters = match self.operation.method {
            Method::Get | Method::Delete => &mut self.query,
            Method::Post => &mut self.body,
        };
        if let Err(error) = form::append(parameters, params) {
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

    pub(crate) fn stripe_context(mut self, context: impl Into<String>) -> Self {
        self.stripe_context = Some(context.into());
        self
    }

    pub(crate) fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        if timeout.is_zero() {
            self.refuse(Refusal::new("the timeout is zero, so that the call would fail"));
        }
        self.timeout = Some(timeout);
        self
    }

    pub(crate) fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// Sends the call, decodes the response as a `T`, and returns what `take` makes of both.
    ///
    /// No `async fn`, because its future would hold the call beside the prepared call. Each layer of futures copies all
    /// that lies below it.
    pub(crate) fn send<T: DeserializeOwned, R>(
        self,
        take: impl FnOnce(T, Answer) -> R + Send,
    ) -> impl Future<Output = Result<R, Error>> + Send {
        let clock = Arc::clone(self.client.clock());
        let operation = self.operation;
        let prepared = self.prepare();
        async move {
            let trace = Trace::begin(operation, &*clock);
            let error = match prepared {
                Ok(ref prepared) => {
                    let mut attempts = Attempts::new(prepared, &trace);
                    loop {
                        let answer = match trace.within(attempts.succeed()).await {
                            Ok(answer) => answer,
                            Err(error) => break error,
                        };
                        let error = match decode(&answer.response) {
                            Ok(value) => {
                                attempts.finish();
                                trace.end(Ok(&answer));
                                return Ok(take(value, answer));
                            }
                            Err(reason) => Error::decode(reason, answer),
                        };
                        // A body that ends in its middle is retried like a connection that broke.
                        if let Err(error) = trace.within(attempts.back_off(error)).await {
                            break error;
                        }
                    }
                }
                Err(error) => error,
            };
            trace.end(Err(&error));
            Err(error)
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refusal.get_or_insert(refusal);
    }

    /// What all attempts have in common. The idempotency key is made here, so that all attempts share it.
    fn prepare(self) -> Result<Prepared, Error> {
        if let Some(refusal) = self.refusal {
            return Err(refusal.into());
        }
        let acting_for = self.acting_for()?;
        let idempotency_key = match (self.operation.method, &self.idempotency_key) {
            (Method::Get | Method::Delete, _) => None,
            (Method::Post, Some(key)) => Some(idempotency_key(key)?),
            (Method::Post, None) => Some(random_key(self.client.random())?),
        };
        Ok(Prepared {
            method: self.operation.method,
            path: self.path,
            query: self.query,
            acting_for,
            idempotency_key,
            body: self.body.into(),
            timeout: self.timeout.unwrap_or_else(|| self.client.timeout()),
            max_retries: self.max_retries.unwrap_or_else(|| self.client.max_retries()),
            client: self.client,
        })
    }

    /// The header that says which account the call acts for, if the call names one.
    fn acting_for(&self) -> Result<Option<(&'static str, HeaderValue)>, Refusal> {
        Ok(match (&self.stripe_account, &self.stripe_context) {
            (None, None) => None,
            (Some(account), None) => Some((header::STRIPE_ACCOUNT, header::account(account)?)),
            (None, Some(context)) => Some((header::STRIPE_CONTEXT, header::context(context)?)),
            (Some(_), Some(_)) => return Err(Refusal::new(header::BOTH_ACCOUNT_AND_CONTEXT)),
        })
    }
}

impl fmt::Debug for Call {
    /// Shows the names of the parameters only, because a value may be personal: the name of a customer, a search.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = [&self.query, &self.body];
        let names =
            parameters.iter().flat_map(|text| form_urlencoded::parse(text.as_bytes())).map(|(name, _)| name);
        f.debug_struct("Call")
            .field("method", &self.operation.method)
            .field("path", &self.path)
            .field("parameters", &names.collect::<Vec<_>>())
            .field("stripe_account", &self.stripe_account)
            .field("stripe_context", &self.stripe_context)
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .field("refusal", &self.refusal)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// The longest idempotency key that Stripe accepts.
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

fn random_key(random: &dyn Random) -> Result<HeaderValue, Error> {
    let bits = random
        .bits()
        .ok_or_else(|| Error::configuration("the machine gives no random numbers for an idempotency key"))?;
    Ok(header::value("the idempotency key", &format!("{bits:032x}"))?)
}
