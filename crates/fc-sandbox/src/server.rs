//! The server: connections in, answers out, and the two things that a router cannot do to an answer.
//!
//! A handler marks its answer ([`Cut`]) to have the connection closed instead, and gives it a [`Paced`] body to have it
//! come slowly or end too early.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::time::{Sleep, sleep};
use tower::ServiceExt as _;

/// How long after a failure to accept the listener is tried again, such as when the process has no more files.
const PAUSE: Duration = Duration::from_millis(100);

/// The mark of an answer that is not to be sent: the connection closes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for Cut {}

/// Serves `router` until `shutdown` is done, then lets open requests end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection was accepted");
                sleep(PAUSE).await;
                continue;
            }
        };
        // Answers are short and written whole; waiting to fill a packet would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, %peer, "a connection broke");
            continue;
        }
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), request, peer));
        let connection =
            graceful.watch(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A connection that breaks is the caller's affair, or was cut on purpose.
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection broke");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// An error closes the connection without an answer.
async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response, Cut> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<Cut>().is_some() { Err(Cut) } else { Ok(response) }
}

/// An answer that a server turns into a closed connection. Without a server its body cannot be read.
pub(crate) fn cut() -> Response {
    let mut response = Response::new(Body::new(Paced {
        chunks: Vec::new(),
        pause: None,
        breaks: true,
        flushed: false,
        length: None,
    }));
    response.extensions_mut().insert(Cut);
    response
}

/// A body that pauses in its middle, or breaks off there.
#[derive(Debug)]
pub(crate) struct Paced {
    /// What is still to be sent, last part first.
    chunks: Vec<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
    breaks: bool,
    flushed: bool,
    /// What the head promises.
    length: Option<u64>,
}

impl Paced {
    /// All of `body`, with a pause of real time after its first half.
    pub(crate) fn slow(body: &str, pause: Duration) -> Body {
        let (first, second) = halves(body);
        let pause = Some(Box::pin(sleep(pause)));
        Body::new(Self {
            chunks: vec![second, first],
            pause,
            breaks: false,
            flushed: false,
            length: Some(body.len() as u64),
        })
    }

    /// The first half of `body`, as if that were all.
    pub(crate) fn truncated(body: &str) -> Body {
        Body::from(halves(body).0)
    }

    /// The first half of `body`, and then the connection closes.
    pub(crate) fn broken(body: &str) -> Body {
        let (first, _) = halves(body);
        Body::new(Self {
            chunks: vec![first],
            pause: None,
            breaks: true,
            flushed: false,
            length: Some(body.len() as u64),
        })
    }
}

/// In bytes: a character may well be cut in two.
fn halves(body: &str) -> (Bytes, Bytes) {
    let mut first = Bytes::copy_from_slice(body.as_bytes());
    let second = first.split_off(first.len() / 2);
    (first, second)
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if self.chunks.len() == 1
            && let Some(pause) = &mut self.pause
        {
            std::task::ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        Poll::Ready(match self.chunks.pop() {
            Some(chunk) => Some(Ok(Frame::data(chunk))),
            None if self.breaks => {
                // What was sent so far only leaves when the body has nothing to give for a moment.
                if !std::mem::replace(&mut self.flushed, true) {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Err(Cut))
            }
            None => None,
        })
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.length.map_or_else(hyper::body::SizeHint::new, hyper::body::SizeHint::with_exact)
    }
}
