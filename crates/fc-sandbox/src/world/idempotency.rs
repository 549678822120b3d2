//! Saved responses: repeating a request with its idempotency key gives the first response again.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::{DAY, Instant};
use crate::store::record::{Changes, Records, encode, number_after};

/// How long a response is saved.
const LIFETIME: Duration = DAY;
/// The maximum number of saved responses. Beyond it, the oldest is dropped.
const MAX_ENTRIES: usize = 100_000;
/// The maximum size of the saved responses, in bytes of their keys and bodies. Beyond it, the oldest is dropped.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A request that was carried out, and its response.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedResponse {
    /// A hash of the method, the path and the parameters.
    pub(crate) request: String,
    pub(crate) request_id: String,
    /// The HTTP status.
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// The result of looking up an idempotency key.
#[derive(Debug)]
pub(crate) enum Lookup<'a> {
    /// No response is saved under the key.
    New,
    /// The same request was carried out before.
    Replay(&'a SavedResponse),
    /// The key was used for another request.
    Mismatch,
}

/// The saved responses of one world. A later response expires later.
#[derive(Debug, Default)]
pub(crate) struct IdempotencyStore {
    entries: BTreeMap<u64, Entry>,
    by_key: HashMap<String, u64>,
    /// The size of all entries, see [`MAX_BYTES`].
    bytes: usize,
    next_number: u64,
    changes: Changes,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    key: String,
    expires: Instant,
    #[serde(rename = "answer")]
    response: SavedResponse,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.key.len() + self.response.body.len()
    }
}

impl IdempotencyStore {
    /// Looks for the response to the request with this hash under `key`.
    pub(crate) fn lookup(&self, key: &str, request: &str) -> Lookup<'_> {
        match self.by_key.get(key).map(|number| &self.entries[number].response) {
            Some(first) if first.request == request => Lookup::Replay(first),
            Some(_) => Lookup::Mismatch,
            None => Lookup::New,
        }
    }

    /// Saves the first response to `key`.
    pub(crate) fn save(&mut self, key: String, response: SavedResponse, now: Instant) {
        let number = self.next_number;
        self.next_number += 1;
        self.insert(number, Entry { key, expires: now.after(LIFETIME), response });
        while self.entries.len() > MAX_ENTRIES || self.bytes > MAX_BYTES {
            self.drop_oldest();
        }
    }

    /// Drops the responses that have expired by `now`.
    pub(crate) fn expire(&mut self, now: Instant) {
        while self.entries.first_key_value().is_some_and(|(_, first)| first.expires <= now) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((number, entry)) = self.entries.pop_first() else { return };
        self.by_key.remove(&entry.key);
        self.bytes -= entry.bytes();
        self.changes.mark(number);
    }

    fn insert(&mut self, number: u64, entry: Entry) {
        self.by_key.insert(entry.key.clone(), number);
        self.bytes += entry.bytes();
        self.entries.insert(number, entry);
        self.changes.mark(number);
    }
}

impl Records for IdempotencyStore {
    fn take_changes(&mut self) -> Vec<u64> {
        self.changes.take()
    }

    fn record_numbers(&self) -> Vec<u64> {
        self.entries.keys().copied().collect()
    }

    fn record(&self, number: u64) -> Option<Box<RawValue>> {
        self.entries.get(&number).map(encode)
    }

    fn restore(&mut self, number: u64, record: &RawValue) -> Result<(), serde_json::Error> {
        let entry: Entry = serde_json::from_str(record.get())?;
        if !(100..=999).contains(&entry.response.status) {
            return Err(serde_json::Error::custom("`status` is not an HTTP status"));
        }
        if self.by_key.contains_key(&entry.key) {
            return Err(serde_json::Error::custom("another record has the same `key`"));
        }
        self.next_number = number_after(number)?;
        self.insert(number, entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::in_time;

    fn saved(body: String) -> SavedResponse {
        SavedResponse { request: "hash".to_owned(), request_id: "req_1".to_owned(), status: 200, body }
    }

    fn is_saved(store: &IdempotencyStore, key: &str) -> bool {
        matches!(store.lookup(key, "hash"), Lookup::Replay(_))
    }

    #[test]
    fn the_number_of_saved_responses_is_bounded_and_the_oldest_goes_first() {
        let mut store = in_time(|| {
            let mut store = IdempotencyStore::default();
            for number in 0..=MAX_ENTRIES {
                store.save(format!("k{number}"), saved(String::new()), Instant::from_unix(0));
            }
            store
        });
        assert_eq!(store.record_numbers().len(), MAX_ENTRIES);
        assert!(!is_saved(&store, "k0") && is_saved(&store, "k1"));
        assert!(store.take_changes().contains(&0), "the data file forgets it too");
    }

    #[test]
    fn the_size_of_saved_responses_is_bounded_and_the_oldest_goes_first() {
        let store = in_time(|| {
            let mut store = IdempotencyStore::default();
            for key in ["k0", "k1", "k2", "k3", "k4"] {
                store.save(key.to_owned(), saved("x".repeat(MAX_BYTES / 4 - 2)), Instant::from_unix(0));
            }
            store
        });
        assert!(!is_saved(&store, "k0") && is_saved(&store, "k1") && is_saved(&store, "k4"));
    }

    #[test]
    fn saved_responses_expire_without_a_lookup() {
        let mut store = IdempotencyStore::default();
        store.save("k0".to_owned(), saved("xyz".to_owned()), Instant::from_unix(0));
        store.save("k1".to_owned(), saved(String::new()), Instant::from_unix(5));
        assert_eq!(store.take_changes(), [0, 1]);
        let mut store = in_time(move || {
            store.expire(Instant::from_unix(0).after(LIFETIME));
            store
        });
        assert!(!is_saved(&store, "k0") && is_saved(&store, "k1"));
        assert_eq!((store.bytes, store.take_changes()), (2, vec![0]));
    }
}
