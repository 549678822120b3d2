//! The token that opens the controls to other machines.

use std::fmt;

use sha2::{Digest, Sha256};

/// A token. It is kept as a hash, so comparing it takes the same time for every guess.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ControlToken([u8; 32]);

impl ControlToken {
    pub(crate) fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub(crate) fn is(&self, presented: &str) -> bool {
        *self == Self::new(presented)
    }
}

impl fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ControlToken(****)")
    }
}
