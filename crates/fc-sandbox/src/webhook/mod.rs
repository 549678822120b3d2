//! Delivery of events to webhook endpoints.

pub(crate) mod address;
pub(crate) mod attempt;
pub(crate) mod client;
pub(crate) mod dispatcher;
pub(crate) mod resend;
pub(crate) mod signature;
