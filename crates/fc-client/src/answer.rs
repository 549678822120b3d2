//! What came back, before anyone has read it.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// An answer as it came, whatever its status.
#[derive(Clone)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A successful answer and the number of the attempt that had it.
pub(crate) struct Answer {
    pub(crate) response: RawResponse,
    pub(crate) attempts: u32,
}
