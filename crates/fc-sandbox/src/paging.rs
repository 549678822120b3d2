//! Pagination: limit, cursors and `has_more`.

pub(crate) const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;

/// Where a page begins. The cursor itself is not on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor<K> {
    /// The newest elements.
    Newest,
    /// The elements older than this one (`starting_after`).
    OlderThan(K),
    /// The elements newer than this one (`ending_before`).
    NewerThan(K),
}

/// The page that a caller asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRequest<K> {
    limit: usize,
    cursor: Cursor<K>,
}

/// A list that can be read in both directions from any key.
pub(crate) trait Ordered<K: Copy> {
    /// The keys older than `bound`, newest first. Without a bound, all keys.
    fn older(&self, bound: Option<K>) -> impl Iterator<Item = K>;
    /// The keys newer than `bound`, oldest first.
    fn newer(&self, bound: K) -> impl Iterator<Item = K>;
}

/// One page, newest first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<K> {
    pub(crate) keys: Vec<K>,
    /// Whether more elements follow in the direction of reading.
    pub(crate) has_more: bool,
}

impl<K: Copy> PageRequest<K> {
    /// The first page of an embedded list.
    pub(crate) fn first() -> Self {
        Self { limit: DEFAULT_LIMIT as usize, cursor: Cursor::Newest }
    }

    pub(crate) fn new(limit: i64, cursor: Cursor<K>) -> Self {
        Self { limit: limit.clamp(1, MAX_LIMIT) as usize, cursor }
    }

    /// Cuts the page out of `list`. It reads one key more than the page has.
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

/// Keys in the order of creation.
impl<K: Copy + Ord> Ordered<K> for &[K] {
    fn older(&self, bound: Option<K>) -> impl Iterator<Item = K> {
        let end = bound.map_or(self.len(), |bound| self.partition_point(|key| *key < bound));
        self[..end].iter().rev().copied()
    }

    fn newer(&self, bound: K) -> impl Iterator<Item = K> {
        self[self.partition_point(|key| *key <= bound)..].iter().copied()
    }
}

/// The keys of a list that satisfy a condition.
#[derive(Debug)]
pub(crate) struct Filtered<L, F>(pub(crate) L, pub(crate) F);

impl<L, F> Filtered<L, F> {
    /// The number of keys. It reads the whole list.
    pub(crate) fn count<K: Copy>(&self) -> usize
    where
        Self: Ordered<K>,
    {
        self.older(None).count()
    }
}

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
}
