//! Pagination: the cursors and the page size that all list requests share.

use std::future::Future;

use fc_types::{List, Object};

use crate::{Error, Response};

/// A request for one page of a list, with its pagination cursors.
///
/// Every request with `starting_after` and `ending_before` implements it. Code that pages over any list uses this trait;
/// code that pages over one list uses that request's own methods.
pub trait ListRequest: sealed::Sealed + Clone + Send + Unpin + 'static {
    /// The items of the list.
    type Item: Object<Id: PartialEq + Send + Sync + Unpin + 'static> + Send + Unpin + 'static;

    /// The cursors: the ids after which (`starting_after`) and before which (`ending_before`) the page lies. The API accepts
    /// at most one of the two.
    fn cursors(&self) -> (Option<&Id<Self>>, Option<&Id<Self>>);

    /// Replaces both cursors.
    #[must_use]
    fn with_cursors(self, starting_after: Option<Id<Self>>, ending_before: Option<Id<Self>>) -> Self;

    /// The page size, if it was set.
    fn page_limit(&self) -> Option<i64>;

    /// Replaces the page size.
    #[must_use]
    fn with_page_limit(self, limit: Option<i64>) -> Self;

    /// Sends the request, as its own `send_response` does.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind.
    fn send_page(self) -> impl Future<Output = Result<Response<List<Self::Item>>, Error>> + Send;
}

/// The type of the ids in a list.
type Id<L> = <<L as ListRequest>::Item as Object>::Id;

pub(crate) mod sealed {
    /// Only generated requests implement [`ListRequest`](super::ListRequest), so that it can gain methods.
    pub trait Sealed {}
}

/// Makes a generated request, with the fields `starting_after`, `ending_before` and `limit`, a [`ListRequest`].
macro_rules! list_request {
    ($request:ident -> $item:ty) => {
        impl $crate::list::sealed::Sealed for $request {}

        impl $crate::ListRequest for $request {
            type Item = $item;

            fn cursors(
                &self,
            ) -> (Option<&<$item as ::fc_types::Object>::Id>, Option<&<$item as ::fc_types::Object>::Id>)
            {
                (self.starting_after.as_ref(), self.ending_before.as_ref())
            }

            fn with_cursors(
                mut self,
                starting_after: Option<<$item as ::fc_types::Object>::Id>,
                ending_before: Option<<$item as ::fc_types::Object>::Id>,
            ) -> Self {
                self.starting_after = starting_after;
                self.ending_before = ending_before;
                self
            }

            fn page_limit(&self) -> Option<i64> {
                self.limit
            }

            fn with_page_limit(mut self, limit: Option<i64>) -> Self {
                self.limit = limit;
                self
            }

            fn send_page(
                self,
            ) -> impl Future<Output = Result<$crate::Response<::fc_types::List<$item>>, $crate::Error>> + Send
            {
                self.send_response()
            }
        }
    };
}
