//! A response before it is decoded.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// A response as received, with any status.
#[derive(Clone)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A successful response and the number of the attempt that got it.
pub(crate) struct Answer {
    pub(crate) response: RawResponse,
    pub(crate) attempts: u32,
}
