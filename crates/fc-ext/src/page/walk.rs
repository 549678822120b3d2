//! From page to page, without I/O: which one is next, and which answers cannot be.

use fc_client::{Error, ErrorKind, ListRequest};
use fc_types::{List, Object};

/// The type of the ids in a list.
pub(crate) type Id<L> = <<L as ListRequest>::Item as Object>::Id;

/// The most items that a page can have.
pub(crate) const LARGEST_PAGE: i64 = 100;

/// A walk over the pages of a list.
pub(super) struct Walk<L: ListRequest> {
    /// The request for the next page, its cursor aside.
    request: L,
    direction: Direction,
    cursor: Option<Id<L>>,
    circle: CircleGuard<Id<L>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

impl<L: ListRequest> Walk<L> {
    /// A walk that begins with this request, in the direction of its cursor.
    pub(super) fn new(request: L) -> Result<Self, Error> {
        let (direction, cursor) = match request.cursors() {
            (None, None) => (Direction::Forward, None),
            (Some(after), None) => (Direction::Forward, Some(after.clone())),
            (None, Some(before)) => (Direction::Backward, Some(before.clone())),
            (Some(_), Some(_)) => {
                return Err(Error::of_kind(
                    ErrorKind::InvalidRequest,
                    "the list has both `starting_after`, which goes forward, and `ending_before`, which goes backward; \
                     give one of them",
                ));
            }
        };
        Ok(Self { request, direction, cursor, circle: CircleGuard::default() })
    }

    pub(super) fn is_backward(&self) -> bool {
        self.direction == Direction::Backward
    }

    /// Where the next page begins.
    pub(super) fn cursor(&self) -> Option<&Id<L>> {
        self.cursor.as_ref()
    }

    /// The request for the next page.
    pub(super) fn request(&self) -> L {
        let cursor = self.cursor.clone();
        match self.direction {
            Direction::Forward => self.request.clone().with_cursors(cursor, None),
            Direction::Backward => self.request.clone().with_cursors(None, cursor),
        }
    }

    /// Takes note of the next page; whether another one follows.
    pub(super) fn advance(&mut self, page: &List<L::Item>) -> Result<bool, Error> {
        if let Some(cursor) = &self.cursor
            && page.data.iter().any(|item| item.id() == cursor)
        {
            return Err(contradiction(format!("the page beyond {cursor} holds {cursor} again")));
        }
        let furthest = match self.direction {
            Direction::Forward => page.data.last(),
            Direction::Backward => page.data.first(),
        };
        match furthest {
            Some(item) => {
                let cursor = item.id().clone();
                if self.circle.closes_with(&cursor) {
                    return Err(contradiction(format!("the pages lead in a circle, past {cursor} again")));
                }
                self.cursor = Some(cursor);
            }
            None if page.has_more => {
                return Err(contradiction(
                    "a page is empty although more are said to follow, and nothing tells where they begin"
                        .to_owned(),
                ));
            }
            None => {}
        }
        Ok(page.has_more)
    }
}

fn contradiction(message: String) -> Error {
    Error::of_kind(ErrorKind::Decode, message)
}

/// Notices, in constant memory, that ids come round again.
///
/// Brent's way: one id is remembered for a lap, then a later one for a lap of twice the length. A circle is noticed in the
/// first lap that is as long as it and begins inside of it.
struct CircleGuard<T> {
    landmark: Option<T>,
    steps: u64,
    lap: u64,
}

impl<T> Default for CircleGuard<T> {
    fn default() -> Self {
        Self { landmark: None, steps: 0, lap: 1 }
    }
}

impl<T: PartialEq + Clone> CircleGuard<T> {
    /// Whether `id` was passed before.
    fn closes_with(&mut self, id: &T) -> bool {
        if self.landmark.as_ref() == Some(id) {
            return true;
        }
        if self.landmark.is_none() || self.steps == self.lap {
            self.landmark = Some(id.clone());
            self.lap = self.lap.saturating_mul(2);
            self.steps = 0;
        }
        self.steps += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::CircleGuard;

    /// How many ids a walk passes before it is found to go in a circle: `tail` ids, then `circle` others over and over.
    fn noticed_after(tail: u64, circle: u64) -> Option<u64> {
        let mut guard = CircleGuard::default();
        let ids = (0..).map(|step| if step < tail { step } else { tail + (step - tail) % circle });
        ids.take(100_000).position(|id| guard.closes_with(&id)).map(|position| position as u64)
    }

    #[test]
    fn a_circle_of_any_length_is_noticed_within_a_few_rounds() {
        for tail in [0, 1, 2, 3, 17, 1000] {
            for circle in [1, 2, 3, 5, 64, 999] {
                let steps = noticed_after(tail, circle).unwrap();
                assert!(steps >= tail + circle, "too early: {tail} {circle} {steps}");
                assert!(steps <= 4 * (tail + circle), "too late: {tail} {circle} {steps}");
            }
        }
    }

    #[test]
    fn a_long_way_is_no_circle() {
        let mut guard = CircleGuard::default();
        assert!((0..100_000).all(|id| !guard.closes_with(&id)));
    }
}
