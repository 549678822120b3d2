//! Verifier of signatures: a webhook comes from Stripe and is recent.

use std::time::Duration;

use fc_types::Timestamp;
use subtle::ConstantTimeEq;

use super::error::{OutsideTolerance, SignatureMismatch, WebhookError};
use super::event::WebhookEvent;
use super::header::SignatureHeader;
use super::secret::Secret;
use super::thin::ThinEvent;

/// Verifier of the `Stripe-Signature` of webhooks.
///
/// Create it once and keep it: each [`Secret`] derives its key when it is created.
///
/// ```
/// use std::time::Duration;
/// use fc_ext::types::Timestamp;
/// use fc_ext::webhook::{Secret, Verifier, WebhookError};
///
/// // While a secret is rolled, Stripe signs with both. Add the new one before the roll, and remove the old one when
/// // `Verified::secret` is no longer 1.
/// let verifier = Verifier::new(Secret::new("whsec_new")?)
///     .with_secret(Secret::new("whsec_old")?)
///     .with_tolerance(Duration::from_secs(60));
///
/// let error = verifier.verify("{}", "t=1700000000,v1=00", Timestamp::now()).unwrap_err();
/// assert!(matches!(error, WebhookError::SignatureMismatch(_)));
/// # Ok::<(), WebhookError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    secrets: Vec<Secret>,
    past: Duration,
    future: Duration,
}

/// Facts about a webhook whose signature is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Signing time, by Stripe's clock.
    pub signed_at: Timestamp,
    /// Index of the matching secret, in the order in which the [`Verifier`] got them, from 0.
    pub secret: usize,
}

impl Verifier {
    /// Default tolerance between the signing time and now: 300 s, as in Stripe's SDKs. Those check the past only; this
    /// verifier checks past and future.
    pub const TOLERANCE: Duration = Duration::from_secs(300);

