//! Reads from a sandbox with its request log and from one without, in turns.
//!
//! The program starts itself again as both servers. Each has one thread, so the time that Linux accounts for its main thread
//! is all that a read costs the server. Other work on the machine changes the rates, and hardly that time.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bench_harness::measure::Spread;
use bench_harness::table::Table;
use fc_sandbox::{Clock, Sandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const AT_ONCE: usize = 64;
const KEY: &str = "sk_test_bench";
/// The number of requests that the log keeps by default.
const ENTRIES: usize = 1000;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(entries) = arguments.iter().find_map(|argument| argument.strip_prefix("serve=")) {
        return runtime.block_on(serve(entries.parse()?));
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let (rounds, turn) =
        if quick { (5, Duration::from_millis(100)) } else { (31, Duration::from_millis(250)) };
    let servers = [Server::start(0)?, Server::start(ENTRIES)?];
    runtime.block_on(compare(&servers, rounds, turn))
}

/// Serves 10,000 accounts with 1,000,000 transactions until the program ends.
async fn serve(entries: usize) -> Result<(), Failure> {
    let clock = Clock::frozen(1_790_000_000);
    let sandbox = Sandbox::builder().clock(clock).population(10_000, 1_000_000).request_log(entries).build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    sandbox.run([listener], std::future::pending()).await;
    Ok(())
}

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(entries: usize) -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(format!("serve={entries}"))
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut address)?;
        Ok(Self { process, address: address.trim().to_owned() })
    }

    /// The time that the main thread of the server has run.
    fn cpu(&self) -> Result<Duration, Failure> {
        let accounted = std::fs::read_to_string(format!("/proc/{}/schedstat", self.process.id()))?;
        let nanos = accounted.split(' ').next().ok_or("an empty file")?.parse()?;
        Ok(Duration::from_nanos(nanos))
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn compare(servers: &[Server; 2], rounds: usize, turn: Duration) -> Result<(), Failure> {
    println!("## The request log of the sandbox\n");
    println!(
        "Reads of an account over {AT_ONCE} connections, while a sandbox of one thread holds 10,000 accounts and 1,000,000 \
         transactions. Median of {rounds} interleaved rounds of {turn:?}; the ratio is to the sandbox without the log, \
         median and quartiles of the rounds. The log keeps {ENTRIES} requests with their responses.\n"
    );
    let mut rates = [Vec::new(), Vec::new()];
    let mut costs = [Vec::new(), Vec::new()];
    let mut requests = Vec::new();
    let mut connections = Vec::new();
    for server in servers {
        let request = request(server).await?;
        let mut streams = Vec::new();
        for _ in 0..AT_ONCE {
            streams.push(server.connect().await?);
        }
        requests.push(request);
        connections.push(streams);
    }
    for round in 0..=rounds {
        for position in 0..2 {
            let index = (round + position) % 2;
            let server = &servers[index];
            let (cpu, start) = (server.cpu()?, Instant::now());
            let streams = std::mem::take(&mut connections[index]);
            let (reads, streams) = reads(streams, &requests[index], start + turn).await?;
            connections[index] = streams;
            let (cpu, wall) = (server.cpu()? - cpu, start.elapsed());
            // The first round warms up.
            if round > 0 {
                rates[index].push(reads as f64 / wall.as_secs_f64());
                costs[index].push(cpu.as_secs_f64() * 1e6 / reads as f64);
            }
        }
    }
    let mut table = Table::new(["sandbox", "reads/s", "ratio", "server CPU µs/read", "ratio"]);
    for (index, name) in ["without the log", "with the log"].into_iter().enumerate() {
        let [rate, cost] = [&rates, &costs].map(|values| {
            let ratios: Vec<f64> =
                values[0].iter().zip(&values[index]).map(|(floor, own)| own / floor).collect();
            let ratio = Spread::of(&ratios);
            (
                Spread::of(&values[index]).middle,
                format!("{:.3} ({:.3}–{:.3})", ratio.middle, ratio.low, ratio.high),
            )
        });
        table.row([name.to_owned(), format!("{:.0}", rate.0), rate.1, format!("{:.2}", cost.0), cost.1]);
    }
    println!("{table}");
    Ok(())
}

/// The request for one account of the server.
async fn request(server: &Server) -> Result<String, Failure> {
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    let accounts = "/v1/financial_connections/accounts";
    let mut stream = server.connect().await?;
    let mut buffer = Vec::new();
    let list = exchange(&mut stream, &get(&format!("{accounts}?limit=1")), &mut buffer).await?;
    let text = std::str::from_utf8(&buffer[..list])?;
    let start = text.find("fca_").ok_or("no account")?;
    let id: String =
        text[start..].chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    Ok(get(&format!("{accounts}/{id}")))
}

/// Reads until the time is over, on all connections at once.
async fn reads(
    streams: Vec<TcpStream>,
    request: &str,
    end: Instant,
) -> Result<(u64, Vec<TcpStream>), Failure> {
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|mut stream| {
            let request = request.to_owned();
            tokio::spawn(async move {
                let (mut reads, mut buffer) = (0_u64, Vec::new());
                while Instant::now() < end {
                    exchange(&mut stream, &request, &mut buffer).await.map_err(|error| error.to_string())?;
                    reads += 1;
                }
                Ok::<_, String>((reads, stream))
            })
        })
        .collect();
    let (mut total, mut streams) = (0, Vec::new());
    for task in tasks {
        let (reads, stream) = task.await??;
        total += reads;
        streams.push(stream);
    }
    Ok((total, streams))
}

/// Sends a request and reads its response, which must be a 200. Returns the length of the response in the buffer.
async fn exchange(stream: &mut TcpStream, request: &str, buffer: &mut Vec<u8>) -> Result<usize, Failure> {
    stream.write_all(request.as_bytes()).await?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let Some(head) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head])?;
        if !text.starts_with("HTTP/1.1 200") {
            return Err(text.to_owned().into());
        }
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let whole = head + 4 + length.ok_or("no length")?.parse::<usize>()?;
        if buffer.len() >= whole {
            return Ok(whole);
        }
    }
}
