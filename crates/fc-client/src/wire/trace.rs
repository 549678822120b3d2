//! What calls tell `tracing`.
