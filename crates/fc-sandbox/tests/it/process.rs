//! The binary as a process, and a client of it that shares nothing with it.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fc-sandbox"));
    command.args(arguments).env_remove("RUST_LOG");
    command
}

/// A running sandbox.
pub(crate) struct Program {
    child: Child,
    /// What is left of it after the ready line.
    stdout: BufReader<ChildStdout>,
    pub(crate) ready: Value,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(program(arguments).stderr(Stdio::piped()))
    }

    /// Without a log, which nobody would read while it runs.
    pub(crate) fn start_silent(arguments: &[&str]) -> Self {
        Self::spawn(program(arguments).env("RUST_LOG", "error").stderr(Stdio::inherit()))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).expect("the ready line is JSON");
        Self { child, stdout, ready }
    }

    pub(crate) fn address(&self) -> &str {
        self.ready["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address")
    }

    pub(crate) fn client(&self, key: &str) -> Client {
        Client::connect(self.address(), key).expect("a connection")
    }

    /// Sends a signal and waits: the exit status and the log.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        self.ended()
    }

    /// Waits until it has ended by itself: the exit status and the log.
    pub(crate) fn ended(&mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut log).expect("text");
        (self.child.wait().expect("it ends").code(), log)
    }

    /// The same, with what else it had printed.
    pub(crate) fn end_with_output(mut self, signal: &str) -> (String, Option<i32>) {
        self.signal(signal);
        let mut output = String::new();
        self.stdout.read_to_string(&mut output).expect("text");
        (output, self.child.wait().expect("it ends").code())
    }

    /// Reads the log up to a line that has `text` in it.
    pub(crate) fn wait_for_log(&mut self, text: &str) {
        let stderr = self.child.stderr.as_mut().expect("a pipe");
        let mut line = Vec::new();
        let mut byte = [0];
        // Without a buffer, so that the rest is there for the end.
        while !String::from_utf8_lossy(&line).contains(text) {
            assert_eq!(stderr.read(&mut byte).expect("readable"), 1, "the log ended without {text}");
            if byte == *b"\n" {
                line.clear();
            } else {
                line.extend(byte);
            }
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent =
            Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is running");
        self.child.wait().expect("it is dead");
    }
}

impl Drop for Program {
    /// For tests that fail: a process that has ended cannot be killed again.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection and the key that is used on it.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Client {
    pub(crate) fn connect(address: &str, key: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), key: key.to_owned() })
    }

    pub(crate) fn get(&mut self, path: &str) -> (u16, Value) {
        self.request("GET", path, "", None).expect("an answer").into()
    }

    pub(crate) fn post(&mut self, path: &str, body: &str, idempotency_key: Option<&str>) -> (u16, Value) {
        self.request("POST", path, body, idempotency_key).expect("an answer").into()
    }

    /// One exchange; an error is a connection that broke before the whole answer was here.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        idempotency_key: Option<&str>,
    ) -> std::io::Result<Reply> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.key,
            body.len()
        );
        // The controls take JSON, and the API takes forms.
        let kind =
            if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        request.push_str(&format!("Content-Type: {kind}\r\n"));
        if let Some(key) = idempotency_key {
            request.push_str(&format!("Idempotency-Key: {key}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.stream.get_mut().write_all(request.as_bytes())?;

        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_ascii_lowercase());
        }
        let status = head.first().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.ok_or_else(broken)?];
        self.stream.read_exact(&mut body)?;
        Ok(Reply {
            status: status.ok_or_else(broken)?,
            replayed: head.iter().any(|line| line == "idempotent-replayed: true"),
            body: serde_json::from_slice(&body).map_err(|_| broken())?,
        })
    }
}

/// An answer that arrived whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

impl From<Reply> for (u16, Value) {
    fn from(reply: Reply) -> Self {
        (reply.status, reply.body)
    }
}
