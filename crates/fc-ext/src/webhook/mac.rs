//! HMAC-SHA256 of the provider that the program installed, otherwise of ring.

use rustls::SupportedCipherSuite;
use rustls::crypto::hash::HashAlgorithm;
use rustls::crypto::tls13::OkmBlock;
use rustls::crypto::{CryptoProvider, hash, tls13};

/// Key of an HMAC-SHA256.
#[derive(Clone)]
pub(super) enum Key {
    #[cfg(feature = "ring")]
    Ring(ring::hmac::Key),
    /// rustls's providers have an HMAC for TLS 1.3, over the hash of a cipher suite.
    Installed { hkdf: &'static dyn tls13::Hkdf, key: OkmBlock },
}

/// Length of an HMAC-SHA256 in bytes.
const LENGTH: usize = 32;

impl Key {
    /// The key for a secret. `None` without ring, if the program has installed no provider that has SHA-256.
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        #[cfg(feature = "ring")]
        let otherwise = || Some(Self::Ring(ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret)));
        #[cfg(not(feature = "ring"))]
        let otherwise = || None;
        CryptoProvider::get_default().and_then(|provider| Self::of(provider, secret)).or_else(otherwise)
    }

    fn of(provider: &CryptoProvider, secret: &[u8]) -> Option<Self> {
        let (hkdf, hash) = provider.cipher_suites.iter().find_map(|suite| match suite {
            SupportedCipherSuite::Tls13(suite) => {
                let hash: &'static dyn hash::Hash = suite.common.hash_provider;
                (hash.algorithm() == HashAlgorithm::SHA256).then_some((suite.hkdf_provider, hash))
            }
            _ => None,
        })?;
        // HMAC hashes a key that is longer than a block of the hash function, which for SHA-256 has 64 bytes.
        let key = match secret.len() <= OkmBlock::MAX_LEN {
            true => OkmBlock::new(secret),
            false => OkmBlock::new(hash.hash(secret).as_ref()),
        };
        Some(Self::Installed { hkdf, key })
    }

    /// HMAC of `{signed_at}.{body}`. With ring it does not concatenate the two.
    pub(super) fn sign(&self, signed_at: &[u8], body: &[u8]) -> [u8; LENGTH] {
        let mut tag = [0; LENGTH];
        match self {
            #[cfg(feature = "ring")]
            Self::Ring(key) => {
                let mut context = ring::hmac::Context::with_key(key);
                context.update(signed_at);
                context.update(b".");
                context.update(body);
                tag.copy_from_slice(context.sign().as_ref());
            }
            Self::Installed { hkdf, key } => {
                let message = [signed_at, b".", body].concat();
                tag.copy_from_slice(hkdf.hmac_sign(key, &message).as_ref());
            }
        }
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "ring")]
    fn an_installed_provider_signs_as_ring_does_with_keys_of_any_length() {
        let provider = rustls::crypto::ring::default_provider();
        for length in [1, 38, 63, 64, 65, 200] {
            let secret = "s".repeat(length);
            let ring = Key::Ring(ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes()));
            let installed = Key::of(&provider, secret.as_bytes()).unwrap();
            for body in ["", "{}", &"x".repeat(5_000)] {
                assert_eq!(
                    ring.sign(b"1681422301", body.as_bytes()),
                    installed.sign(b"1681422301", body.as_bytes()),
                    "{length}"
                );
            }
        }
    }

    /// In a process of its own, because all tests of this one share what is installed.
    #[test]
    #[cfg(feature = "ring")]
    fn an_installed_provider_takes_precedence_over_ring() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "webhook::mac::tests::an_installed_provider_gives_the_key", "--ignored"]);
        let output = child.output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
    }

    #[test]
    #[cfg(feature = "ring")]
    #[ignore = "the child's half of `an_installed_provider_takes_precedence_over_ring`, which runs it"]
    fn an_installed_provider_gives_the_key() {
        rustls::crypto::ring::default_provider().install_default().unwrap();
        assert!(matches!(Key::new(b"whsec_1"), Some(Key::Installed { .. })));
    }

    #[test]
    #[cfg(feature = "ring")]
    fn a_provider_without_sha_256_gives_no_key() {
        let mut provider = rustls::crypto::ring::default_provider();
        provider.cipher_suites.clear();
        assert!(Key::of(&provider, b"whsec_1").is_none());
    }
}
