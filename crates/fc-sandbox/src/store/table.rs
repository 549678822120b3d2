//! Tables: rows in order of creation, with an index by id.

use std::collections::{HashMap, VecDeque};
use std::ops::{Index, IndexMut};

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::value::RawValue;

use crate::paging::Ordered;
use crate::store::record::{Changes, Records, encode, out_of_order};

/// A row with an id.
pub(crate) trait Identified {
    /// Whether rows of this table are removed when they can no longer be read. The numbers of other tables have no gaps.
    const REMOVABLE: bool = false;

    fn id(&self) -> &str;
}

/// Rows with numbers in order of creation. A number is given once.
#[derive(Debug)]
pub(crate) struct Table<T> {
    /// In ascending order of their numbers.
    rows: VecDeque<(u32, T)>,
    /// The number of the next row.
    next: u32,
    by_id: HashMap<String, u32>,
    changes: Changes,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: VecDeque::new(), next: 0, by_id: HashMap::new(), changes: Changes::default() }
    }
}

impl<T: Identified> Table<T> {
    pub(crate) fn add(&mut self, row: T) -> u32 {
        let number = self.next;
        self.insert(number, row);
        number
    }

    fn insert(&mut self, number: u32, row: T) {
        self.next = number.checked_add(1).expect("fewer than four thousand million rows fit in memory");
        self.by_id.insert(row.id().to_owned(), number);
        self.rows.push_back((number, row));
        self.changes.mark(number.into());
    }

    /// The number of the row that is added next.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Removes a row. A row that was removed before is left out.
    pub(crate) fn remove(&mut self, number: u32) {
        if let Some((_, row)) = self.place(number).and_then(|place| self.rows.remove(place)) {
            self.by_id.remove(row.id());
            self.changes.mark(number.into());
        }
    }
}

impl<T> Table<T> {
    /// The numbers of all rows, in ascending order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.rows.iter().map(|(number, _)| *number)
    }

    /// The row with this number, unless it was removed.
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.place(number).map(|place| &self.rows[place].1)
    }

    /// The oldest row and its number.
    pub(crate) fn first(&self) -> Option<(u32, &T)> {
        self.rows.front().map(|(number, row)| (*number, row))
    }

    /// All rows with their numbers, oldest first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, &T)> {
        self.rows.iter().map(|(number, row)| (*number, row))
    }

    fn place(&self, number: u32) -> Option<usize> {
        let (first, _) = self.rows.front()?;
        let distance = number.checked_sub(*first)? as usize;
        // Few tables have gaps, so the distance is mostly the place.
        if self.rows.get(distance).is_some_and(|(found, _)| *found == number) {
            return Some(distance);
        }
        self.rows.binary_search_by_key(&number, |(found, _)| *found).ok()
    }
}

impl<T> Index<u32> for Table<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        self.get(number).expect("a record refers to rows that exist")
    }
}

/// Mutable access marks the row as changed.
impl<T> IndexMut<u32> for Table<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        let place = self.place(number).expect("a record refers to rows that exist");
        self.changes.mark(number.into());
        &mut self.rows[place].1
    }
}

/// All rows of a table, by number.
impl<T> Ordered<u32> for &Table<T> {
    fn older(&self, bound: Option<u32>) -> impl Iterator<Item = u32> {
        let end =
            bound.map_or(self.rows.len(), |bound| self.rows.partition_point(|(number, _)| *number < bound));
        self.rows.range(..end).rev().map(|(number, _)| *number)
    }

    fn newer(&self, bound: u32) -> impl Iterator<Item = u32> {
        let start = self.rows.partition_point(|(number, _)| *number <= bound);
        self.rows.range(start..).map(|(number, _)| *number)
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
        self.get(u32::try_from(number).ok()?).map(encode)
    }

    fn has_references(&self) -> bool {
        true
    }

    fn restore(&mut self, number: u64, record: &RawValue) -> Result<(), serde_json::Error> {
        let expected = u64::from(self.next);
        let known = if T::REMOVABLE { number >= expected } else { number == expected };
        let number = u32::try_from(number).ok().filter(|number| known && *number < u32::MAX);
        let number = number.ok_or_else(|| out_of_order(expected))?;
        let row: T = serde_json::from_str(record.get())?;
        if self.by_id.contains_key(row.id()) {
            return Err(serde_json::Error::custom("another record has the same `id`"));
        }
        self.insert(number, row);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::paging::{Cursor, PageRequest};

    #[derive(Serialize, Deserialize)]
    struct Row(String);

    impl Identified for Row {
        const REMOVABLE: bool = true;

        fn id(&self) -> &str {
            &self.0
        }
    }

    fn table(count: u32) -> Table<Row> {
        let mut table = Table::default();
        for number in 0..count {
            table.add(Row(format!("row_{number}")));
        }
        table
    }

    #[test]
    fn a_table_pages_as_its_rows_do() {
        let mut table = table(5);
        table.remove(1);
        let page = |cursor| PageRequest::new(2, cursor).cut(&&table).keys;
        assert_eq!(page(Cursor::Newest), [4, 3]);
        assert_eq!(page(Cursor::OlderThan(3)), [2, 0]);
        assert_eq!(page(Cursor::NewerThan(0)), [3, 2]);
    }

    #[test]
    fn a_removed_row_is_found_no_more_and_its_number_is_not_given_again() {
        let mut table = table(4);
        for number in [0, 2, 3] {
            table.remove(number);
        }
        table.remove(2);
        assert_eq!((table.find("row_2"), table.get(2).is_none(), &table[1].0), (None, true, &"row_1".into()));
        assert_eq!(table.add(Row("row_4".to_owned())), 4);
        assert_eq!(table.numbers().collect::<Vec<_>>(), [1, 4]);
        assert_eq!(table[4].0, "row_4");
    }

    #[test]
    fn a_restored_table_has_the_same_gaps() {
        let mut first = table(6);
        first.remove(0);
        first.remove(3);
        let mut second: Table<Row> = Table::default();
        for number in first.record_numbers() {
            second.restore(number, &first.record(number).expect("it is listed")).expect("it is readable");
        }
        assert_eq!(second.record_numbers(), [1, 2, 4, 5]);
        assert!(second.restore(5, &encode(&Row("row_9".to_owned()))).is_err(), "the number is given");
        assert!(second.restore(6, &encode(&Row("row_1".to_owned()))).is_err(), "the id is given");
        assert!(second.restore(u32::MAX.into(), &encode(&Row("row_9".to_owned()))).is_err(), "no next one");
    }
}
