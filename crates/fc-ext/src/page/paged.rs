//! Pagination of every list request.

use fc_types::List;

use super::items::Items;
use super::pages::Pages;
use super::request::PageRequest;
use super::walk::LARGEST_PAGE;

/// Pagination of a list: a stream of all items or of all pages, in place of one page.
///
/// ```no_run
/// use fc_ext::{FinancialConnections, Paged};
///
/// # async fn run(fc: FinancialConnections, account: fc_ext::types::AccountId) -> Result<(), fc_ext::Error> {
/// let mut transactions = fc.transactions().list(&account).items();
/// while let Some(transaction) = transactions.next().await {
///     let transaction = transaction?;
///     println!("{} {}", transaction.transacted_at, transaction.money());
/// }
/// # Ok(()) }
/// ```
///
/// # Direction
///
/// The cursor of the request sets the direction, as in Stripe's SDKs. With `starting_after` or without a cursor, items
/// come newest first. With `ending_before` they come oldest first, starting with the item next newer than the cursor:
/// that reads what is new. A request with both cursors is rejected before anything is sent. Filters hold for every page.
///
/// # Memory
///
/// The stream holds one page at a time, however long the list is; with [`prefetch`](Items::prefetch) it holds two.
///
/// # Wrong pages
///
/// An empty page with `has_more: true` gives no cursor for the next page. A page that holds its own cursor would be read
/// again without end. Both end the stream with an error of kind [`Decode`](crate::ErrorKind::Decode), because a quiet end
/// would pass half a list for the whole.
pub trait Paged: PageRequest {
    /// Sets how many items each page holds, 1 to 100: Stripe's parameter `limit`, which limits a page and not the stream.
    ///
    /// ```no_run
    /// # use fc_ext::{FinancialConnections, Paged};
    /// # async fn run(fc: FinancialConnections) -> Result<(), fc_ext::Error> {
    /// let accounts = fc.accounts().list().page_size(25).items().into_vec().await?; // all accounts, 25 in each response
    /// # Ok(()) }
    /// ```
    #[must_use]
    fn page_size(self, items: u32) -> Self {
        self.with_page_limit(Some(items.into()))
    }

    /// All items. Pages hold 100 items, the maximum, unless [`page_size`](Self::page_size) set another number.
    fn items(self) -> Items<Self> {
        let limit = self.page_limit().or(Some(LARGEST_PAGE));
        Items::new(Pages::new(self.with_page_limit(limit)))
    }

    /// All items, when the first page is known already, such as the list inside another object.
    fn items_from(self, page: List<Self::Item>) -> Items<Self> {
        let mut items = self.items();
        items.begin_with(page);
        items
    }

    /// All pages, each as received.
    fn pages(self) -> Pages<Self> {
        Pages::new(self)
    }
}

impl<L: PageRequest> Paged for L {}
