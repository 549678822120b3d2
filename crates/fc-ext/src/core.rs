//! Objects of Stripe's core API without which no flow works: customers, events, webhook endpoints.
//!
//! The generated client has the operations of Financial Connections only. These use its
//! [`raw_call`](fc_client::Client::raw_call), so they have the same retries, idempotency keys and errors.

#[macro_use]
mod request;

mod customer;
mod event;
mod fields;
mod webhook_endpoint;

pub use self::customer::{CreateCustomer, Customer, Customers, RetrieveCustomer};
pub use self::event::{Events, ListEvents, RetrieveEvent};
pub use self::webhook_endpoint::{
    CreateWebhookEndpoint, DeleteWebhookEndpoint, EndpointSecret, ListWebhookEndpoints,
    RetrieveWebhookEndpoint, WebhookEndpoint, WebhookEndpoints,
};
