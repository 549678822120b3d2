//! Request bodies as they arrive: pauses are bounded, and so is the number of large bodies at one time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

use crate::http::connections::Admission;

/// The longest wait for the next part of a body.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The longest wait for a whole body.
const LONGEST: Duration = Duration::from_secs(60);
/// Bodies up to this size, in bytes, are always read at once.
const SMALL: u64 = 16 * 1024;
/// The number of larger bodies that are read at one time. The largest one has a megabyte, except for imported states.
const LARGE_AT_ONCE: usize = 32;

/// Limits the number of large bodies.
#[derive(Clone, Debug)]
pub(crate) struct LargeBodies(Arc<Semaphore>);

impl Default for LargeBodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_AT_ONCE)))
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It did not arrive in time.
    Late,
    /// The connection broke.
    Broken(hyper::Error),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("the body did not arrive in time"),
            Self::Broken(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for BodyError {}

type Permit = Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>;

/// The body of a request.
pub(crate) struct RequestBody {
    body: Incoming,
    connection: Arc<Admission>,
    large: LargeBodies,
    /// The bytes that have arrived.
    length: u64,
    waiting: Option<Permit>,
    permit: Option<OwnedSemaphorePermit>,
    pause: Pin<Box<Sleep>>,
    deadline: Instant,
}

impl RequestBody {
    pub(crate) fn new(body: Incoming, connection: Arc<Admission>, large: LargeBodies) -> Self {
        if body.is_end_stream() {
            connection.works();
        }
        Self {
            body,
            connection,
            large,
            length: 0,
            waiting: None,
            permit: None,
            pause: Box::pin(sleep(LONGEST_PAUSE)),
            deadline: Instant::now() + LONGEST,
        }
    }

    /// Waits until the body may be read further. A small body waits for no other one.
    fn poll_permit(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let announced = self.body.size_hint().exact().unwrap_or_default();
        if self.permit.is_some() || self.length.saturating_add(announced) <= SMALL {
            return Poll::Ready(());
        }
        let semaphore = &self.large.0;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(Arc::clone(semaphore).acquire_owned()));
        self.permit = ready!(waiting.as_mut().poll(context)).ok();
        self.waiting = None;
        self.restart_pause();
        Poll::Ready(())
    }

    fn restart_pause(&mut self) {
        let next = (Instant::now() + LONGEST_PAUSE).min(self.deadline);
        self.pause.as_mut().reset(next);
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match self.poll_permit(context) {
            Poll::Ready(()) => Pin::new(&mut self.body).poll_frame(context),
            Poll::Pending => Poll::Pending,
        };
        match frame {
            Poll::Ready(Some(Ok(frame))) => {
                self.length += frame.data_ref().map_or(0, |data| data.len() as u64);
                self.restart_pause();
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(BodyError::Broken(error)))),
            Poll::Ready(None) => {
                // From here on the request can change the state, so it gets its response.
                self.connection.works();
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(self.pause.as_mut().poll(context));
                Poll::Ready(Some(Err(BodyError::Late)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
