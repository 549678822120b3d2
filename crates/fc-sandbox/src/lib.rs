//! A stateful sandbox of the Stripe Financial Connections API.
