//! Requests for lists, seen alike: what lets any of them be walked page by page.

use std::future::Future;

use fc_types::{List, Object};

use crate::{Error, Response};

/// A request for one page of a list.
///
/// Every request that takes `starting_after` and `ending_before` is one. It is what code that pages over any list is
/// written against; to page over a given one, use that request's own methods.
pub trait ListRequest: sealed::Sealed + Clone + Send + Unpin + 'static {
    /// What the list holds.
    type Item: Object<Id: PartialEq + Send + Sync + Unpin + 'static> + Send + Unpin + 'static;

    /// The ids after which and before which the page is to be: `starting_after` and `ending_before`. The API takes one of
    /// the two at most.
    fn cursors(&self) -> (Option<&Id<Self>>, Option<&Id<Self>>);

    /// Replaces both cursors.
    #[must_use]
    fn with_cursors(self, starting_after: Option<Id<Self>>, ending_before: Option<Id<Self>>) -> Self;

    /// How many items the page is to have, if that was said.
    fn page_limit(&self) -> Option<i64>;

    /// Replaces the number of items.
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
    /// Keeps [`ListRequest`](super::ListRequest) free to grow: only generated requests implement it.
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
