//! Customers: the holders of most linked accounts.

use std::collections::BTreeMap;
use std::fmt;

use fc_client::{Client, Error, Method, RawCall};
use fc_types::{CustomerId, Extra, Timestamp};
use serde_json::Value;

use super::fields::Fields;
use crate::encoded::Encoded;

/// A customer: the fields that linking needs. All other fields are in `extra`.
///
/// `Debug` shows the id only, because the other fields are personal data.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Customer {
    /// Id (`cus_…`).
    pub id: CustomerId,
    /// When Stripe created it.
    pub created: Timestamp,
    /// Description for the merchant.
    pub description: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Whether it exists in live mode.
    pub livemode: bool,
    /// Keys and values of the merchant.
    pub metadata: BTreeMap<String, String>,
    /// Full name.
    pub name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// All other fields, as received.
    pub extra: Extra,
}

impl Customer {
    fn decode(value: Value) -> Result<Self, Error> {
        let mut fields = Fields::new("customer", value)?;
        Ok(Self {
            id: CustomerId::unchecked(fields.required_text("id")?),
            created: fields.time("created")?,
            description: fields.text("description")?,
            email: fields.text("email")?,
            livemode: fields.flag("livemode")?,
            metadata: fields.metadata()?,
            name: fields.text("name")?,
            phone: fields.text("phone")?,
            extra: fields.rest(),
        })
    }
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Calls on customers; from [`FinancialConnections::customers`](crate::FinancialConnections::customers).
#[derive(Clone, Copy, Debug)]
pub struct Customers<'a> {
    client: &'a Client,
}

impl<'a> Customers<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Creates a customer (`POST /v1/customers`).
    ///
    /// ```no_run
    /// # async fn run(fc: fc_ext::FinancialConnections) -> Result<(), fc_ext::Error> {
    /// let jane = fc.customers().create().name("Jane Smith").email("jane@example.com").send().await?;
    /// let session = fc.sessions().create(&jane.id, fc_ext::Permission::Balances).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn create(self) -> CreateCustomer {
        CreateCustomer(self.client.raw_call(Method::Post, "/v1/customers"))
    }

    /// Retrieves a customer (`GET /v1/customers/{id}`).
    pub fn retrieve(self, customer: impl Into<CustomerId>) -> RetrieveCustomer {
        let path = format!("/v1/customers/{}", Encoded(customer.into().as_str()));
        RetrieveCustomer(self.client.raw_call(Method::Get, &path))
    }
}

/// Request that creates a customer; from [`Customers::create`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct CreateCustomer(RawCall);

raw_request!(CreateCustomer with idempotency key);

impl CreateCustomer {
    /// Full name.
    pub fn name(self, name: &str) -> Self {
        self.extra_param("name", name)
    }

    /// Email address.
    pub fn email(self, email: &str) -> Self {
        self.extra_param("email", email)
    }

    /// Phone number.
    pub fn phone(self, phone: &str) -> Self {
        self.extra_param("phone", phone)
    }

    /// Description for the merchant.
    pub fn description(self, description: &str) -> Self {
        self.extra_param("description", description)
    }

    /// One key and value of the merchant, for example an id in your database.
    pub fn metadata(self, key: &str, value: &str) -> Self {
        self.extra_param(&format!("metadata[{key}]"), value)
    }

    /// Creates the customer.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind.
    ///
    /// # Cancel safety
    ///
    /// After dropping the future, the customer may exist. Set an [`idempotency_key`](Self::idempotency_key) to repeat the
    /// call.
    pub async fn send(self) -> Result<Customer, Error> {
        Customer::decode(self.0.send().await?)
    }
}

/// Request that retrieves a customer; from [`Customers::retrieve`].
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RetrieveCustomer(RawCall);

raw_request!(RetrieveCustomer);

impl RetrieveCustomer {
    /// Retrieves the customer.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind. Of kind `Decode` for a deleted customer, which has no fields but its id.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the call changes nothing.
    pub async fn send(self) -> Result<Customer, Error> {
        Customer::decode(self.0.send().await?)
    }
}
