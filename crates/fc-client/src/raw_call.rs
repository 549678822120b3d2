//! Calls of operations that this crate has no method for.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;
use crate::operation::{Method, Operation};
use crate::{Client, Error, Response};

impl Client {
    /// Begins a call of any operation, by method and path.
    ///
    /// It has the key, retries, idempotency, deadline and errors of every other call.
    ///
    /// ```no_run
    /// use fc_client::{Client, Method};
    ///
    /// # async fn customer(client: Client) -> Result<(), fc_client::Error> {
    /// let call = client.raw_call(Method::Post, "/v1/customers").form(&[("email", "jane@example.com")]);
    /// let customer = call.send().await?;
    /// println!("{}", customer["id"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `path` begins with a slash and has no query. An id that comes from outside goes into it percent-encoded. A path that
    /// no operation can have is refused when the call is sent.
    pub fn raw_call(&self, method: Method, path: &str) -> RawCall {
        RawCall { call: Call::new(self, operation(method)).raw_path(path) }
    }
}

fn operation(method: Method) -> &'static Operation {
    const ID: &str = "raw_call";
    match method {
        Method::Get => &Operation { id: ID, method: Method::Get, path: "" },
        Method::Post => &Operation { id: ID, method: Method::Post, path: "" },
        Method::Delete => &Operation { id: ID, method: Method::Delete, path: "" },
    }
}

/// A call begun by [`Client::raw_call`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RawCall {
    call: Call,
}

impl RawCall {
    /// Adds the fields of a struct or a map to the body of a POST. With another method they go into the query.
    pub fn form(mut self, params: &(impl Serialize + ?Sized)) -> Self {
        self.call = self.call.params(params);
        self
    }

    /// Adds a parameter to the query. `name` may hold brackets, as in `created[gte]`.
    pub fn query(mut self, name: &str, value: impl Serialize) -> Self {
        self.call = self.call.query(name, &value);
        self
    }

    fn into_call(self) -> Call {
        self.call
    }

    /// Sends the call and decodes the response as a `T`.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send).
    pub fn send_as<T: DeserializeOwned>(self) -> impl Future<Output = Result<T, Error>> + Send {
        self.call.send(|value, _| value)
    }

    /// Sends the call and decodes the response as a `T`, with the metadata of the response.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send).
    pub fn send_response_as<T: DeserializeOwned>(
        self,
    ) -> impl Future<Output = Result<Response<T>, Error>> + Send {
        self.call.send(Response::new)
    }
}

request!(RawCall -> Value, post);
