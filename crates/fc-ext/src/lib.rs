//! Ergonomics for Stripe Financial Connections.
