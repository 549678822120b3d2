//! Hostile load: many kinds of bad clients at one time, and an honest client beside them.
//!
//! `FC_HOSTILE_SECONDS=600 cargo test --release -p fc-sandbox --test hostile -- --nocapture` runs it for ten minutes. In the
//! gate it takes a few seconds. It reports what it did and saw.
#![cfg(all(target_os = "linux", feature = "cli"))]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// The promises.
const P99: Duration = Duration::from_millis(100);
const MEMORY: u64 = 300;

/// The longest wait for the sandbox to start, and to close its files at the end.
const PATIENCE: Duration = Duration::from_secs(120);
/// Connections that one kind of bad client holds open.
const HELD: usize = 150;
const HONEST: &str = "sk_test_honest";

/// The sandbox as a child process.
struct Sandbox {
    child: Child,
    address: SocketAddr,
}

impl Sandbox {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fc-sandbox"))
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, ready) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            sender.send(read.map(|_| line))
        });
        let mut sandbox = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let line = ready.recv_timeout(PATIENCE).expect("the program is ready in time").expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let url = ready["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("a URL");
        sandbox.address = url.parse().expect("an address");
        sandbox
    }

    /// The open files: what each number stands for, such as `socket:[4711]`.
    fn files(&self) -> BTreeMap<String, String> {
        let entries = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("its files");
        let file = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.expect("readable");
            // A file can be closed before it is looked at.
            let target = std::fs::read_link(entry.path()).ok()?.display().to_string();
            Some((entry.file_name().to_string_lossy().into_owned(), target))
        };
        entries.filter_map(file).collect()
    }

    /// The files that are open and were not, each socket with its two addresses and its state, as the system writes them.
    fn new_files(&self, before: &BTreeMap<String, String>) -> Vec<String> {
        let sockets = ["tcp", "tcp6"].map(|table| {
            std::fs::read_to_string(format!("/proc/{}/net/{table}", self.child.id())).unwrap_or_default()
        });
        let describe = |target: &String| {
            let inode = target.strip_prefix("socket:[").and_then(|target| target.strip_suffix(']'));
            let line = sockets
                .iter()
                .flat_map(|table| table.lines())
                .find(|line| line.split_whitespace().nth(9).is_some_and(|number| Some(number) == inode));
            let columns: Vec<&str> = line.unwrap_or_default().split_whitespace().skip(1).take(3).collect();
            format!("{target} {}", columns.join(" "))
        };
        let files = self.files();
        files
            .iter()
            .filter(|(number, target)| before.get(*number) != Some(target))
            .map(|(_, target)| describe(target))
            .collect()
    }

    /// The resident memory in MiB.
    fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line");
        let kilobytes = line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
        kilobytes.expect("a number") / 1024
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    Ok(stream)
}

fn request(method: &str, path: &str, host: &str, key: &str, more: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n{more}\r\n{body}",
        body.len()
    )
}

