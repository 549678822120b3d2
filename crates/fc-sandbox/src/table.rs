//! Rows in the order in which they came to be, with an index by id.

use std::collections::HashMap;
use std::ops::{Index, IndexMut, Range};

/// A thing with an id.
pub(crate) trait Identified {
    fn id(&self) -> &str;
}

/// Rows are only ever added; a row's number is its place in time.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
    by_id: HashMap<String, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_id: HashMap::new() }
    }
}

impl<T: Identified> Table<T> {
    pub(crate) fn add(&mut self, row: T) -> u32 {
        let number =
            u32::try_from(self.rows.len()).expect("fewer than four thousand million rows fit in memory");
        self.by_id.insert(row.id().to_owned(), number);
        self.rows.push(row);
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

impl<T> IndexMut<u32> for Table<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        &mut self.rows[number as usize]
    }
}
