//! A checked call: what its attempts share, and the HTTP request of each.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};

use crate::operation::Method;
use crate::{Client, header};

/// A checked call: everything that its attempts share.
pub(crate) struct Prepared {
    pub(crate) client: Client,
    pub(crate) method: Method,
    pub(crate) path: Cow<'static, str>,
    pub(crate) query: String,
    pub(crate) acting_for: Option<(&'static str, HeaderValue)>,
    pub(crate) idempotency_key: Option<HeaderValue>,
    pub(crate) body: Bytes,
    /// The deadline of the call, counted from its start.
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u32,
}

impl Prepared {
    /// The HTTP request of one attempt, without its body.
    pub(crate) fn request(&self) -> reqwest::Request {
        let method = match self.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let url = self.client.base_url().join(&self.path, &self.query);
        let mut request = reqwest::Request::new(method, url);
        let headers = request.headers_mut();
        headers.clone_from(self.client.headers());
        if let Some((name, value)) = &self.acting_for {
            // Account and context name the same thing in two ways, so that one replaces the other.
            headers.remove(header::STRIPE_ACCOUNT);
            headers.remove(header::STRIPE_CONTEXT);
            headers.insert(*name, value.clone());
        }
        if let Some(key) = &self.idempotency_key {
            headers.insert(header::IDEMPOTENCY_KEY, key.clone());
        }
        if self.method == Method::Post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        request
    }
}
