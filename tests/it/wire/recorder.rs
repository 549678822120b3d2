//! Server that records requests byte by byte.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server on loopback.
pub(super) struct Recorder(TcpListener);

/// One request.
pub(super) struct Request {
    /// Head and body, with Unix line ends.
    pub(super) text: String,
    pub(super) method: String,
    /// Path and query, as sent.
    pub(super) target: String,
    /// Names in lower case, in the order in which they were sent.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Recorder {
    pub(super) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    pub(super) fn host(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Accepts one request and responds with this JSON.
    pub(super) async fn answer(&self, json: &str) -> Request {
        let (mut stream, _) = self.0.accept().await.unwrap();
        let received = read(&mut stream).await;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{json}",
            json.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        parse(&received)
    }
}

/// Reads the head, and as much body as `Content-Length` says.
async fn read(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    loop {
        let text = String::from_utf8(received.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            assert!(!head.to_lowercase().contains("transfer-encoding"), "a body of unknown length: {head}");
            let length = head
                .to_lowercase()
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "half a request: {text:?}");
    }
}

fn parse(received: &str) -> Request {
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let mut request_line = lines.next().unwrap().splitn(3, ' ');
    let (method, target) = (request_line.next().unwrap(), request_line.next().unwrap());
    assert_eq!(request_line.next(), Some("HTTP/1.1"));
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Request {
        text: received.replace("\r\n", "\n"),
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: body.to_owned(),
    }
}
