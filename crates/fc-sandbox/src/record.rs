//! What is kept of a world: numbered records of JSON, by kind.
//!
//! One representation serves both the data file, which takes the records that changed, and the export, which takes all.
//! Whatever a part of a world holds beyond its records can be worked out from them again.

use serde_json::value::RawValue;

/// A part of a world whose content is kept.
pub(crate) trait Records {
    /// The numbers of the records that changed or went since the last call, ascending and each once.
    fn take_changes(&mut self) -> Vec<u64>;

    /// The numbers of all records, ascending.
    fn record_numbers(&self) -> Vec<u64>;

    /// The record of this number; none if it went.
    fn record(&self, number: u64) -> Option<Box<RawValue>>;

    /// Puts a record back into a part that is new. The caller goes through the numbers in ascending order.
    fn restore(&mut self, number: u64, record: &RawValue) -> Result<(), serde_json::Error>;
}

/// The numbers of changed records.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<u64>);

impl Changes {
    pub(crate) fn mark(&mut self, number: u64) {
        // The same row is often changed twice in a row.
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

/// The number that a record may not have, as an error of the reader.
pub(crate) fn out_of_order(number: u64) -> serde_json::Error {
    serde::de::Error::custom(format_args!("the record before number {number} is missing"))
}