    /// Verifies with one secret and the default [tolerance](Verifier::TOLERANCE) for past and future.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self { secrets: vec![secret], past: Self::TOLERANCE, future: Self::TOLERANCE }
    }

    /// Also accepts signatures of another secret.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Sets the tolerance for past and future, in whole seconds.
    ///
    /// Zero accepts the same second only. [`without_time_check`](Verifier::without_time_check) turns the check off.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Duration) -> Self {
        self.with_past_tolerance(tolerance).with_future_tolerance(tolerance)
    }

    /// Sets the tolerance for the past. It limits how long a recorded request can be replayed.
    #[must_use]
    pub fn with_past_tolerance(mut self, tolerance: Duration) -> Self {
        self.past = tolerance;
        self
    }

    /// Sets the tolerance for the future, which is how slow the clock of this machine may be.
    #[must_use]
    pub fn with_future_tolerance(mut self, tolerance: Duration) -> Self {
        self.future = tolerance;
        self
    }

    /// Accepts any signing time, for bodies from a queue or a recording. An intercepted request can then be replayed at any
    /// time.
    #[must_use]
    pub fn without_time_check(self) -> Self {
        self.with_tolerance(Duration::MAX)
    }

    /// Verifies a request without parsing its body.
    ///
    /// `body` is the raw body, `header` is the value of `Stripe-Signature`, and `now` is [`Timestamp::now`].
    ///
    /// The signature is checked before the time, because an unsigned time proves nothing. So an error about the time means
    /// that the signature is valid, and that a clock, a delay or a replay is the cause.
    ///
    /// # Errors
    ///
    /// The first check that fails, in this order: [`MissingHeader`](WebhookError::MissingHeader),
    /// [`MalformedHeader`](WebhookError::MalformedHeader), [`NoSignature`](WebhookError::NoSignature),
    /// [`SignatureMismatch`](WebhookError::SignatureMismatch), [`TooOld`](WebhookError::TooOld) or
    /// [`InFuture`](WebhookError::InFuture).
    pub fn verify(
        &self,
        body: impl AsRef<[u8]>,
        header: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Result<Verified, WebhookError> {
        let header = SignatureHeader::parse(header.as_ref())?;
        let secret = self.matching_secret(&header, body.as_ref()).ok_or(WebhookError::SignatureMismatch(
            SignatureMismatch::new(header.signature_count, self.secrets.len()),
        ))?;
        self.check_time(header.signed_at, now)?;
        Ok(Verified { signed_at: header.signed_at, secret })
    }

    /// Verifies a request and parses its snapshot payload.
    ///
    /// # Errors
    ///
    /// As [`verify`](Verifier::verify), then as [`WebhookEvent::parse`].
    pub fn event(
        &self,
        body: impl AsRef<[u8]>,
        header: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Result<WebhookEvent, WebhookError> {
        self.verify(&body, header, now)?;
        WebhookEvent::parse(body)
    }

    /// Verifies a request and parses its thin payload.
    ///
    /// # Errors
    ///
    /// As [`verify`](Verifier::verify), then as [`ThinEvent::parse`].
    pub fn thin_event(
        &self,
        body: impl AsRef<[u8]>,
        header: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Result<ThinEvent, WebhookError> {
        self.verify(&body, header, now)?;
        ThinEvent::parse(body)
    }

    /// Index of the secret that matches. The body is hashed once for each secret, not for each signature.
    fn matching_secret(&self, header: &SignatureHeader<'_>, body: &[u8]) -> Option<usize> {
        self.secrets.iter().position(|secret| {
            let tag = secret.tag(header.signed_at_text, body);
            header.signatures().any(|signature| bool::from(signature.as_slice().ct_eq(tag.as_ref())))
        })
    }

    fn check_time(&self, signed_at: Timestamp, now: Timestamp) -> Result<(), WebhookError> {
        if now.saturating_since(signed_at) > self.past {
            return Err(WebhookError::TooOld(OutsideTolerance::new(signed_at, now, self.past)));
        }
        if signed_at.saturating_since(now) > self.future {
            return Err(WebhookError::InFuture(OutsideTolerance::new(signed_at, now, self.future)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::signer::Signer;
    use super::super::testing::{NOW, SNAPSHOT, THIN, next_secret, secret};
    use super::*;

    /// Computed with Python's standard library, not with this crate:
    /// `hmac.new(secret, f"{t}.".encode() + body, "sha256").hexdigest()`.
    const SIGNED_SNAPSHOT: &str =
        "t=1681422301,v1=9b988923c1cb28a9418e876aa21fc323fdb9bc754966e65d5532de8a72a6f99a";
    const SIGNED_SNAPSHOT_BY_NEXT: &str =
        "t=1681422301,v1=e0d7f061a0dbad54ab825bfa966c9b3d5541327df1c4f30e2a73a3a8e201268d";
    const SIGNED_NOTHING: &str =
        "t=1681422301,v1=e74c5e85f5f2f3430aa34dd8efe6a22550aad0e43f4eae2f18179bc4b11dd520";
    const SIGNED_ALL_BYTES_AT_0: &str =
        "t=0,v1=0a72e3b615b615f1d76bb65f9aa82beb536370718066d9bed1b29532eefad74c";

    fn verifier() -> Verifier {
        Verifier::new(secret())
    }

    fn is_mismatch(result: Result<Verified, WebhookError>) -> bool {
        matches!(result, Err(WebhookError::SignatureMismatch(_)))
    }

    #[test]
    fn signatures_computed_with_python_verify_and_ours_equal_them() {
        let all_bytes: Vec<u8> = (0..=255).collect();
        for (body, header, at) in [
            (SNAPSHOT.as_bytes(), SIGNED_SNAPSHOT, NOW),
            (b"", SIGNED_NOTHING, NOW),
            (&all_bytes, SIGNED_ALL_BYTES_AT_0, Timestamp::from_secs(0)),
        ] {
            assert_eq!(verifier().verify(body, header, at), Ok(Verified { signed_at: at, secret: 0 }));
            assert_eq!(Signer::new(secret()).sign(body, at), header);
        }
    }

    #[test]
    fn a_change_of_any_byte_of_the_body_is_detected() {
        let mut body = SNAPSHOT.as_bytes().to_vec();
        for at in 0..body.len() {
            body[at] ^= 1;
            assert!(is_mismatch(verifier().verify(&body, SIGNED_SNAPSHOT, NOW)), "byte {at}");
            body[at] ^= 1;
        }
        assert!(is_mismatch(verifier().verify(&body[1..], SIGNED_SNAPSHOT, NOW)));
        assert!(is_mismatch(verifier().verify(&body[..body.len() - 1], SIGNED_SNAPSHOT, NOW)));
        body.push(b'\n');
        assert!(is_mismatch(verifier().verify(&body, SIGNED_SNAPSHOT, NOW)));
    }

    #[test]
    fn a_change_of_any_bit_of_the_header_is_detected() {
        // Without the time check, so that the signature alone detects a changed time.
        let verifier = verifier().without_time_check();
        let mut header = SIGNED_SNAPSHOT.as_bytes().to_vec();
        for at in 0..header.len() {
            for bit in 0..8 {
                header[at] ^= 1 << bit;
                assert!(verifier.verify(SNAPSHOT, &header, NOW).is_err(), "byte {at}, bit {bit}");
                header[at] ^= 1 << bit;
            }
        }
        for cut in 0..header.len() {
            assert!(verifier.verify(SNAPSHOT, &header[..cut], NOW).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_body_that_was_parsed_and_re_encoded_does_not_match() {
        let re_encoded = serde_json::from_str::<serde_json::Value>(SNAPSHOT).unwrap().to_string();
        assert!(is_mismatch(verifier().verify(re_encoded, SIGNED_SNAPSHOT, NOW)));
    }

    #[test]
    fn any_of_several_signatures_matches_in_any_order() {
        let (_, right) = SIGNED_SNAPSHOT.split_once(',').unwrap();
        let wrong = format!("v1={}", "ab".repeat(32));
        for items in [
            ["t=1681422301", right, &wrong],
            ["t=1681422301", &wrong, right],
            [&wrong, right, "t=1681422301"],
            [right, "v1=not-hex", "t=1681422301"],
            ["v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39", "t=1681422301", right],
        ] {
            assert!(verifier().verify(SNAPSHOT, items.join(","), NOW).is_ok(), "{items:?}");
        }
        let error = verifier().verify(SNAPSHOT, format!("t=1681422301,{wrong},{wrong}"), NOW).unwrap_err();
        let WebhookError::SignatureMismatch(facts) = error else { panic!("{error}") };
        assert_eq!((facts.signatures(), facts.secrets()), (2, 1));
    }

    #[test]
    fn a_valid_signature_of_another_scheme_is_ignored() {
        let header = SIGNED_SNAPSHOT.replace("v1=", "v0=");
        assert_eq!(verifier().verify(SNAPSHOT, header, NOW), Err(WebhookError::NoSignature));
    }

    #[test]
    fn a_rolled_secret_is_accepted_before_during_and_after_the_roll() {
        let both = verifier().with_secret(next_secret());
        let fits = |header: &str| both.verify(SNAPSHOT, header, NOW).map(|verified| verified.secret);
        assert_eq!(fits(SIGNED_SNAPSHOT), Ok(0));
        assert_eq!(fits(SIGNED_SNAPSHOT_BY_NEXT), Ok(1));

        let during = Signer::new(secret()).with_secret(next_secret()).sign(SNAPSHOT, NOW);
        let (_, second) = SIGNED_SNAPSHOT_BY_NEXT.split_once(',').unwrap();
        assert_eq!(during, format!("{SIGNED_SNAPSHOT},{second}"));
        for verifier in [verifier(), Verifier::new(next_secret()), both.clone()] {
            assert!(verifier.verify(SNAPSHOT, &during, NOW).is_ok());
        }
        assert!(is_mismatch(verifier().verify(SNAPSHOT, SIGNED_SNAPSHOT_BY_NEXT, NOW)));
    }

    /// Result for a webhook signed this many seconds after `now`.
    fn after(verifier: &Verifier, seconds: i64) -> &'static str {
        let now = Timestamp::from_secs(NOW.as_secs() - seconds);
        match verifier.verify(SNAPSHOT, SIGNED_SNAPSHOT, now) {
            Ok(_) => "accepted",
            Err(WebhookError::TooOld(_)) => "too old",
            Err(WebhookError::InFuture(_)) => "in the future",
            Err(_) => "rejected",
        }
    }

    #[test]
    fn the_tolerance_is_300_seconds_both_ways() {
        let outcomes = [-301, -300, 0, 300, 301].map(|seconds| after(&verifier(), seconds));
        assert_eq!(outcomes, ["too old", "accepted", "accepted", "accepted", "in the future"]);
    }

    #[test]
    fn past_and_future_tolerance_are_separate() {
        let second = Duration::from_secs(1);
        let outcomes =
            |verifier: Verifier| [-301, -2, -1, 1, 2, 301].map(|seconds| after(&verifier, seconds));
        let (ok, old, future) = ("accepted", "too old", "in the future");
        assert_eq!(outcomes(verifier().with_past_tolerance(second)), [old, old, ok, ok, ok, future]);
        assert_eq!(outcomes(verifier().with_future_tolerance(second)), [old, ok, ok, ok, future, future]);
        assert_eq!(outcomes(verifier().with_tolerance(second)), [old, old, ok, ok, future, future]);
    }

    #[test]
    fn zero_tolerance_is_strict_and_without_time_check_turns_the_check_off() {
        let strict = verifier().with_tolerance(Duration::ZERO);
        assert_eq!(
            [-1, 0, 1].map(|seconds| after(&strict, seconds)),
            ["too old", "accepted", "in the future"]
        );

        let off = verifier().without_time_check();
        for now in [i64::MIN, 0, i64::MAX] {
            assert!(off.verify(SNAPSHOT, SIGNED_SNAPSHOT, Timestamp::from_secs(now)).is_ok());
        }
    }

    #[test]
    fn a_time_error_holds_both_times() {
        let now = NOW + Duration::from_secs(301);
        let error = verifier().verify(SNAPSHOT, SIGNED_SNAPSHOT, now).unwrap_err();
        assert_eq!(
            error.to_string(),
            "signed too long ago: 301 s from now, tolerance 300 s; check the clock of this machine"
        );
        let WebhookError::TooOld(facts) = error else { panic!("{error}") };
        assert_eq!((facts.signed_at(), facts.now(), facts.tolerance()), (NOW, now, Duration::from_secs(300)));
    }

    #[test]
    fn a_time_error_about_the_future_holds_the_tolerance_for_the_future() {
        let now = Timestamp::from_secs(NOW.as_secs() - 3);
        let verifier = verifier().with_future_tolerance(Duration::from_secs(2));
        let error = verifier.verify(SNAPSHOT, SIGNED_SNAPSHOT, now).unwrap_err();
        let WebhookError::InFuture(facts) = error else { panic!("{error}") };
        assert_eq!((facts.signed_at(), facts.now(), facts.tolerance()), (NOW, now, Duration::from_secs(2)));
    }

    #[test]
    fn the_signature_is_checked_before_the_time() {
        let long_after = NOW + Duration::from_secs(1_000);
        assert!(is_mismatch(verifier().verify("forged", SIGNED_SNAPSHOT, long_after)));
    }

    #[test]
    fn event_and_thin_event_verify_and_parse() {
        let signer = Signer::new(secret());
        assert_eq!(verifier().event(SNAPSHOT, SIGNED_SNAPSHOT, NOW).unwrap().id, "evt_1");
        let thin = verifier().thin_event(THIN, signer.sign(THIN, NOW), NOW).unwrap();
        assert_eq!(thin.type_.as_str(), "v1.financial_connections.account.refreshed_balance");

        for error in [
            verifier().event(THIN, signer.sign(THIN, NOW), NOW).unwrap_err(),
            verifier().thin_event(SNAPSHOT, SIGNED_SNAPSHOT, NOW).unwrap_err(),
        ] {
            assert!(matches!(error, WebhookError::UnexpectedPayload(_)) && !error.is_unverified(), "{error}");
        }
        for error in [
            verifier().event(format!("{SNAPSHOT} "), SIGNED_SNAPSHOT, NOW).unwrap_err(),
            verifier().thin_event(format!("{THIN} "), SIGNED_SNAPSHOT, NOW).unwrap_err(),
        ] {
            assert!(matches!(error, WebhookError::SignatureMismatch(_)) && error.is_unverified(), "{error}");
        }
    }

    #[test]
    fn nothing_shows_the_secret_or_the_expected_signature() {
        let both = verifier().with_secret(next_secret());
        let error = both.verify(SNAPSHOT, format!("t=1681422301,v1={}", "0".repeat(64)), NOW).unwrap_err();
        let signer = Signer::new(secret()).with_secret(next_secret());
        let shown = format!("{error} {error:?} {both:?} {signer:?}");
        for hidden in
            ["5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH", "lU1HfYjPu0tEaXkJ2m9gRvC7sQzW4dNb", "9b988923", "e0d7f061"]
        {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert_eq!(
            error.to_string(),
            "signature mismatch: none of the v1 signatures (1) matches the body and any of the secrets (2); check that the \
             body is the raw one and that the secret belongs to this endpoint"
        );
    }

    proptest! {
        #[test]
        fn only_the_signed_body_verifies(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            other in proptest::collection::vec(any::<u8>(), 0..300),
            seconds in 0..=i64::MAX,
        ) {
            let at = Timestamp::from_secs(seconds);
            let header = Signer::new(secret()).sign(&body, at);
            prop_assert!(verifier().verify(&body, &header, at).is_ok());
            prop_assert_eq!(verifier().verify(&other, &header, at).is_ok(), other == body);
            prop_assert!(is_mismatch(Verifier::new(next_secret()).verify(&body, &header, at)));
        }
    }
}
