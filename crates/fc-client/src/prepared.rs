//! A call on its way: what its attempts share, and the HTTP request of each.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};

use crate::operation::Method;
use crate::{Client, header};

/// A call that was found good: everything that its attempts share.
pub(crate) struct Prepared {
    pub(crate) client: Client,
    pub(crate) method: Method,
    pub(crate) path: Cow<'static, str>,
    pub(crate) query: String,
    pub(crate) acting_for: Option<(&'static str, HeaderValue)>,
    pub(crate) idempotency_key: Option<HeaderValue>,
    pub(crate) body: Bytes,
    /// How long the call may take, all attempts together.
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u32,
}

impl Prepared {
    /// The HTTP request of one attempt.
    pub(crate) fn request(&self) -> reqwest::Request {
        let method = match self.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let url = self.client.base_url().join(&self.path, &self.query);
        let mut request = reqwest::Request::new(method, url);
        let headers = request.headers_mut();
        headers.clone_from(self.client.headers());
        if let Some((name, value)) = &self.acting_for {
            // Account and context say the same thing in two ways, so one replaces the other.
            headers.remove(header::STRIPE_ACCOUNT);
            headers.remove(header::STRIPE_CONTEXT);
            headers.insert(*name, value.clone());
        }
        if let Some(key) = &self.idempotency_key {
            headers.insert(header::IDEMPOTENCY_KEY, key.clone());
        }
        if self.method == Method::Post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            if self.body.is_empty() {
                // hyper leaves the length of an empty body out, and some proxies then answer 411.
                headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
            } else {
                *request.body_mut() = Some(self.body.clone().into());
            }
        }
        request
    }
}
