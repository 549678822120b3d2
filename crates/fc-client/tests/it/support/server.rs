//! A server with a script: it records each request and answers with raw bytes.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::watchdog::Watchdog;

/// A server on loopback that answers its connections, one after the other, with the given bytes.
pub(crate) struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
    _watchdog: Watchdog,
}

/// What the server does once it has read a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Sends these bytes; after the last reply of a connection it closes.
    Bytes(Vec<u8>),
    /// Sends these bytes, perhaps none, and resets the connection.
    Reset(&'static str),
    /// Sends these bytes, perhaps none, and keeps the connection open and silent.
    Stall(&'static str),
}

/// The reply is lost: the connection closes without one.
pub(crate) const LOST: Reply = Reply::Bytes(Vec::new());

impl Server {
    /// Starts a server with one reply for each connection it will get; to further ones it does not listen.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with_connections(replies.into_iter().map(|reply| vec![reply])).await
    }

    /// Starts a server with these replies on its first connection, those on its second, and so on.
    pub(crate) async fn with_connections(connections: impl IntoIterator<Item = Vec<Reply>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections: Vec<_> = connections.into_iter().collect();
        let log = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut silent = Vec::new();
            for replies in connections {
                let (mut stream, _) = listener.accept().await.unwrap();
                for reply in replies {
                    let request = read(&mut stream).await;
                    log.lock().unwrap().push(request);
                    match reply {
                        Reply::Bytes(bytes) => stream.write_all(&bytes).await.unwrap(),
                        Reply::Reset(bytes) => {
                            stream.write_all(bytes.as_bytes()).await.unwrap();
                            stream.set_zero_linger().unwrap();
                        }
                        Reply::Stall(bytes) => {
                            stream.write_all(bytes.as_bytes()).await.unwrap();
                            silent.push(stream);
                            break;
                        }
                    }
                }
            }
            // The server no longer listens, but silent connections stay open until the test, and its runtime, end.
            drop(listener);
            std::future::pending::<()>().await;
        });
        Self { url, requests, _watchdog: Watchdog::start() }
    }

    /// Starts a server for one connection that is answered with `status`, `headers` and `body`.
    pub(crate) async fn answering(status: u16, headers: &[&str], body: &str) -> Self {
        Self::start([answer(status, headers, body)]).await
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The requests so far, head and body, with the server's own address written as `HOST`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let host = self.url.trim_start_matches("http://");
        self.requests.lock().unwrap().iter().map(|request| request.replace(host, "HOST")).collect()
    }

    /// The only request there was.
    pub(crate) fn request(&self) -> String {
        let [request] = <[String; 1]>::try_from(self.requests()).unwrap();
        request
    }
}

/// An answer after which the connection can be used again.
pub(crate) fn keep_alive(status: u16, body: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into())
}

pub(crate) fn answer(status: u16, headers: &[&str], body: &str) -> Reply {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n",
        body.len()
    );
    Reply::Bytes((head + body).into())
}

/// Reads one request: the head, and as much body as `Content-Length` says.
async fn read(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "half a request: {text:?}");
    }
}
