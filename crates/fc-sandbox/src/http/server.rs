//! The HTTP/1.1 server.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tower::ServiceExt as _;

use crate::http::connections::{Admission, Connections};
use crate::http::faulty_body::CloseConnection;
use crate::http::host::LocalAddress;
use crate::http::patient_stream::PatientStream;
use crate::http::request_body::{LargeBodies, RequestBody};

/// The wait after a failure to accept a connection, for example because the process has no more files.
const ACCEPT_RETRY_WAIT: Duration = Duration::from_millis(100);
/// The longest wait for the head of a request, silence before it included.
const LONGEST_HEAD: Duration = Duration::from_secs(30);
/// The largest head, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;

/// What the connections of a server share.
#[derive(Clone)]
struct Server {
    router: Router,
    connections: Arc<Connections>,
    large_bodies: LargeBodies,
}

/// Serves `router` on all listeners until `shutdown` completes, then waits for open requests.
pub(crate) async fn serve(listeners: Vec<TcpListener>, router: Router, shutdown: impl Future<Output = ()>) {
    let server = Server { router, connections: Connections::new(), large_bodies: LargeBodies::default() };
    let graceful = Arc::new(GracefulShutdown::new());
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(server.clone(), listener, Arc::clone(&graceful)));
    }
    let mut shutdown = pin!(shutdown);
    shutdown.as_mut().await;
    // Ends the listeners.
    accepting.shutdown().await;
    if let Some(graceful) = Arc::into_inner(graceful) {
        graceful.shutdown().await;
    }
}

/// Accepts connections without end. A task of its own, so that no other work delays a client.
async fn accept(server: Server, listener: TcpListener, graceful: Arc<GracefulShutdown>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let connection = server.connections.admit().await;
                let server = server.clone();
                tokio::spawn(server.serve(stream, peer, connection, graceful.watcher()));
            }
            Err(error) => {
                tracing::warn!(%error, "failed to accept a connection");
                server.connections.close_longest_waiting();
                sleep(ACCEPT_RETRY_WAIT).await;
            }
        }
    }
}

impl Server {
    /// Serves a connection to its end. An error means that the client broke it, was too slow, or a fault closed it.
    async fn serve(self, stream: TcpStream, peer: SocketAddr, connection: Admission, watcher: Watcher) {
        if let Err(error) = self.try_serve(stream, peer, connection, watcher).await {
            tracing::debug!(%error, %peer, "a connection broke");
        }
    }

    async fn try_serve(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        connection: Admission,
        watcher: Watcher,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        // A response is short and written at once: waiting to fill a packet would only delay it.
        stream.set_nodelay(true)?;
        let local = LocalAddress(stream.local_addr()?);
        let connection = Arc::new(connection);
        let service = service_fn(|request| self.respond(request, peer, local, &connection));
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(LONGEST_HEAD)
            .max_buf_size(LARGEST_HEAD)
            .max_header_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(PatientStream::new(stream)), service);
        tokio::select! {
            ended = watcher.watch(served) => ended?,
            () = connection.closed() => return Err(io::Error::other("it made room for another one").into()),
        }
        Ok(())
    }

    /// An error closes the connection without a response.
    async fn respond(
        &self,
        request: hyper::Request<Incoming>,
        peer: SocketAddr,
        local: LocalAddress,
        connection: &Arc<Admission>,
    ) -> Result<Response, CloseConnection> {
        let mut request = request
            .map(|body| Body::new(RequestBody::new(body, Arc::clone(connection), self.large_bodies.clone())));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(local);
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        connection.waits();
        match response.extensions().get::<CloseConnection>() {
            Some(CloseConnection) => Err(CloseConnection),
            None => Ok(response),
        }
    }
}
