//! A server that answers every request with the same account and closes nothing.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use bench_harness::inputs;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The server in its own process, ended with this value.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> std::io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let output = child.stdout.take().ok_or_else(|| std::io::Error::other("the server has no output"))?;
        BufReader::new(output).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves for ever, and says where on standard output.
pub(crate) async fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let body = inputs::account().json;
    // The headers that Stripe sends and a client looks at.
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nrequest-id: req_F8pTlQnIcPUPoy\r\n\
         stripe-version: 2026-09-30.endive\r\n\r\n{body}",
        body.len()
    );
    let answer: &'static [u8] = answer.into_bytes().leak();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(answer_all(stream, answer));
    }
}

/// Answers each request of one connection. The requests have no body, so a blank line ends them.
async fn answer_all(mut stream: TcpStream, answer: &'static [u8]) {
    let mut buffer = Vec::with_capacity(4096);
    while let Ok(1..) = stream.read_buf(&mut buffer).await {
        if buffer.ends_with(b"\r\n\r\n") {
            buffer.clear();
            if stream.write_all(answer).await.is_err() {
                return;
            }
        }
    }
}
