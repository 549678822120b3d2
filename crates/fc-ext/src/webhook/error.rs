//! Errors of webhooks.

use std::fmt;
use std::time::Duration;

use fc_types::Timestamp;

/// Error of a rejected webhook or of a rejected secret.
///
/// Each variant is one check. No text holds the secret, the expected signature or a value of the payload; names of fields
/// may occur.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// The secret is not valid.
    InvalidSecret(InvalidSecret),
    /// Nothing here computes an HMAC-SHA256: the feature `ring` is off, and the program has installed no TLS provider.
    NoProvider,
    /// The request has no `Stripe-Signature` header, or an empty one. Stripe always sends it, so the request comes from
    /// elsewhere, or a proxy dropped the header.
    MissingHeader,
    /// The `Stripe-Signature` header does not read `t=…,v1=…`.
    MalformedHeader(MalformedHeader),
    /// The header has no signature of the scheme `v1`, the only valid one.
    NoSignature,
    /// No signature matches the body and any of the secrets.
    ///
    /// The likely causes, in this order: a framework parsed and re-encoded the body; the secret belongs to another endpoint,
    /// to the other mode or to `stripe listen`; the request is forged.
    SignatureMismatch(SignatureMismatch),
    /// The signature is valid but older than the tolerance. The delivery was late, it was replayed, or the clock of this
    /// machine is fast.
    TooOld(OutsideTolerance),
    /// The signature is valid but further in the future than the tolerance. The clock of this machine is slow.
    InFuture(OutsideTolerance),
    /// The payload has another kind than the parser expects.
    UnexpectedPayload(UnexpectedPayload),
    /// The payload is not JSON, or does not have the form of its kind.
    Undecodable(UndecodablePayload),
    /// The body of the request could not be read to the end, or is too long.
    UnreadableBody,
}

impl WebhookError {
    /// Whether the request failed verification. False for errors in a verified request, and for errors without a request.
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        match self {
            Self::MissingHeader
            | Self::MalformedHeader(_)
            | Self::NoSignature
            | Self::SignatureMismatch(_)
            | Self::TooOld(_)
            | Self::InFuture(_)
            | Self::UnreadableBody => true,
            Self::InvalidSecret(_) | Self::NoProvider | Self::UnexpectedPayload(_) | Self::Undecodable(_) => {
                false
            }
        }
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidSecret(reason) => write!(f, "webhook secret rejected: {reason}"),
            Self::NoProvider => f.write_str(
                "no TLS provider to check signatures with: install one at the start of the program, or turn on the feature `ring`",
            ),
            Self::MissingHeader => f.write_str("no Stripe-Signature header"),
            Self::MalformedHeader(reason) => write!(f, "malformed Stripe-Signature header: {reason}"),
            Self::NoSignature => f.write_str("the Stripe-Signature header has no v1 signature"),
            Self::SignatureMismatch(facts) => write!(f, "signature mismatch: {facts}"),
            Self::TooOld(facts) => write!(f, "signed too long ago: {facts}"),
            Self::InFuture(facts) => write!(f, "signed in the future: {facts}"),
            Self::UnexpectedPayload(facts) => write!(f, "another kind of payload: {facts}"),
            Self::Undecodable(reason) => write!(f, "unreadable payload: {reason}"),
            Self::UnreadableBody => f.write_str("the body of the request could not be read"),
        }
    }
}

impl std::error::Error for WebhookError {}

/// Reason why a string is not a webhook secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// It is empty or only whitespace. The usual cause is a variable that is not set.
    Blank,
    /// It has whitespace or another character that no secret has. The usual cause is a line break from a file.
    Whitespace {
        /// Offset in bytes.
        at: usize,
    },
    /// It does not start with `whsec_`, or ends after it. API keys and endpoint ids are not signing secrets.
    Prefix,
}

impl fmt::Display for InvalidSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("it is blank"),
            Self::Whitespace { at } => write!(
                f,
                "it has a space, a line break or another character that no secret has, at byte {at}; trim it"
            ),
            Self::Prefix => {
                f.write_str("it does not start with `whsec_`; use the signing secret of the webhook endpoint")
            }
        }
    }
}

impl From<InvalidSecret> for WebhookError {
    fn from(reason: InvalidSecret) -> Self {
        Self::InvalidSecret(reason)
    }
}

