//! Runs of the program `fcctl`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A test key. No text of the program contains its end.
pub(crate) const KEY: &str = "sk_test_neverprintthiskey0123456789";

/// A folder of one test, which is removed with it.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// The program with an empty environment and these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fcctl"));
        command.args(arguments).env_clear().env("HOME", self.path()).current_dir(self.path());
        command
    }

    /// The program against a server.
    pub(crate) fn at(&self, base_url: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env("STRIPE_BASE_URL", base_url).env("STRIPE_API_KEY", KEY);
        command
    }
}

/// What a run ended with.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Whether it succeeded without any message.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("JSON")
    }

    /// The run as a snapshot: what was printed where, with ids redacted.
    pub(crate) fn shown(&self) -> String {
        let err =
            if self.err.is_empty() { String::new() } else { format!("--- standard error\n{}", self.err) };
        redacted(&format!("exit code {}\n{}{err}", self.code, self.out))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("it ended by itself");
        let ran = Self { code, out: text(output.stdout), err: text(output.stderr) };
        assert!(!format!("{ran:?}").contains("neverprintthiskey"), "the key is printed: {ran:?}");
        ran
    }
}

/// Runs the program to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    command.stdin(Stdio::null()).output().expect("the program starts").into()
}

/// Runs the program with this standard input.
pub(crate) fn run_with_input(command: &mut Command, input: &str) -> Ran {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    child.wait_with_output().expect("it ends").into()
}

/// A program that runs until it is ended.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().expect("the program starts"))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(self, signal: &str) -> Ran {
        self.signal(signal);
        let mut this = std::mem::ManuallyDrop::new(self);
        let stdout = this.0.stdout.take();
        let stderr = this.0.stderr.take();
        let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                if let Some(mut stream) = stream {
                    stream.read_to_end(&mut bytes).expect("it can be read");
                }
                bytes
            })
        };
        let out = read(stdout.map(|stream| Box::new(stream) as _));
        let err = read(stderr.map(|stream| Box::new(stream) as _));
        let status = this.0.wait().expect("it ends");
        let (stdout, stderr) = (out.join().expect("read"), err.join().expect("read"));
        Output { status, stdout, stderr }.into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Text whose ids are `x` after their prefix, and whose addresses have no port.
pub(crate) fn redacted(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let id = word.rsplit_once('_').filter(|(_, end)| {
            end.len() >= 14 && end.chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        });
        match id {
            Some((prefix, end)) => out.push_str(&format!("{prefix}_{}", "x".repeat(end.len()))),
            None if out.ends_with("127.0.0.1:") => out.push_str("PORT"),
            None => out.push_str(&word),
        }
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}
