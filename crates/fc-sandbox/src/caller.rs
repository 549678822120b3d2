//! Callers: an API key, and the connected account that it acts for.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// The prefixes of secret and restricted keys.
const PREFIXES: [&str; 4] = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"];

/// The longest key and the longest id of an account, in characters. Stripe's are about half as long.
const MAX_LENGTH: usize = 255;

/// Whose objects a request sees: each key, and each connected account under a key, has its own world.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    key: String,
    pub(crate) account: Option<String>,
}

/// Why a text is no secret key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// It is a publishable key.
    Publishable,
    /// It is not written as a key. The text is masked.
    Malformed { masked: String },
}

impl Caller {
    /// The caller with this key and this connected account. None if one of them is malformed.
    pub(crate) fn new(key: &str, account: Option<String>) -> Option<Self> {
        let caller = Self::from_key(key).ok()?;
        account.iter().all(|account| is_account_id(account)).then_some(Self { account, ..caller })
    }

    /// The owner of `key`, without a connected account.
    pub(crate) fn from_key(key: &str) -> Result<Self, KeyError> {
        if key.starts_with("pk_") {
            return Err(KeyError::Publishable);
        }
        let rest = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix));
        let is_key =
            |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match rest {
            Some(rest) if is_key(rest) && key.len() <= MAX_LENGTH => {
                Ok(Self { key: key.to_owned(), account: None })
            }
            _ => Err(KeyError::Malformed { masked: mask(key) }),
        }
    }

    /// The caller with the same key in the other mode.
    pub(crate) fn in_other_mode(&self) -> Self {
        let (from, to) = if self.livemode() { ("_live_", "_test_") } else { ("_test_", "_live_") };
        Self { key: self.key.replacen(from, to, 1), account: self.account.clone() }
    }

    pub(crate) fn livemode(&self) -> bool {
        self.key.starts_with("sk_live_") || self.key.starts_with("rk_live_")
    }

    /// The labels of the random streams of this caller's world.
    pub(crate) fn labels(&self) -> [&str; 2] {
        [&self.key, self.account.as_deref().unwrap_or_default()]
    }

    /// The name of the caller's world in the controls. It follows from the key and the account and does not show the key, so an
    /// address with it stays valid after a restart or an import.
    pub(crate) fn world_name(&self) -> String {
        let [key, account] = self.labels();
        let hash = Sha256::digest(format!("{key}\n{account}"));
        format!("world_{}", HEXLOWER.encode(&hash[..8]))
    }

    /// The key as messages may show it.
    pub(crate) fn masked_key(&self) -> String {
        mask(&self.key)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("key", &self.masked_key()).field("account", &self.account).finish()
    }
}

/// Whether a text is written as the id of a Stripe account.
pub(crate) fn is_account_id(text: &str) -> bool {
    let rest = text.strip_prefix("acct_");
    text.len() <= MAX_LENGTH
        && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The prefix of a key and its last four characters. A key too short to hide the rest shows no characters.
fn mask(key: &str) -> String {
    let tail = key.len().checked_sub(4).and_then(|at| key.get(at..)).filter(|_| key.len() >= 16);
    let prefix = PREFIXES.iter().find(|prefix| key.starts_with(**prefix));
    format!("{}****{}", prefix.copied().unwrap_or_default(), tail.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_the_kind_and_at_most_four_characters() {
        assert_eq!(mask("sk_test_abcdefghijkl"), "sk_test_****ijkl");
        assert_eq!(mask("sk_test_abc"), "sk_test_****");
        assert_eq!(mask("hunter2"), "****");
        assert_eq!(mask("ééééééééééé"), "****éé");
    }

    #[test]
    fn debug_shows_no_key() {
        let caller = Caller::from_key("sk_live_abcdefghijklmnop").expect("a well-formed key");
        assert!(!format!("{caller:?}").contains("abcdefghijkl"));
        assert!(caller.livemode());
    }
}
