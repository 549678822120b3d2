//! Stream of the pages of a list.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use fc_client::{Error, Response};
use fc_types::List;
use futures_core::Stream;

use super::request::{Id, PageRequest};
use super::walk::Walk;

/// Request that was sent and has no response yet.
type Fetch<L> = Pin<Box<dyn Future<Output = Result<Response<List<<L as PageRequest>::Item>>, Error>> + Send>>;

/// Stream of the pages of a list; from [`Paged::pages`](crate::Paged::pages).
///
/// A page is as received, which is newest first in both directions. The stream ends after an error. To continue, give
/// the [`cursor`](Pages::cursor) to a new request.
#[must_use = "a stream does nothing until it is read"]
pub struct Pages<L: PageRequest> {
    walk: Option<Walk<L>>,
    state: State<L>,
    prefetch: bool,
    held: Option<Held<L>>,
}

/// Page that waits until the runtime has sent the request for the next one.
struct Held<L: PageRequest> {
    page: List<L::Item>,
    /// Cursor of the page before it.
    cursor: Option<Id<L>>,
}

enum State<L: PageRequest> {
    /// The next page was not requested.
    Due,
    Requested(Fetch<L>),
    /// The next page or its error was received and not yet returned.
    Received(Result<List<L::Item>, Error>),
    Ended,
}

impl<L: PageRequest> Pages<L> {
    pub(super) fn new(request: L) -> Self {
        match Walk::new(request) {
            Ok(walk) => Self { walk: Some(walk), state: State::Due, prefetch: false, held: None },
            Err(error) => {
                Self { walk: None, state: State::Received(Err(error)), prefetch: false, held: None }
            }
        }
    }

    /// Takes `page` as the first page, so that it is not requested.
    pub(super) fn begin_with(&mut self, page: List<L::Item>) {
        if self.walk.is_some() {
            self.state = State::Received(Ok(page));
        }
    }

    pub(super) fn is_backward(&self) -> bool {
        self.walk.as_ref().is_some_and(Walk::is_backward)
    }

    pub(super) fn is_prefetching(&self) -> bool {
        self.prefetch
    }

    /// Requests the next page before a page is returned, so that it arrives while the caller works on this one.
    ///
    /// The request is on its way even if the caller does not await meanwhile on a runtime of one thread.
    ///
    /// It costs the memory of a second page, and one unused call if the caller stops early.
    pub fn prefetch(mut self) -> Self {
        self.prefetch = true;
        self
    }

    /// Next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// The errors of the request's `send`. Kind `InvalidRequest`: the request has two cursors. Kind `Decode`: the pages
    /// contradict each other, see [`Paged`](crate::Paged).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the stream owns the request in flight, and the next call waits for it.
    pub async fn next(&mut self) -> Option<Result<List<L::Item>, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Cursor with which a new request continues after the pages returned so far.
    ///
    /// It is the `starting_after` of the new request, or the `ending_before` if this stream goes backward. `None` when
    /// the new request would start from the beginning.
    #[must_use]
    pub fn cursor(&self) -> Option<&Id<L>> {
        match &self.held {
            Some(held) => held.cursor.as_ref(),
            None => self.walk.as_ref()?.cursor(),
        }
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<List<L::Item>, Error>>> {
        if let Some(held) = self.held.take() {
            return Poll::Ready(Some(Ok(held.page)));
        }
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Due => {
                    if let Some(walk) = &self.walk {
                        self.state = State::Requested(Box::pin(walk.request().send_page()));
                    }
                }
                State::Requested(mut fetch) => match fetch.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Requested(fetch);
                        return Poll::Pending;
                    }
                    Poll::Ready(response) => {
                        self.state = State::Received(response.map(Response::into_inner));
                    }
                },
                State::Received(page) => {
                    let cursor = if self.prefetch { self.cursor().cloned() } else { None };
                    let page = page.and_then(|page| self.accept(page));
                    if !self.prefetch {
                        return Poll::Ready(Some(page));
                    }
                    self.poll_ahead(context);
                    return match (page, &self.state) {
                        // The task of the connection sends the request. It may need this thread.
                        (Ok(page), State::Requested(_)) => {
                            self.held = Some(Held { page, cursor });
                            context.waker().wake_by_ref();
                            Poll::Pending
                        }
                        (page, _) => Poll::Ready(Some(page)),
                    };
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }

    /// Checks the page against those before it, and moves on.
    fn accept(&mut self, page: List<L::Item>) -> Result<List<L::Item>, Error> {
        if let Some(walk) = &mut self.walk {
            if walk.advance(&page)? {
                self.state = State::Due;
            }
        }
        Ok(page)
    }

    /// Sends the request for the next page if that was not done, and lets it progress.
    pub(super) fn poll_ahead(&mut self, context: &mut Context<'_>) {
        if let (State::Due, Some(walk)) = (&self.state, &self.walk) {
            self.state = State::Requested(Box::pin(walk.request().send_page()));
        }
        if let State::Requested(fetch) = &mut self.state {
            if let Poll::Ready(response) = fetch.as_mut().poll(context) {
                self.state = State::Received(response.map(Response::into_inner));
            }
        }
    }
}

impl<L: PageRequest> Stream for Pages<L> {
    type Item = Result<List<L::Item>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl<L: PageRequest> fmt::Debug for Pages<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("cursor", &self.cursor().map(Id::<L>::to_string))
            .finish_non_exhaustive()
    }
}
