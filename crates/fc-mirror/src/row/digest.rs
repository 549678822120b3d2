//! Digests of stored JSON, which tell whether an object changed.

use sha2::{Digest, Sha256};

/// First 16 bytes of SHA-256, in hexadecimal digits.
pub(crate) fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text)[..16])
}
