//! Ids of transactions: the encrypted position of the transaction.
//!
//! The sandbox decrypts an id to find its transaction, so a million transactions need no index, and a transaction is found
//! before it is computed. Without the key, the 24 characters look random.

use sha2::{Digest, Sha256};

use crate::random::BASE62;

/// The prefix of every id.
const PREFIX: &str = "fctxn_";
/// The number of values of half an id: twelve digits in base 62.
const HALF: u128 = 62u128.pow(12);
const ROUNDS: [u8; 4] = [0, 1, 2, 3];

/// The position of a transaction: the row of its account, and its row within the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TransactionKey {
    pub(crate) account: u32,
    pub(crate) row: u32,
}

/// The encryption of positions: a Feistel network of four rounds over the two halves of an id.
#[derive(Debug)]
pub(crate) struct TransactionIds {
    secret: [u8; 32],
}

impl TransactionIds {
    /// The ids of the world that `seed` and `labels` name.
    pub(crate) fn new(seed: u64, labels: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"transaction ids");
        hash.update(seed.to_le_bytes());
        for label in labels {
            hash.update((label.len() as u64).to_le_bytes());
            hash.update(label.as_bytes());
        }
        Self { secret: hash.finalize().into() }
    }

    pub(crate) fn id(&self, key: TransactionKey) -> String {
        // The left half starts as zero. After decryption, zero identifies an id of this world.
        let start = (0, u128::from(key.account) << 32 | u128::from(key.row));
        let (left, right) = ROUNDS
            .iter()
            .fold(start, |(left, right), &round| (right, (left + self.round(round, right)) % HALF));
        let mut id = PREFIX.to_owned();
        for half in [left, right] {
            let digit = |place: u32| char::from(BASE62[(half / 62u128.pow(place) % 62) as usize]);
            id.extend((0..12).map(digit));
        }
        id
    }

    /// The position of an id; none if the id is not of this world.
    pub(crate) fn key(&self, id: &str) -> Option<TransactionKey> {
        let digits = id.strip_prefix(PREFIX)?.as_bytes();
        let (left, right) = digits.split_at_checked(12)?;
        let (left, right) = (number(left)?, number(right)?);
        let (left, right) = ROUNDS.iter().rev().fold((left, right), |(left, right), &round| {
            ((right + HALF - self.round(round, left)) % HALF, left)
        });
        let key = TransactionKey { account: u32::try_from(right >> 32).ok()?, row: right as u32 };
        (left == 0).then_some(key)
    }

    fn round(&self, round: u8, half: u128) -> u128 {
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update([round]);
        hash.update(half.to_le_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let (bytes, _) = hash.split_first_chunk::<16>().expect("a hash has 32 bytes");
        u128::from_le_bytes(*bytes) % HALF
    }
}

fn number(digits: &[u8]) -> Option<u128> {
    if digits.len() != 12 {
        return None;
    }
    digits.iter().rev().try_fold(0, |sum, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'Z' => digit - b'A' + 10,
            b'a'..=b'z' => digit - b'a' + 36,
            _ => return None,
        };
        Some(sum * 62 + u128::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> impl Iterator<Item = TransactionKey> {
        [0, 1, 9_999, u32::MAX].into_iter().flat_map(|account| {
            [0, 1, 61, 62, 999_999, u32::MAX].map(move |row| TransactionKey { account, row })
        })
    }

    #[test]
    fn an_id_leads_back_to_its_transaction() {
        let ids = TransactionIds::new(1, &["world"]);
        for key in keys() {
            let id = ids.id(key);
            assert_eq!(id.len(), 30);
            assert!(
                id.strip_prefix(PREFIX).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()))
            );
            assert_eq!(ids.key(&id), Some(key));
        }
    }

    #[test]
    fn an_id_of_another_world_or_with_another_character_names_nothing() {
        let ids = TransactionIds::new(1, &["world"]);
        for key in keys() {
            let id = ids.id(key);
            assert_eq!(TransactionIds::new(1, &["other"]).key(&id), None);
            assert_eq!(TransactionIds::new(2, &["world"]).key(&id), None);
            for at in PREFIX.len()..id.len() {
                let other = if id.as_bytes()[at] == b'x' { "y" } else { "x" };
                let mut changed = id.clone();
                changed.replace_range(at..=at, other);
                assert_eq!(ids.key(&changed), None);
            }
            assert_eq!(ids.key(&id[..29]), None);
            assert_eq!(ids.key(&format!("{id}0")), None);
        }
        assert_eq!(ids.key("fctxn_éééééééééééé"), None);
    }

    #[test]
    fn neighbours_do_not_look_alike() {
        let ids = TransactionIds::new(1, &["world"]);
        let id = |row| ids.id(TransactionKey { account: 0, row });
        let alike = (0..1000)
            .map(|row| {
                id(row).bytes().zip(id(row + 1).bytes()).skip(PREFIX.len()).filter(|(a, b)| a == b).count()
            })
            .max();
        assert!(alike < Some(8), "{alike:?}");
    }
}
