//! One call: what generated requests fill in, and how it is sent.

use std::borrow::Cow;
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
use crate::trace::Trace;
use crate::{Client, Error, Random, form, header, path, send};

/// A call being put together.
///
/// Bad input does not interrupt that: the first refusal is kept and surfaces when the call is sent.
#[derive(Clone, Debug)]
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
    pub(crate) fn query<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        if let Err(error) = form::append_named(&mut self.query, name, value) {
            self.refuse(Refusal::new(error.to_string()));
        }
        self
    }

    /// Adds a parameter of any name where this call has its parameters.
    pub(crate) fn extra_param<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        let parameters = match self.operation.method {
            Method::Get => &mut self.query,
            Method::Post => &mut self.body,
        };
        if name.is_empty() {
            self.refuse(Refusal::new("an extra parameter has no name"));
        } else if let Err(error) = form::append_member(parameters, name, value) {
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

    /// Sends the call, reads the answer as a `T`, and gives what `take` makes of both.
    ///
    /// No `async fn`: its future would hold the call beside what becomes of it, and every layer of futures is one more
    /// copy of all that lies below.
    pub(crate) fn send<T: DeserializeOwned, R>(
        self,
        take: impl FnOnce(T, Answer) -> R + Send,
    ) -> impl Future<Output = Result<R, Error>> + Send {
        let clock = Arc::clone(self.client.clock());
        let operation = self.operation;
        let prepared = self.prepare();
        async move {
            let trace = Trace::begin(operation, &*clock);
            let answer = match prepared {
                Ok(ref prepared) => trace.within(send::send(prepared, &trace)).await,
                Err(error) => Err(error),
            };
            let error = match answer {
                Ok(answer) => match decode(&answer.response.body) {
                    Ok(value) => {
                        trace.end(Ok(&answer));
                        return Ok(take(value, answer));
                    }
                    Err(reason) => Error::decode(reason, answer),
                },
                Err(error) => error,
            };
            trace.end(Err(&error));
            Err(error)
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refusal.get_or_insert(refusal);
    }

    /// What all attempts have in common. An idempotency key is made here, so each of them has the same.
    fn prepare(self) -> Result<Prepared, Error> {
        if let Some(refusal) = self.refusal {
            return Err(refusal.into());
        }
        let acting_for = self.acting_for()?;
        let idempotency_key = match (self.operation.method, &self.idempotency_key) {
            (Method::Get, _) => None,
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

    /// The header that says whom the call acts for, if that is another than the client does.
    fn acting_for(&self) -> Result<Option<(&'static str, HeaderValue)>, Refusal> {
        Ok(match (&self.stripe_account, &self.stripe_context) {
            (None, None) => None,
            (Some(account), None) => Some((header::STRIPE_ACCOUNT, header::account(account)?)),
            (None, Some(context)) => Some((header::STRIPE_CONTEXT, header::context(context)?)),
            (Some(_), Some(_)) => return Err(Refusal::new(header::BOTH_ACCOUNT_AND_CONTEXT)),
        })
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

fn random_key(random: &dyn Random) -> Result<HeaderValue, Error> {
    let bits = random
        .bits()
        .ok_or_else(|| Error::configuration("the machine gives no random numbers for an idempotency key"))?;
    Ok(header::value("the idempotency key", &format!("{bits:032x}"))?)
}
