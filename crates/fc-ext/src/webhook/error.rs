//! Why a webhook was refused.

use std::fmt;
use std::time::Duration;

use fc_types::Timestamp;

/// Why a webhook, or the secret to check it with, was refused.
///
/// Each variant is one check. No text ever holds the secret, the expected signature or anything of the payload but the
/// names of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// The secret cannot be one.
    InvalidSecret(InvalidSecret),
    /// The request has no `Stripe-Signature` header, or an empty one. Stripe always sends it: the request is somebody
    /// else's, or a proxy dropped the header.
    MissingHeader,
    /// The `Stripe-Signature` header does not read `t=…,v1=…`.
    MalformedHeader(MalformedHeader),
    /// The header holds no signature of the scheme `v1`, the only one that counts.
    NoSignature,
    /// No signature fits the body and any of the secrets.
    ///
    /// In this order: the body is not the raw one but was parsed and written anew by a framework; the secret is that of
    /// another endpoint, of the other mode, or of `stripe listen`; the request is forged.
    SignatureMismatch(SignatureMismatch),
    /// The signature is right, but older than the tolerance: it came late, somebody sent it again, or the clock of this
    /// machine is fast.
    TooOld(OutsideTolerance),
    /// The signature is right, but further in the future than the tolerance: the clock of this machine is slow.
    InFuture(OutsideTolerance),
    /// The payload is of another kind than the parser is for.
    UnexpectedPayload(UnexpectedPayload),
    /// The payload is no JSON, or not in the form of its kind.
    Undecodable(UndecodablePayload),
    /// The body of the request could not be read to its end, or is too long.
    UnreadableBody,
}

impl WebhookError {
    /// Whether the request was not shown to come from Stripe. When false, it was, or nothing was asked.
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
            Self::InvalidSecret(_) | Self::UnexpectedPayload(_) | Self::Undecodable(_) => false,
        }
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidSecret(reason) => write!(f, "webhook secret refused: {reason}"),
            Self::MissingHeader => f.write_str("no Stripe-Signature header"),
            Self::MalformedHeader(reason) => write!(f, "malformed Stripe-Signature header: {reason}"),
            Self::NoSignature => f.write_str("the Stripe-Signature header holds no v1 signature"),
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

/// Why a string cannot be a webhook secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// Empty, or nothing but whitespace; most often a variable that is not set.
    Blank,
    /// It holds whitespace or another character that no secret has; most often a line break from a file.
    Whitespace {
        /// Where, in bytes from the start.
        at: usize,
    },
    /// It does not begin with `whsec_`, or ends there. API keys and ids of endpoints are no secrets of endpoints.
    Prefix,
}

impl fmt::Display for InvalidSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("it is blank"),
            Self::Whitespace { at } => write!(
                f,
                "it holds a space, a line break or another character that no secret has, at byte {at}; trim it"
            ),
            Self::Prefix => f.write_str(
                "it does not begin with `whsec_`; take the signing secret of the webhook endpoint",
            ),
        }
    }
}

impl From<InvalidSecret> for WebhookError {
    fn from(reason: InvalidSecret) -> Self {
        Self::InvalidSecret(reason)
    }
}

/// What is wrong with a `Stripe-Signature` header.
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

/// What was compared when no signature fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureMismatch {
    signatures: usize,
    secrets: usize,
}

impl SignatureMismatch {
    pub(super) const fn new(signatures: usize, secrets: usize) -> Self {
        Self { signatures, secrets }
    }

    /// How many `v1` signatures the header holds.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.signatures
    }

    /// How many secrets were tried.
    #[must_use]
    pub fn secrets(&self) -> usize {
        self.secrets
    }
}

impl fmt::Display for SignatureMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "none of the v1 signatures ({}) fits the body and any of the secrets ({}); check that the body is the raw \
             one and that the secret is this endpoint's",
            self.signatures, self.secrets
        )
    }
}

/// When a webhook was signed, that the tolerance did not cover.
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

    /// When the webhook was signed, by Stripe's clock.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// When it was checked, by the caller's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How far apart the two may be.
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

/// A kind of payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayloadKind {
    /// An event with its object: [`WebhookEvent`](super::WebhookEvent).
    Snapshot,
    /// A notification that only refers to its object: [`ThinEvent`](super::ThinEvent).
    Thin,
    /// The envelope of Amazon EventBridge or Azure Event Grid around one of the two:
    /// [`open_envelope`](super::open_envelope).
    Envelope,
    /// Some other JSON.
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

/// The kinds of payload that were expected and found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnexpectedPayload {
    expected: PayloadKind,
    found: PayloadKind,
}

impl UnexpectedPayload {
    pub(super) const fn new(expected: PayloadKind, found: PayloadKind) -> Self {
        Self { expected, found }
    }

    /// The kind that the parser is for.
    #[must_use]
    pub fn expected(&self) -> PayloadKind {
        self.expected
    }

    /// The kind that came.
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
            PayloadKind::Envelope => "; take the event out with `open_envelope`",
            PayloadKind::Other => "",
        })
    }
}

impl From<UnexpectedPayload> for WebhookError {
    fn from(facts: UnexpectedPayload) -> Self {
        Self::UnexpectedPayload(facts)
    }
}

/// Where and why JSON is not in the form it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndecodablePayload {
    path: String,
    reason: String,
}

impl UndecodablePayload {
    pub(super) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// The JSON path, such as `data.object`; empty when the payload as a whole is at fault.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there. Values are not repeated.
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
