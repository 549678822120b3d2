//! The program as a child process, and an HTTP client that shares no code with it.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::channel;

use serde_json::Value;

use crate::bench::PATIENCE;

/// The command of the sandbox, with pipes for its output.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fc-sandbox"));
    command.args(arguments).env_remove("RUST_LOG").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    let child = command.spawn().expect("the program starts");
    let id = child.id().to_string();
    match in_time(move || child.wait_with_output()) {
        Some(output) => output.expect("its output can be read"),
        None => {
            let killed = Command::new("kill").args(["-9", &id]).status().expect("kill runs");
            panic!("the program did not end within {PATIENCE:?} (killed: {killed})");
        }
    }
}

/// The result of `blocking`, or none if that takes too long.
fn in_time<T: Send + 'static>(blocking: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, result) = channel();
    std::thread::spawn(move || sender.send(blocking()));
    result.recv_timeout(PATIENCE).ok()
}

/// A running sandbox.
pub(crate) struct Program {
    child: Child,
    /// Standard output after the ready line.
    stdout: Option<BufReader<ChildStdout>>,
    stderr: Option<ChildStderr>,
    pub(crate) ready: Value,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut program(arguments))
    }

    /// Starts the program without its log, because a full pipe would block the program.
    pub(crate) fn start_silent(arguments: &[&str]) -> Self {
        Self::spawn(program(arguments).env("RUST_LOG", "error").stderr(Stdio::inherit()))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("a pipe");
        let stderr = child.stderr.take();
        // From here on a failed test kills the child.
        let mut program = Self { child, stdout: None, stderr, ready: Value::Null };
        let first_line = in_time(move || {
            let (mut stdout, mut line) = (BufReader::new(stdout), String::new());
            stdout.read_line(&mut line).map(|_| (stdout, line))
        });
        let (stdout, line) = first_line.expect("the program is ready in time").expect("a line");
        program.ready = serde_json::from_str(&line).expect("the ready line is JSON");
        program.stdout = Some(stdout);
        program
    }

    pub(crate) fn address(&self) -> &str {
        self.ready["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address")
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn client(&self, key: &str) -> Client {
        Client::connect(self.address(), key).expect("a connection")
    }

    /// Sends a signal and waits for the end: the exit status and the log.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        self.ended()
    }

    /// Waits until the program ends by itself: the exit status and the log.
    pub(crate) fn ended(&mut self) -> (Option<i32>, String) {
        let stderr = self.stderr.take().expect("a pipe");
        let (log, status) = self.rest_of(stderr);
        (status, log)
    }

    /// Sends a signal and waits for the end: the rest of standard output and the exit status.
    pub(crate) fn end_with_output(mut self, signal: &str) -> (String, Option<i32>) {
        self.signal(signal);
        let stdout = self.stdout.take().expect("a pipe");
        self.rest_of(stdout)
    }

    /// Reads the log up to a line that has `text` in it.
    pub(crate) fn wait_for_log(&mut self, text: &'static str) {
        let mut stderr = self.stderr.take().expect("a pipe");
        let found = in_time(move || {
            let (mut line, mut byte) = (Vec::new(), [0]);
            // Without a buffer, so that `ended` reads the rest.
            while !String::from_utf8_lossy(&line).contains(text) {
                assert_eq!(stderr.read(&mut byte).expect("readable"), 1, "the log ended without {text}");
                if byte == *b"\n" {
                    line.clear();
                } else {
                    line.extend(byte);
                }
            }
            stderr
        });
        self.stderr = Some(found.expect("the line is logged in time"));
    }

    /// Reads a pipe to its end, which is the end of the program: the text and the exit status.
    fn rest_of(&mut self, mut pipe: impl Read + Send + 'static) -> (String, Option<i32>) {
        let text = in_time(move || {
            let mut text = String::new();
            pipe.read_to_string(&mut text).map(|_| text)
        });
        let text = text.expect("the program ends in time").expect("text");
        (text, self.child.wait().expect("it ended").code())
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
    /// Kills the program if the test failed before it ended; nothing happens after the end.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection and the API key of its requests.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Client {
    pub(crate) fn connect(address: &str, key: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), key: key.to_owned() })
    }

    /// Sends later requests with another key.
    pub(crate) fn set_key(&mut self, key: &str) {
        key.clone_into(&mut self.key);
    }

    pub(crate) fn get(&mut self, path: &str) -> (u16, Value) {
        self.request("GET", path, "", None).expect("a response").into()
    }

    pub(crate) fn post(&mut self, path: &str, body: &str, idempotency_key: Option<&str>) -> (u16, Value) {
        self.request("POST", path, body, idempotency_key).expect("a response").into()
    }

    /// Sends a request and reads the response; an error if the connection breaks before the whole response.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        idempotency_key: Option<&str>,
    ) -> std::io::Result<Response> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.key,
            body.len()
        );
        // The controls accept JSON, and the API accepts forms.
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
        Ok(Response {
            status: status.ok_or_else(broken)?,
            replayed: head.iter().any(|line| line == "idempotent-replayed: true"),
            body: serde_json::from_slice(&body).map_err(|_| broken())?,
        })
    }
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

impl From<Response> for (u16, Value) {
    fn from(response: Response) -> Self {
        (response.status, response.body)
    }
}
