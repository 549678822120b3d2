//! Operations of the API. Each generated request names one.

/// An operation of the API, as the spec states it.
#[derive(Debug)]
pub(crate) struct Operation {
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "only spans use it"))]
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// Route with its placeholders in braces.
    pub(crate) path: &'static str,
}

/// The HTTP methods of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "Stripe's v1 API has these three")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, changes and acts. Every POST carries an idempotency key.
    Post,
    /// Deletes.
    Delete,
}
