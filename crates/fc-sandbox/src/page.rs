//! Pages of a list: limit, cursors, and what `has_more` means.

use crate::error::ApiError;
use crate::params::{Field, Kind, Params, optional};

/// The parameters that every list takes.
pub(crate) const LIMIT: Field = optional("limit", Kind::Integer);
/// See [`LIMIT`].
pub(crate) const STARTING_AFTER: Field = optional("starting_after", Kind::Text);
/// See [`LIMIT`].
pub(crate) const ENDING_BEFORE: Field = optional("ending_before", Kind::Text);

const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;

/// Where a page begins; cursors are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor<K> {
    /// The newest elements.
    Newest,
    /// The elements that are next older than this one (`starting_after`).
    OlderThan(K),
    /// The elements that are next newer than this one (`ending_before`).
    NewerThan(K),
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRequest<K> {
    limit: usize,
    cursor: Cursor<K>,
}

/// A list that can be walked from any place in both directions.
pub(crate) trait Ordered<K: Copy> {
    /// The keys older than `bound`, newest first; all of them without a bound.
    fn older(&self, bound: Option<K>) -> impl Iterator<Item = K>;
    /// The keys newer than `bound`, oldest first.
    fn newer(&self, bound: K) -> impl Iterator<Item = K>;
}

/// One page, newest first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<K> {
    pub(crate) keys: Vec<K>,
    /// Whether there is more in the direction of travel.
    pub(crate) has_more: bool,
}

impl<K: Copy> PageRequest<K> {
    /// The first page of an embedded list.
    pub(crate) fn first() -> Self {
        Self { limit: DEFAULT_LIMIT as usize, cursor: Cursor::Newest }
    }

    /// Reads the request; `find` gives the place of an id among all objects of the type.
    ///
    /// The live API clamps the limit silently, and reports an unknown cursor before it complains of two.
    pub(crate) fn read(
        params: &Params,
        kind: &str,
        mut find: impl FnMut(&str) -> Option<K>,
    ) -> Result<Self, ApiError> {
        let limit = params.integer("/limit").unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let mut place = |param: &str| match params.text(&format!("/{param}")) {
            None => Ok(None),
            Some(id) => find(id).map(Some).ok_or_else(|| ApiError::missing_reference(kind, id, param)),
        };
        let cursor = match (place("starting_after")?, place("ending_before")?) {
            (None, None) => Cursor::Newest,
            (Some(key), None) => Cursor::OlderThan(key),
            (None, Some(key)) => Cursor::NewerThan(key),
            (Some(_), Some(_)) => {
                return Err(ApiError::invalid(
                    "You may only specify one of these parameters: ending_before, starting_after.",
                ));
            }
        };
        Ok(Self { limit, cursor })
    }

    /// Cuts the page out of `list` without walking past its end.
    pub(crate) fn cut(self, list: &impl Ordered<K>) -> Page<K> {
        let take = self.limit + 1;
        let mut keys: Vec<K> = match self.cursor {
            Cursor::Newest => list.older(None).take(take).collect(),
            Cursor::OlderThan(key) => list.older(Some(key)).take(take).collect(),
            Cursor::NewerThan(key) => list.newer(key).take(take).collect(),
        };
        let has_more = keys.len() > self.limit;
        keys.truncate(self.limit);
        if matches!(self.cursor, Cursor::NewerThan(_)) {
            keys.reverse();
        }
        Page { keys, has_more }
    }
}

/// Keys in the order in which their objects came to be.
impl<K: Copy + Ord> Ordered<K> for &[K] {
    fn older(&self, bound: Option<K>) -> impl Iterator<Item = K> {
        let end = bound.map_or(self.len(), |bound| self.partition_point(|key| *key < bound));
        self[..end].iter().rev().copied()
    }

    fn newer(&self, bound: K) -> impl Iterator<Item = K> {
        self[self.partition_point(|key| *key <= bound)..].iter().copied()
    }
}

/// All objects of a table, by their row numbers.
impl Ordered<u32> for std::ops::Range<u32> {
    fn older(&self, bound: Option<u32>) -> impl Iterator<Item = u32> {
        (self.start..bound.map_or(self.end, |bound| bound.min(self.end))).rev()
    }

    fn newer(&self, bound: u32) -> impl Iterator<Item = u32> {
        bound.saturating_add(1).max(self.start)..self.end
    }
}

/// The keys of another list that a condition lets through.
#[derive(Debug)]
pub(crate) struct Filtered<L, F>(pub(crate) L, pub(crate) F);

impl<K: Copy, L: Ordered<K>, F: Fn(K) -> bool> Ordered<K> for Filtered<L, F> {
    fn older(&self, bound: Option<K>) -> impl Iterator<Item = K> {
        self.0.older(bound).filter(|key| (self.1)(*key))
    }

    fn newer(&self, bound: K) -> impl Iterator<Item = K> {
        self.0.newer(bound).filter(|key| (self.1)(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(limit: usize, cursor: Cursor<u32>) -> (Vec<u32>, bool) {
        let list: &[u32] = &[1, 3, 5, 7, 9];
        let page = PageRequest { limit, cursor }.cut(&list);
        (page.keys, page.has_more)
    }

    #[test]
    fn a_page_is_newest_first_in_both_directions() {
        assert_eq!(cut(2, Cursor::Newest), (vec![9, 7], true));
        assert_eq!(cut(2, Cursor::OlderThan(7)), (vec![5, 3], true));
        assert_eq!(cut(2, Cursor::NewerThan(3)), (vec![7, 5], true));
    }

    #[test]
    fn has_more_looks_in_the_direction_of_travel_only() {
        assert_eq!(cut(2, Cursor::OlderThan(5)), (vec![3, 1], false));
        assert_eq!(cut(2, Cursor::NewerThan(5)), (vec![9, 7], false));
        assert_eq!(cut(5, Cursor::Newest), (vec![9, 7, 5, 3, 1], false));
        assert_eq!(cut(5, Cursor::OlderThan(1)), (vec![], false));
    }

    #[test]
    fn a_cursor_from_outside_the_filter_still_has_its_place() {
        assert_eq!(cut(2, Cursor::OlderThan(6)), (vec![5, 3], true));
        assert_eq!(cut(2, Cursor::NewerThan(6)), (vec![9, 7], false));
    }

    #[test]
    fn a_table_pages_as_its_rows_do() {
        let page = |cursor| PageRequest { limit: 2, cursor }.cut(&(0..4)).keys;
        assert_eq!(page(Cursor::Newest), [3, 2]);
        assert_eq!(page(Cursor::OlderThan(2)), [1, 0]);
        assert_eq!(page(Cursor::NewerThan(1)), [3, 2]);
    }
}
