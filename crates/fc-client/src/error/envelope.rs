//! Stripe's error envelope.

use fc_types::ErrorCode;
use serde_json::Value;

/// The members of Stripe's error envelope that callers need.
pub(crate) struct Envelope {
    pub(crate) type_: Option<String>,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) doc_url: Option<String>,
    pub(crate) request_log_url: Option<String>,
}

impl Envelope {
    /// Reads the envelope member by member, so that an odd member does not hide the others.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let envelope: Value = serde_json::from_slice(body).ok()?;
        let error = envelope.get("error")?.as_object()?;
        let text = |name: &str| error.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            type_: text("type"),
            code: text("code").map(|code| code.as_str().into()),
            message: text("message"),
            param: text("param"),
            doc_url: text("doc_url"),
            request_log_url: text("request_log_url"),
        })
    }
}
