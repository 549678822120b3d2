//! Rows in the order in which they came to be, with an index by id.

use std::collections::HashMap;
use std::ops::{Index, IndexMut, Range};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::record::{Changes, Records, encode, out_of_order};

/// A thing with an id.
pub(crate) trait Identified {
    fn id(&self) -> &str;
}

/// Rows are only ever added; a row's number is its place in time.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
    by_id: HashMap<String, u32>,
    changes: Changes,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_id: HashMap::new(), changes: Changes::default() }
    }
}

impl<T: Identified> Table<T> {
    pub(crate) fn add(&mut self, row: T) -> u32 {
        let number =
            u32::try_from(self.rows.len()).expect("fewer than four thousand million rows fit in memory");
        self.by_id.insert(row.id().to_owned(), number);
        self.rows.push(row);
        self.changes.mark(number.into());
        number
    }

    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// The numbers of all rows.
    pub(crate) fn numbers(&self) -> Range<u32> {
        0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }
}

impl<T> Index<u32> for Table<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.rows[number as usize]
    }
}

/// Whoever takes a row to change it has changed it.
impl<T> IndexMut<u32> for Table<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        self.changes.mark(number.into());
        &mut self.rows[number as usize]
    }
}

impl<T: Identified + Serialize + DeserializeOwned> Records for Table<T> {
    fn take_changes(&mut self) -> Vec<u64> {
        self.changes.take()
    }

    fn record_numbers(&self) -> Vec<u64> {
        self.numbers().map(u64::from).collect()
    }

    fn record(&self, number: u64) -> Option<Box<RawValue>> {
        self.rows.get(usize::try_from(number).ok()?).map(encode)
    }

    fn restore(&mut self, number: u64, record: &RawValue) -> Result<(), serde_json::Error> {
        if number != self.rows.len() as u64 {
            return Err(out_of_order(number));
        }
        self.add(serde_json::from_str(record.get())?);
        Ok(())
    }
}