/// Sends a request and reads its response: the status and the body.
fn exchange(stream: &mut TcpStream, request: &str) -> std::io::Result<(u16, String)> {
    stream.write_all(request.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut status, mut length) = (String::new(), None, 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if status.is_none() {
            status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap_or_default();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((status.unwrap_or_default(), String::from_utf8_lossy(&body).into_owned()))
}

/// One request on a connection of its own.
fn once(address: SocketAddr, request: &str) -> std::io::Result<(u16, String)> {
    exchange(&mut connect(address)?, request)
}

/// A kind of bad client. It acts again and again, and gets the number of the action and the connections that it holds.
type Attack = fn(SocketAddr, u64, &mut Vec<TcpStream>, SocketAddr);

fn hold(held: &mut Vec<TcpStream>, address: SocketAddr, text: &[u8]) {
    if held.len() >= HELD {
        held.remove(0);
    }
    if let Ok(mut stream) = connect(address)
        && stream.set_nonblocking(true).is_ok()
    {
        let _ = stream.write(text);
        held.push(stream);
    }
}

const ATTACKS: [(&str, Attack); 8] = [
    ("idle", |address, _, held, _| hold(held, address, b"")),
    ("slow", |address, number, held, _| {
        hold(held, address, b"GET /v1/customers HTTP/1.1\r\nX-Slow: ");
        for stream in held.iter_mut().skip(number as usize % 7).step_by(7) {
            let _ = stream.write(b"a");
        }
    }),
    ("unfinished", |address, number, held, _| {
        let key = if number.is_multiple_of(2) { "" } else { "Authorization: Bearer sk_test_unfinished\r\n" };
        let head =
            format!("POST /v1/customers HTTP/1.1\r\nHost: localhost\r\n{key}Content-Length: 1000000\r\n\r\n");
        hold(held, address, &[head.as_bytes(), &[b'a'; 100_000]].concat());
    }),
    ("huge", |address, number, _, _| {
        let body = match number % 3 {
            0 => format!("name={}", "a".repeat(1_000_000)),
            1 => (0..50_000).map(|number| format!("metadata[{number}]=1&")).collect(),
            _ => "%61".repeat(300_000),
        };
        let _ = once(address, &request("POST", "/v1/customers", "localhost", "sk_test_huge", "", &body));
        thread::sleep(Duration::from_millis(100));
    }),
    ("keyed", |address, number, _, _| {
        let key = format!("Idempotency-Key: hostile-{number}\r\n");
        let body = format!("name=a&description={}", "a".repeat(1_000));
        let _ = once(address, &request("POST", "/v1/customers", "localhost", "sk_test_keyed", &key, &body));
    }),
    ("many keys", |address, number, _, _| {
        let key = format!("sk_test_many{number}");
        let method = if number.is_multiple_of(10) { "POST" } else { "GET" };
        let _ = once(address, &request(method, "/v1/customers", "localhost", &key, "", ""));
    }),
    ("many endpoints", |address, number, _, receiver| {
        let key = format!("sk_test_endpoints{}", number / 20 % 20);
        let body = format!("enabled_events[]=*&url=http://{receiver}/{number}");
        let _ = once(address, &request("POST", "/v1/webhook_endpoints", "localhost", &key, "", &body));
        let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=balances";
        let create = request("POST", "/v1/financial_connections/sessions", "localhost", &key, "", form);
        if number.is_multiple_of(20)
            && let Ok((200, session)) = once(address, &create)
            && let Ok(session) = serde_json::from_str::<serde_json::Value>(&session)
        {
            let body = serde_json::json!({ "session": session["id"], "accounts": [{ "kind": "checking" }] });
            let link = request("POST", "/_sandbox/link", "localhost", "", "", &body.to_string());
            let _ = once(address, &link);
        }
    }),
    ("wrong hosts", |address, number, _, _| {
        let path = ["/v1/customers", "/_sandbox/state", "/_sandbox/link"][number as usize % 3];
        let answer = once(address, &request("GET", path, "rebound.example", "sk_test_host", "", ""));
        assert!(answer.is_err() || answer.is_ok_and(|(status, _)| status == 403), "a wrong host was served");
    }),
];

/// A receiver of webhooks that says nothing, until it is dropped.
struct SilentReceiver {
    address: SocketAddr,
    gone: Arc<AtomicBool>,
    listening: Option<thread::JoinHandle<()>>,
}

impl SilentReceiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let gone = Arc::new(AtomicBool::new(false));
        let is_gone = Arc::clone(&gone);
        let listening = thread::spawn(move || {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept() {
                if is_gone.load(Ordering::Relaxed) {
                    break;
                }
                held.push(stream);
                // The sandbox has given up on the oldest ones.
                if held.len() > 200 {
                    held.remove(0);
                }
            }
        });
        Self { address, gone, listening: Some(listening) }
    }
}

impl Drop for SilentReceiver {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
        // The connection wakes the receiver.
        let _ = TcpStream::connect(self.address);
        let _ = self.listening.take().map(thread::JoinHandle::join);
    }
}

/// The honest client: reads and writes, mostly on one connection. A closed connection is opened again, as SDKs do.
struct Honest {
    address: SocketAddr,
    stream: Option<TcpStream>,
    customer: String,
    number: u64,
    /// The time of each call.
    times: Vec<Duration>,
    reconnects: u64,
}

impl Honest {
    fn new(address: SocketAddr) -> Self {
        let created = once(address, &request("POST", "/v1/customers", "localhost", HONEST, "", "name=Jane"));
        let (status, customer) = created.expect("a response");
        assert_eq!(status, 200, "{customer}");
        let customer: serde_json::Value = serde_json::from_str(&customer).expect("JSON");
        let customer = customer["id"].as_str().expect("an id").to_owned();
        Self { address, stream: None, customer, number: 0, times: Vec::new(), reconnects: 0 }
    }

