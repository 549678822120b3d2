//! HTTP client of the Stripe Financial Connections API.
