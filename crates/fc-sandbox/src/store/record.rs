//! Records: the numbered JSON documents, by kind, in which a world is stored.
//!
//! The data file stores the records that changed, and an export contains all of them. Everything else in a world, such as
//! an index, is computed from the records.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The format of snapshots and data files. It increases with every change to a record that an older program would misread,
/// and with every change to the ids or bank data of a seed.
pub(crate) const FORMAT: u32 = 3;

/// A part of a world that is stored as records.
pub(crate) trait Records {
    /// The numbers of the records that changed or were removed since the last call, in ascending order, each once.
    fn take_changes(&mut self) -> Vec<u64>;

    /// The numbers of all records, in ascending order.
    fn record_numbers(&self) -> Vec<u64>;

    /// The record with this number; none if it was removed.
    fn record(&self, number: u64) -> Option<Box<RawValue>>;

    /// Whether other records refer to these by number, so that an export must keep the numbers.
    fn has_references(&self) -> bool {
        false
    }

    /// Restores a record in an empty part. The caller passes the numbers in ascending order.
    fn restore(&mut self, number: u64, record: &RawValue) -> Result<(), serde_json::Error>;
}

/// The numbers of changed records.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<u64>);

impl Changes {
    pub(crate) fn mark(&mut self, number: u64) {
        // One row is often changed several times in succession.
        if self.0.last() != Some(&number) {
            self.0.push(number);
        }
    }

    pub(crate) fn take(&mut self) -> Vec<u64> {
        let mut numbers = std::mem::take(&mut self.0);
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// A record as JSON.
pub(crate) fn encode<T: serde::Serialize>(record: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(record).expect("records have text for keys and no failing parts")
}

/// The error for a record whose number is not the next one.
pub(crate) fn out_of_order(expected: u64) -> serde_json::Error {
    serde::de::Error::custom(format_args!("the number must be {expected}, the next one"))
}

/// The highest number of a record, or count in one. Higher ones leave no room for the next.
const MAX_COUNT: u32 = u32::MAX / 2;

/// Reads a count that can still increase, for `deserialize_with`.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let count = u32::deserialize(deserializer)?;
    if count > MAX_COUNT {
        return Err(D::Error::custom(format_args!("the count {count} is above {MAX_COUNT}")));
    }
    Ok(count)
}

/// The number after that of a restored record.
pub(crate) fn number_after(number: u64) -> Result<u64, serde_json::Error> {
    if number > u64::from(MAX_COUNT) {
        return Err(serde::de::Error::custom(format_args!("the number is above {MAX_COUNT}")));
    }
    Ok(number + 1)
}
