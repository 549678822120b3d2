//! Faults of a response: a slow or broken body, and a connection that closes instead of a response.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// Marks a response that the server replaces by closing the connection. As an error of a body, it closes the connection in
/// the middle of a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloseConnection;

impl fmt::Display for CloseConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault closes the connection")
    }
}

impl std::error::Error for CloseConnection {}

impl CloseConnection {
    /// A marked response. Without a server, reading its body fails.
    pub(crate) fn response() -> Response {
        let mut response = Response::new(Body::new(FaultyBody { breaks: true, ..FaultyBody::default() }));
        response.extensions_mut().insert(Self);
        response
    }
}

/// A body that pauses or breaks off in its middle.
#[derive(Debug, Default)]
pub(crate) struct FaultyBody {
    /// The parts that are not sent yet, last part first.
    chunks: Vec<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
    breaks: bool,
    flushed: bool,
    /// The `Content-Length`, in bytes.
    length: Option<u64>,
}

impl FaultyBody {
    /// All of `body`, with a pause of real time after its first half.
    pub(crate) fn slow(body: &str, pause: Duration) -> Body {
        let (first, second) = halves(body);
        Body::new(Self {
            chunks: vec![second, first],
            pause: Some(Box::pin(sleep(pause))),
            length: Some(body.len() as u64),
            ..Self::default()
        })
    }

    /// The first half of `body`, as a complete body.
    pub(crate) fn truncated(body: &str) -> Body {
        Body::from(halves(body).0)
    }

    /// The first half of `body`, and then a closed connection.
    pub(crate) fn broken(body: &str) -> Body {
        let (first, _) = halves(body);
        let length = Some(body.len() as u64);
        Body::new(Self { chunks: vec![first], breaks: true, length, ..Self::default() })
    }
}

/// Splits a body in the middle of its bytes, even inside a character.
fn halves(body: &str) -> (Bytes, Bytes) {
    let mut first = Bytes::copy_from_slice(body.as_bytes());
    let second = first.split_off(first.len() / 2);
    (first, second)
}

impl HttpBody for FaultyBody {
    type Data = Bytes;
    type Error = CloseConnection;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CloseConnection>>> {
        if self.chunks.len() == 1
            && let Some(pause) = &mut self.pause
        {
            std::task::ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        Poll::Ready(match self.chunks.pop() {
            Some(chunk) => Some(Ok(Frame::data(chunk))),
            None if self.breaks => {
                // The server flushes the first half only when the body is pending once.
                if !std::mem::replace(&mut self.flushed, true) {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Err(CloseConnection))
            }
            None => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}
