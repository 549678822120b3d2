//! Random numbers for idempotency keys and for the jitter of the backoff.

use std::sync::OnceLock;

use rustls::crypto::SecureRandom;

use crate::tls;

/// A source of random bits.
///
/// Idempotency keys are made of these bits, so that two clients of one account must never draw the same. In tests, give
/// the client a source whose bits are known:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use fc_client::Random;
///
/// /// A counter, so that every run has the same keys.
/// struct Counting(AtomicU64);
///
/// impl Random for Counting {
///     fn bits(&self) -> Option<u128> {
///         Some(self.0.fetch_add(1, Ordering::Relaxed).into())
///     }
/// }
/// ```
pub trait Random: Send + Sync + 'static {
    /// 128 random bits. `None` if the source fails; a call that needs an idempotency key then fails too.
    fn bits(&self) -> Option<u128>;
}

/// The random numbers of the machine, from the TLS provider. It is chosen at the first use, when the program has installed its
/// own.
#[derive(Debug, Default)]
pub(crate) struct SystemRandom(OnceLock<Option<&'static dyn SecureRandom>>);

impl Random for SystemRandom {
    fn bits(&self) -> Option<u128> {
        let source = (*self.0.get_or_init(|| tls::provider().map(|provider| provider.secure_random)))?;
        let mut bytes = [0; 16];
        source.fill(&mut bytes).ok()?;
        Some(u128::from_be_bytes(bytes))
    }
}

/// A fraction from 0 up to, but not including, 1.
pub(crate) fn fraction(bits: u128) -> f64 {
    // As many bits as a f64 holds exactly.
    const BITS: u32 = f64::MANTISSA_DIGITS;
    (bits >> (u128::BITS - BITS)) as f64 / (1_u64 << BITS) as f64
}

#[cfg(test)]
mod tests {
    use super::fraction;

    #[test]
    fn a_fraction_is_at_least_0_and_less_than_1() {
        assert_eq!(fraction(0), 0.0);
        assert_eq!(fraction(1 << 127), 0.5);
        assert!(fraction(u128::MAX) < 1.0 && fraction(u128::MAX) > 0.999_999);
    }
}
