//! Streams over lists: all pages of one, or all its items.

mod walk;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use fc_client::{Error, ListRequest, Response};
use fc_types::{List, Object};
use futures_core::Stream;

use crate::page::walk::{Id, LARGEST_PAGE, Walk};

/// Walks a list: what every request for one can do besides fetching one page.
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
/// The request's cursor decides it, as in the official SDKs. With `starting_after`, or without a cursor, the walk goes
/// forward, from newer items to older ones. With `ending_before` it goes backward: items come oldest first, beginning with
/// the one next newer than the cursor, which is how to catch up with what is new. The two together are refused, before
/// anything is sent. All filters of the request hold for every page.
///
/// # Memory
///
/// One page is held at a time, whatever the length of the list; with [`prefetch`](Items::prefetch) two.
///
/// # What a server may not do
///
/// A page that is empty though more is said to follow gives no cursor to go on from, and a page that repeats an item seen
/// before would lead in a circle. The walk then ends in an error of kind [`Decode`](crate::ErrorKind::Decode): to end it
/// quietly would pass half a list for a whole one.
pub trait Paged: ListRequest {
    /// All items, from page to page. Asks for pages of 100 items, the largest there are, unless the request has a `limit`.
    fn items(self) -> Items<Self> {
        let limit = self.page_limit().or(Some(LARGEST_PAGE));
        Items::new(Pages::new(self.with_page_limit(limit)))
    }

    /// All items, the first page being at hand already: it is the answer to this request, such as the list that comes
    /// inside of another object.
    fn items_from(self, page: List<Self::Item>) -> Items<Self> {
        let mut items = self.items();
        items.pages.begin_with(page);
        items
    }

    /// All pages, each as it was received.
    fn pages(self) -> Pages<Self> {
        Pages::new(self)
    }
}

impl<L: ListRequest> Paged for L {}

/// A request that was sent and is not answered yet.
type Fetch<L> = Pin<Box<dyn Future<Output = Result<Response<List<<L as ListRequest>::Item>>, Error>> + Send>>;

/// The pages of a list; from [`Paged::pages`].
///
/// Each is as received, that is newest first, in either direction. After an error there are no more: to go on, give the
/// [`cursor`](Pages::cursor) to a new request.
#[must_use = "a stream does nothing until it is read"]
pub struct Pages<L: ListRequest> {
    walk: Option<Walk<L>>,
    state: State<L>,
    prefetch: bool,
}

enum State<L: ListRequest> {
    /// The next page has not been asked for.
    Due,
    Asked(Fetch<L>),
    /// The next page, or why there is none, waits to be handed out.
    Here(Result<List<L::Item>, Error>),
    Ended,
}

impl<L: ListRequest> Pages<L> {
    fn new(request: L) -> Self {
        match Walk::new(request) {
            Ok(walk) => Self { walk: Some(walk), state: State::Due, prefetch: false },
            Err(error) => Self { walk: None, state: State::Here(Err(error)), prefetch: false },
        }
    }

    fn begin_with(&mut self, page: List<L::Item>) {
        if self.walk.is_some() {
            self.state = State::Here(Ok(page));
        }
    }

    /// Asks for the next page as soon as one is handed out, so that it is on its way while this one is worked on. It costs
    /// the memory of a second page, and a call in vain for whoever stops early.
    pub fn prefetch(mut self) -> Self {
        self.prefetch = true;
        self
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As the request's own `send`; of kind `InvalidRequest` when it has two cursors; of kind `Decode` when the pages make
    /// no sense together, see [`Paged`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a request under way belongs to the stream, and the next call waits for it.
    pub async fn next(&mut self) -> Option<Result<List<L::Item>, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Where a new request goes on after the pages handed out so far: its `starting_after`, or its `ending_before` if this
    /// one goes backward. `None` when it would begin anew.
    #[must_use]
    pub fn cursor(&self) -> Option<&Id<L>> {
        self.walk.as_ref()?.cursor()
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<List<L::Item>, Error>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Due => {
                    if let Some(walk) = &self.walk {
                        self.state = State::Asked(Box::pin(walk.request().send_page()));
                    }
                }
                State::Asked(mut fetch) => match fetch.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Asked(fetch);
                        return Poll::Pending;
                    }
                    Poll::Ready(answer) => self.state = State::Here(answer.map(Response::into_inner)),
                },
                State::Here(page) => {
                    let page = page.and_then(|page| self.hand_out(page));
                    if self.prefetch {
                        self.poll_ahead(context);
                    }
                    return Poll::Ready(Some(page));
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }

    /// Checks the page against those before it, and moves on.
    fn hand_out(&mut self, page: List<L::Item>) -> Result<List<L::Item>, Error> {
        if let Some(walk) = &mut self.walk
            && walk.advance(&page)?
        {
            self.state = State::Due;
        }
        Ok(page)
    }

    /// Lets the request for the next page progress, and sends it if that was not done.
    fn poll_ahead(&mut self, context: &mut Context<'_>) {
        if let (State::Due, Some(walk)) = (&self.state, &self.walk) {
            self.state = State::Asked(Box::pin(walk.request().send_page()));
        }
        if let State::Asked(fetch) = &mut self.state
            && let Poll::Ready(answer) = fetch.as_mut().poll(context)
        {
            self.state = State::Here(answer.map(Response::into_inner));
        }
    }
}

impl<L: ListRequest> Stream for Pages<L> {
    type Item = Result<List<L::Item>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl<L: ListRequest> fmt::Debug for Pages<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("cursor", &self.cursor().map(Id::<L>::to_string))
            .finish_non_exhaustive()
    }
}

/// The items of a list; from [`Paged::items`].
///
/// After an error there are no more: to go on, give the [`cursor`](Items::cursor) to a new request.
#[must_use = "a stream does nothing until it is read"]
pub struct Items<L: ListRequest> {
    pages: Pages<L>,
    page: std::vec::IntoIter<L::Item>,
    cursor: Option<Id<L>>,
}

impl<L: ListRequest> Items<L> {
    fn new(pages: Pages<L>) -> Self {
        Self { cursor: pages.cursor().cloned(), pages, page: Vec::new().into_iter() }
    }

    /// As [`Pages::prefetch`]: the next page is on its way while the items of this one are handed out.
    pub fn prefetch(mut self) -> Self {
        self.pages.prefetch = true;
        self
    }

    /// The next item; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing, as with [`Pages::next`].
    pub async fn next(&mut self) -> Option<Result<L::Item, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// All items that are left, in one vector: for lists that are known to be short.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`]; the items read until then are lost.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the items read so far. Nothing is changed by that, so it can be done again.
    pub async fn into_vec(mut self) -> Result<Vec<L::Item>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }

    /// Where a new request goes on after the items handed out so far: its `starting_after`, or its `ending_before` if this
    /// one goes backward. `None` when it would begin anew.
    #[must_use]
    pub fn cursor(&self) -> Option<&Id<L>> {
        self.cursor.as_ref()
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<L::Item, Error>>> {
        loop {
            if let Some(item) = self.page.next() {
                if self.pages.prefetch {
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
                    if self.pages.walk.as_ref().is_some_and(Walk::is_backward) {
                        page.data.reverse();
                    }
                    self.page = page.into_iter();
                }
            }
        }
    }
}

impl<L: ListRequest> Stream for Items<L> {
    type Item = Result<L::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl<L: ListRequest> fmt::Debug for Items<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("cursor", &self.cursor.as_ref().map(Id::<L>::to_string))
            .finish_non_exhaustive()
    }
}
