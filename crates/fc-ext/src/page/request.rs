//! Requests for one page of a list.

use std::future::Future;

use fc_client::{Error, ListRequest, Response};
use fc_types::{List, Object};

/// Request for one page of a list: every [`ListRequest`], and the list of events.
pub trait PageRequest: sealed::Sealed + Clone + Send + Unpin + 'static {
    /// Item of the list.
    type Item: Object<Id: PartialEq + Send + Sync + Unpin + 'static> + Send + Unpin + 'static;

    /// Values of `starting_after` and `ending_before`.
    fn cursors(&self) -> (Option<&Id<Self>>, Option<&Id<Self>>);

    /// Replaces both cursors.
    #[must_use]
    fn with_cursors(self, starting_after: Option<Id<Self>>, ending_before: Option<Id<Self>>) -> Self;

    /// Value of `limit`.
    fn page_limit(&self) -> Option<i64>;

    /// Replaces `limit`.
    #[must_use]
    fn with_page_limit(self, limit: Option<i64>) -> Self;

    /// Sends the request.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind.
    fn send_page(self) -> impl Future<Output = Result<Response<List<Self::Item>>, Error>> + Send;
}

/// Type of the ids in a list.
pub(super) type Id<L> = <<L as PageRequest>::Item as Object>::Id;

pub(crate) mod sealed {
    pub trait Sealed {}
}

impl<L: ListRequest> sealed::Sealed for L {}

impl<L: ListRequest> PageRequest for L {
    type Item = L::Item;

    fn cursors(&self) -> (Option<&Id<Self>>, Option<&Id<Self>>) {
        ListRequest::cursors(self)
    }

    fn with_cursors(self, starting_after: Option<Id<Self>>, ending_before: Option<Id<Self>>) -> Self {
        ListRequest::with_cursors(self, starting_after, ending_before)
    }

    fn page_limit(&self) -> Option<i64> {
        ListRequest::page_limit(self)
    }

    fn with_page_limit(self, limit: Option<i64>) -> Self {
        ListRequest::with_page_limit(self, limit)
    }

    fn send_page(self) -> impl Future<Output = Result<Response<List<Self::Item>>, Error>> + Send {
        ListRequest::send_page(self)
    }
}
