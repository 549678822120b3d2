//! Stream of the items of a list.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use fc_client::Error;
use fc_types::{List, Object};
use futures_core::Stream;

use super::pages::Pages;
use super::request::{Id, PageRequest};

/// Stream of the items of a list; from [`Paged::items`](crate::Paged::items).
///
/// The stream ends after an error. To continue, give the [`cursor`](Items::cursor) to a new request.
#[must_use = "a stream does nothing until it is read"]
pub struct Items<L: PageRequest> {
    pages: Pages<L>,
    page: std::vec::IntoIter<L::Item>,
    cursor: Option<Id<L>>,
    page_count: u64,
}

impl<L: PageRequest> Items<L> {
    pub(super) fn new(pages: Pages<L>) -> Self {
        Self { cursor: pages.cursor().cloned(), pages, page: Vec::new().into_iter(), page_count: 0 }
    }

    /// Takes `page` as the first page, so that it is not requested.
    pub(super) fn begin_with(&mut self, page: List<L::Item>) {
        self.pages.begin_with(page);
    }

    /// As [`Pages::prefetch`]: the next page is requested while the items of this one are returned.
    pub fn prefetch(mut self) -> Self {
        self.pages = self.pages.prefetch();
        self
    }

    /// Next item; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`Pages::next`].
    pub async fn next(&mut self) -> Option<Result<L::Item, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// All remaining items in one vector, for lists that are known to be short.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`]. The items read before the error are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the items read so far. It changes nothing at Stripe, so the list can be read again.
    pub async fn into_vec(mut self) -> Result<Vec<L::Item>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }

    /// Cursor with which a new request continues after the items returned so far.
    ///
    /// It is the `starting_after` of the new request, or the `ending_before` if this stream goes backward. `None` when
    /// the new request would start from the beginning.
    #[must_use]
    pub fn cursor(&self) -> Option<&Id<L>> {
        self.cursor.as_ref()
    }

    /// Number of pages received so far.
    pub(crate) fn page_count(&self) -> u64 {
        self.page_count
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<L::Item, Error>>> {
        loop {
            if let Some(item) = self.page.next() {
                if self.pages.is_prefetching() {
                    self.pages.poll_ahead(context);
                }
                self.cursor = Some(item.id().clone());
                return Poll::Ready(Some(Ok(item)));
            }
            match self.pages.poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(mut page))) => {
                    self.page_count += 1;
                    if self.pages.is_backward() {
                        page.data.reverse();
                    }
                    self.page = page.into_iter();
                }
            }
        }
    }
}

impl<L: PageRequest> Stream for Items<L> {
    type Item = Result<L::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl<L: PageRequest> fmt::Debug for Items<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("cursor", &self.cursor.as_ref().map(Id::<L>::to_string))
            .finish_non_exhaustive()
    }
}
