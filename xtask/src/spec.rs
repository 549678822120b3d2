//! What Stripe publishes: a spec, where it comes from, and which one is pinned.

pub mod document;
pub mod fetch;
pub mod provenance;
pub mod sdk;
pub mod source;