    fn call(&mut self) {
        self.number += 1;
        let path = format!("/v1/customers/{}", self.customer);
        let next = match self.number % 3 {
            0 => request("POST", &path, "localhost", HONEST, "", &format!("name=Jane {}", self.number)),
            1 => request("GET", &path, "localhost", HONEST, "", ""),
            _ => request("GET", "/v1/customers?limit=10", "127.0.0.1", HONEST, "", ""),
        };
        if self.number.is_multiple_of(20) {
            self.stream = None;
        }
        let began = Instant::now();
        for attempt in 0.. {
            let answer = self.attempt(&next);
            match answer {
                Ok((status, body)) => {
                    assert_eq!(status, 200, "{body}");
                    break;
                }
                // The sandbox may close a connection between two requests.
                Err(error) => {
                    assert!(attempt < 3, "the honest client was not served: {error}");
                    self.stream = None;
                    self.reconnects += 1;
                }
            }
        }
        self.times.push(began.elapsed());
    }

    fn attempt(&mut self, next: &str) -> std::io::Result<(u16, String)> {
        if self.stream.is_none() {
            self.stream = Some(connect(self.address)?);
        }
        let Some(stream) = &mut self.stream else { return Err(ErrorKind::NotConnected.into()) };
        exchange(stream, next)
    }

    /// Calls for a time, and returns the 99th percentile.
    fn run(&mut self, duration: Duration, mut meanwhile: impl FnMut()) -> Duration {
        self.times.clear();
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.call();
            meanwhile();
            thread::sleep(Duration::from_millis(5));
        }
        self.times.sort();
        self.times[self.times.len() * 99 / 100]
    }
}

#[test]
fn an_honest_client_is_served_beside_hostile_ones() {
    let seconds =
        std::env::var("FC_HOSTILE_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(5);
    let sandbox = Sandbox::start();
    let address = sandbox.address;
    // Before any client: only what the program itself needs.
    let files = sandbox.files();
    let mut honest = Honest::new(address);
    // How fast the machine is without the load. On a busy machine the promise is relative to that.
    let quiet = honest.run(Duration::from_secs(1), || ());
    let limit = P99.max(quiet * 5);
    let memory = sandbox.memory();

    let receiver = SilentReceiver::start();
    let stop = AtomicBool::new(false);
    let counts: [AtomicU64; ATTACKS.len()] = Default::default();
    let (mut most_memory, mut most_files) = (0, 0);
    let p99 = thread::scope(|scope| {
        for ((_, attack), count) in ATTACKS.iter().zip(&counts) {
            let (stop, receiver) = (&stop, &receiver);
            scope.spawn(move || {
                let mut held = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    attack(address, count.fetch_add(1, Ordering::Relaxed), &mut held, receiver.address);
                    thread::sleep(Duration::from_millis(10));
                }
            });
        }
        // Also if the honest client fails, so that the attacks end.
        let guard = StopOnDrop(&stop);
        let p99 = honest.run(Duration::from_secs(seconds), || {
            most_memory = sandbox.memory().max(most_memory);
            most_files = sandbox.files().len().max(most_files);
        });
        drop(guard);
        p99
    });
    let (calls, reconnects, slowest) =
        (honest.times.len(), honest.reconnects, honest.times[honest.times.len() - 1]);
    drop(honest);
    // All clients are gone, and so is what the events were sent to.
    drop(receiver);

    let began = Instant::now();
    let left = loop {
        let left = sandbox.files();
        if left == files || began.elapsed() > PATIENCE {
            break left;
        }
        thread::sleep(Duration::from_millis(100));
    };
    let waited = began.elapsed();
    let attacks: Vec<String> = ATTACKS
        .iter()
        .zip(&counts)
        .map(|((name, _), count)| format!("{name} {}", count.load(Ordering::Relaxed)))
        .collect();
    eprintln!("hostile load for {seconds} s: {}", attacks.join(", "));
    eprintln!(
        "honest client: {calls} calls, p99 {p99:?} (quiet {quiet:?}), slowest {slowest:?}, {reconnects} reconnects"
    );
    eprintln!(
        "memory: {memory} MiB before, {most_memory} MiB at most; files: {} before, {most_files} at most, {} \
         {waited:?} after the end",
        files.len(),
        left.len()
    );
    assert!(p99 <= limit, "p99 {p99:?} of the honest client; at most {limit:?}");
    assert!(most_memory < MEMORY, "{most_memory} MiB; at most {MEMORY}");
    // The same files as before any client, not only as many.
    assert!(left == files, "still open: {:#?}", sandbox.new_files(&files));
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