/// Fault of a `Stripe-Signature` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedHeader(&'static str);

impl MalformedHeader {
    pub(super) const fn new(reason: &'static str) -> Self {
        Self(reason)
    }
}

impl fmt::Display for MalformedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<MalformedHeader> for WebhookError {
    fn from(reason: MalformedHeader) -> Self {
        Self::MalformedHeader(reason)
    }
}

/// What was compared when no signature matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureMismatch {
    signatures: usize,
    secrets: usize,
}

impl SignatureMismatch {
    pub(super) const fn new(signatures: usize, secrets: usize) -> Self {
        Self { signatures, secrets }
    }

    /// Number of `v1` signatures in the header.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.signatures
    }

    /// Number of secrets that were tried.
    #[must_use]
    pub fn secrets(&self) -> usize {
        self.secrets
    }
}

impl fmt::Display for SignatureMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "none of the v1 signatures ({}) matches the body and any of the secrets ({}); check that the body is the raw \
             one and that the secret belongs to this endpoint",
            self.signatures, self.secrets
        )
    }
}

/// Signing time outside the tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutsideTolerance {
    signed_at: Timestamp,
    now: Timestamp,
    tolerance: Duration,
}

impl OutsideTolerance {
    pub(super) const fn new(signed_at: Timestamp, now: Timestamp, tolerance: Duration) -> Self {
        Self { signed_at, now, tolerance }
    }

    /// Signing time, by Stripe's clock.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Time of the check, by the caller's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Largest allowed difference.
    #[must_use]
    pub fn tolerance(&self) -> Duration {
        self.tolerance
    }
}

impl fmt::Display for OutsideTolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} s from now, tolerance {} s; check the clock of this machine",
            self.now.as_secs().abs_diff(self.signed_at.as_secs()),
            self.tolerance.as_secs()
        )
    }
}

/// Kind of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayloadKind {
    /// Event with its object: [`WebhookEvent`](super::WebhookEvent).
    Snapshot,
    /// Notification that refers to its object: [`ThinEvent`](super::ThinEvent).
    Thin,
    /// Envelope of Amazon EventBridge or Azure Event Grid around one of the two:
    /// [`open_envelope`](super::open_envelope).
    Envelope,
    /// Other JSON.
    Other,
}

impl fmt::Display for PayloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Snapshot => "a snapshot event (`object` is `event`)",
            Self::Thin => "a thin event (`object` is `v2.core.event`)",
            Self::Envelope => "an EventBridge or Event Grid envelope",
            Self::Other => "no event",
        })
    }
}

/// Kinds of payload that were expected and found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnexpectedPayload {
    expected: PayloadKind,
    found: PayloadKind,
}

impl UnexpectedPayload {
    pub(super) const fn new(expected: PayloadKind, found: PayloadKind) -> Self {
        Self { expected, found }
    }

    /// Kind that the parser expects.
    #[must_use]
    pub fn expected(&self) -> PayloadKind {
        self.expected
    }

    /// Kind of the payload.
    #[must_use]
    pub fn found(&self) -> PayloadKind {
        self.found
    }
}

impl fmt::Display for UnexpectedPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)?;
        f.write_str(match self.found {
            PayloadKind::Snapshot => "; parse it as a `WebhookEvent`",
            PayloadKind::Thin => "; parse it as a `ThinEvent`, or set the endpoint to snapshot payloads",
            PayloadKind::Envelope => "; unwrap the event with `open_envelope`",
            PayloadKind::Other => "",
        })
    }
}

impl From<UnexpectedPayload> for WebhookError {
    fn from(facts: UnexpectedPayload) -> Self {
        Self::UnexpectedPayload(facts)
    }
}

/// Place and reason of a decoding error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndecodablePayload {
    path: String,
    reason: String,
}

impl UndecodablePayload {
    pub(crate) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// JSON path, such as `data.object`; empty for the payload as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reason. It does not repeat values.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for UndecodablePayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        if !self.path.is_empty() {
            write!(f, " at `{}`", self.path)?;
        }
        Ok(())
    }
}

impl From<UndecodablePayload> for WebhookError {
    fn from(reason: UndecodablePayload) -> Self {
        Self::Undecodable(reason)
    }
}
