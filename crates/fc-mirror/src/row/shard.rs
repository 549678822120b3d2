//! Shards: which part of the database an account lies in.

use sha2::{Digest, Sha256};

/// Shard of an account or a tenant: the first eight bytes of SHA-256, big-endian, modulo the number of shards.
pub(crate) fn shard_of(id: &str, shards: i64) -> i64 {
    let hash = Sha256::digest(id);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    let shards = u64::try_from(shards).unwrap_or(1).max(1);
    i64::try_from(u64::from_be_bytes(first) % shards).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::shard_of;

    /// Computed with `hashlib.sha256` of Python. A changed function would look for rows in the wrong shard.
    #[test]
    fn the_shard_of_an_id_never_changes() {
        for (id, of_256, of_7) in [("fca_1MwVK82eZvKYlo2Cjw8FMxXf", 93, 4), ("self/test", 43, 5), ("", 20, 1)]
        {
            assert_eq!((shard_of(id, 256), shard_of(id, 7), shard_of(id, 1)), (of_256, of_7, 0), "{id}");
        }
    }

    #[test]
    fn accounts_spread_over_all_shards() {
        let mut counts = [0_u32; 16];
        for number in 0..16_000 {
            counts[usize::try_from(shard_of(&format!("fca_{number}"), 16)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|&count| (850..1150).contains(&count)), "{counts:?}");
    }
}
