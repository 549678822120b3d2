//! The operations of the API; the generated requests name one each.

/// An operation of the API, as the spec states it.
#[derive(Debug)]
pub(crate) struct Operation {
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "only spans tell it"))]
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// Route with its placeholders in braces.
    pub(crate) path: &'static str,
}

/// The HTTP methods of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}
