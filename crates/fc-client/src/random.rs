//! Chance as the client sees it: idempotency keys and the spread of its waits.

use rustls::crypto::SecureRandom;

use crate::tls;

/// A source of random bits.
///
/// An idempotency key is made of it, so two clients that share an account must never draw the same. In tests, give the
/// client one whose draws are known:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use fc_client::Random;
///
/// /// Counts, so that the keys of a run are always the same.
/// struct Counting(AtomicU64);
///
/// impl Random for Counting {
///     fn bits(&self) -> Option<u128> {
///         Some(self.0.fetch_add(1, Ordering::Relaxed).into())
///     }
/// }
/// ```
pub trait Random: Send + Sync + 'static {
    /// 128 bits, each as likely set as not; `None` when there are none to be had, which fails the call that needs a key.
    fn bits(&self) -> Option<u128>;
}

/// The random numbers of the machine, as the provider of TLS draws them.
#[derive(Debug)]
pub(crate) struct SystemRandom(&'static dyn SecureRandom);

impl SystemRandom {
    pub(crate) fn new() -> Self {
        Self(tls::secure_random())
    }
}

impl Random for SystemRandom {
    fn bits(&self) -> Option<u128> {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes).ok()?;
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
