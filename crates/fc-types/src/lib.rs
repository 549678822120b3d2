//! Models of the Stripe Financial Connections API.
