//! Seeded random values: the same seed gives the same ids and bank data.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::store::record::{Records, encode};

pub(crate) const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A stream of random values.
#[derive(Debug)]
pub(crate) struct Random {
    stream: ChaCha8Rng,
    /// The position in the stream at the last call of [`Records::take_changes`].
    recorded: u128,
}

impl Random {
    /// The stream of `labels` under `seed`. Streams with different labels are independent: a draw from one does not move
    /// another.
    pub(crate) fn new(seed: u64, labels: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        for label in labels {
            hash.update((label.len() as u64).to_le_bytes());
            hash.update(label.as_bytes());
        }
        Self { stream: ChaCha8Rng::from_seed(hash.finalize().into()), recorded: 0 }
    }

    /// Whether no value was drawn yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.stream.get_word_pos() == 0
    }

    /// A number from 0 to `end`, without `end`. 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.stream.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as u64) as i64
    }

    /// True with a probability of `per_mille` in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of `choices`.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// An id: the prefix and 24 characters.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        self.id_of::<24>(prefix)
    }

    /// An id of another length.
    pub(crate) fn id_of<const N: usize>(&mut self, prefix: &str) -> String {
        let characters: [u8; N] = self.characters();
        prefix.chars().chain(characters.iter().copied().map(char::from)).collect()
    }

    /// Takes six bits a character. The two values outside the alphabet are skipped, so all characters are equally likely.
    fn characters<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        let mut filled = 0;
        while filled < N {
            let mut bits = self.stream.next_u64();
            for _ in 0..10 {
                if let (Some(slot), Some(&character)) =
                    (out.get_mut(filled), BASE62.get((bits & 63) as usize))
                {
                    *slot = character;
                    filled += 1;
                }
                bits >>= 6;
            }
        }
        out
    }
}

/// One record with the position. The stream itself follows from seed and labels.
impl Records for Random {
    fn take_changes(&mut self) -> Vec<u64> {
        let position = self.stream.get_word_pos();
        if position == self.recorded {
            return Vec::new();
        }
        self.recorded = position;
        vec![0]
    }

    fn record_numbers(&self) -> Vec<u64> {
        vec![0]
    }

    fn record(&self, _: u64) -> Option<Box<RawValue>> {
        Some(encode(&Drawn { words: self.stream.get_word_pos() as u64 }))
    }

    fn restore(&mut self, _: u64, record: &RawValue) -> Result<(), serde_json::Error> {
        let Drawn { words } = serde_json::from_str(record.get())?;
        if words > MAX_DRAWN {
            return Err(serde_json::Error::custom(format_args!("`words` is above {MAX_DRAWN}")));
        }
        self.stream.set_word_pos(words.into());
        Ok(())
    }
}

/// The highest position in a stream that is restored. More than that many values are not drawn in practice.
const MAX_DRAWN: u64 = u64::MAX / 2;

/// The position in a stream. It stays below 2⁶⁴ in practice.
#[derive(Serialize, Deserialize)]
struct Drawn {
    words: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_labels_give_the_same_stream() {
        let draw = |seed, labels: &[&str]| Random::new(seed, labels).id("x_");
        assert_eq!(draw(1, &["a", "b"]), draw(1, &["a", "b"]));
        assert_ne!(draw(1, &["a", "b"]), draw(2, &["a", "b"]));
        assert_ne!(draw(1, &["a", "b"]), draw(1, &["ab", ""]));
    }

    #[test]
    fn an_id_has_its_prefix_and_its_length_in_letters_and_digits() {
        let mut random = Random::new(0, &[]);
        for _ in 0..200 {
            let id = random.id_of::<14>("cus_");
            assert_eq!(id.len(), 18);
            assert!(
                id.strip_prefix("cus_").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()))
            );
        }
    }

    #[test]
    fn draws_stay_in_their_bounds_and_reach_both_ends() {
        let mut random = Random::new(0, &[]);
        let drawn: Vec<i64> = (0..500).map(|_| random.between(-2, 2)).collect();
        assert_eq!(drawn.iter().min(), Some(&-2));
        assert_eq!(drawn.iter().max(), Some(&2));
    }
}
