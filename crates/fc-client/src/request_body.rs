//! The body of a request, which knows whether its request was sent.
//!
//! reqwest does not say whether a request that got no response had found a connection. hyper asks the body of a request
//! whether it is empty, because the head depends on it. It asks right before it writes the head to a connection. The first
//! question therefore means that the request is being sent.
//!
//! Rejected: a layer around reqwest's connector, which does not see requests that take a pooled connection.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const SENT: u8 = 1;
const WITHDRAWN: u8 = 2;

/// The body of one request.
pub(crate) struct RequestBody {
    bytes: Bytes,
    /// Whether the head says `Content-Length: 0` if there are no bytes.
    has_length: bool,
    state: Arc<AtomicU8>,
}

/// The sender's half of a [`RequestBody`].
pub(crate) struct Dispatch(Arc<AtomicU8>);

impl RequestBody {
    /// A body, and the means to withdraw its request. With `has_length`, the length of an empty body is sent too.
    pub(crate) fn new(bytes: Bytes, has_length: bool) -> (Self, Dispatch) {
        let state = Arc::new(AtomicU8::new(WAITING));
        (Self { bytes, has_length, state: Arc::clone(&state) }, Dispatch(state))
    }

    /// Marks the request as sent, unless it was withdrawn.
    fn may_be_sent(&self) -> bool {
        match self.state.compare_exchange(WAITING, SENT, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => true,
            Err(state) => state == SENT,
        }
    }
}

impl Dispatch {
    /// Withdraws the request. `false` if it is too late, because the request was sent or is being sent.
    pub(crate) fn withdraw(&self) -> bool {
        self.0.compare_exchange(WAITING, WITHDRAWN, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Withdrawn;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withdrawn>>> {
        if !self.may_be_sent() {
            // hyper then closes the connection before it has flushed the head.
            return Poll::Ready(Some(Err(Withdrawn)));
        }
        self.has_length = false;
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.may_be_sent() && self.bytes.is_empty() && !self.has_length
    }

    fn size_hint(&self) -> SizeHint {
        // No sign of sending: reqwest asks for it before there is a connection.
        match self.state.load(Ordering::Relaxed) {
            // The byte that never comes: hyper polls the body for it and gets the error.
            WITHDRAWN => SizeHint::with_exact(1),
            _ => SizeHint::with_exact(self.bytes.len() as u64),
        }
    }
}

/// The request was withdrawn before it was sent.
#[derive(Debug)]
pub(crate) struct Withdrawn;

impl fmt::Display for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was withdrawn")
    }
}

impl std::error::Error for Withdrawn {}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use http_body::Body as _;

    use super::RequestBody;

    #[test]
    fn a_request_is_sent_or_withdrawn_and_never_both() {
        for (text, has_length, is_end) in [("", false, true), ("", true, false), ("a=b", true, false)] {
            let new = || RequestBody::new(Bytes::from_static(text.as_bytes()), has_length);
            let (body, dispatch) = new();
            assert_eq!(body.size_hint().exact(), Some(text.len() as u64));
            assert_eq!(body.is_end_stream(), is_end);
            assert!(!dispatch.withdraw(), "hyper has asked, so that it is being sent");

            let (body, dispatch) = new();
            assert_eq!(body.size_hint().exact(), Some(text.len() as u64));
            assert!(dispatch.withdraw(), "the size alone is asked for before there is a connection");
            assert!(!body.is_end_stream());
            assert_ne!(body.size_hint().exact(), Some(0));
            let mut context = Context::from_waker(Waker::noop());
            assert!(matches!(pin!(body).poll_frame(&mut context), Poll::Ready(Some(Err(_)))));
        }
    }
}
