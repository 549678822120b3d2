//! Steps from page to page without I/O: the request for the next page, and the checks of each page.

use fc_client::{Error, ErrorKind};
use fc_types::{List, Object};

use super::request::{Id, PageRequest};

/// Largest page that the API returns.
pub(super) const LARGEST_PAGE: i64 = 100;

/// Walk over the pages of a list.
pub(super) struct Walk<L: PageRequest> {
    /// The request for the next page, without its cursor.
    request: L,
    direction: Direction,
    cursor: Option<Id<L>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

impl<L: PageRequest> Walk<L> {
    /// Starts with this request, in the direction of its cursor.
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
        Ok(Self { request, direction, cursor })
    }

    pub(super) fn is_backward(&self) -> bool {
        self.direction == Direction::Backward
    }

    /// Cursor of the next page.
    pub(super) fn cursor(&self) -> Option<&Id<L>> {
        self.cursor.as_ref()
    }

    /// Request for the next page.
    pub(super) fn request(&self) -> L {
        let cursor = self.cursor.clone();
        match self.direction {
            Direction::Forward => self.request.clone().with_cursors(cursor, None),
            Direction::Backward => self.request.clone().with_cursors(None, cursor),
        }
    }

    /// Checks the page and moves the cursor past it. Returns whether another page follows.
    pub(super) fn advance(&mut self, page: &List<L::Item>) -> Result<bool, Error> {
        if let Some(cursor) = &self.cursor {
            if page.data.iter().any(|item| item.id() == cursor) {
                return Err(contradiction(format!(
                    "the page after the cursor {cursor} holds {cursor} again"
                )));
            }
        }
        let furthest = match self.direction {
            Direction::Forward => page.data.last(),
            Direction::Backward => page.data.first(),
        };
        match furthest {
            Some(item) => self.cursor = Some(item.id().clone()),
            None if page.has_more => {
                return Err(contradiction(
                    "an empty page has `has_more: true`, so there is no cursor for the next page".to_owned(),
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
