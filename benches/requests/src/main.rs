//! Requests of three clients that retrieve one account from a server in another process.
//!
//! The program starts itself again as the server, so that client and server share only the loopback interface.

mod client;
mod server;

use std::time::{Duration, Instant};

use bench_harness::allocations::{self, Counting};
use bench_harness::inputs;
use bench_harness::measure::Spread;
use bench_harness::table::Table;
use cpu_time::ProcessTime;

use crate::client::Client;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<(), client::Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "serve") {
        return Ok(runtime.block_on(server::serve())?);
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let (rounds, turn) =
        if quick { (5, Duration::from_millis(60)) } else { (21, Duration::from_millis(250)) };
    let server = server::Server::start()?;
    runtime.block_on(compare(&server.url, rounds, turn))
}

async fn compare(url: &str, rounds: usize, turn: Duration) -> Result<(), client::Failure> {
    let clients = client::all(url)?;
    for client in &clients {
        client.retrieve().await?;
    }
    println!("## Requests\n");
    println!(
        "`retrieve` of {} ({} bytes) over plain HTTP on loopback, from one thread to a server of one thread in another \
         process. Median of {rounds} interleaved rounds of {turn:?}; the ratio is to the floor, pooled reqwest that reads \
         bytes only, median and quartiles of the rounds. Allocations are counted over 1,000 sequential calls on a warm \
         connection.\n",
        inputs::account().what,
        inputs::account().json.len(),
    );
    let sequential = rates(&clients, 1, rounds, turn).await?;
    let concurrent = rates(&clients, 64, rounds, turn).await?;
    let mut table = Table::new([
        "client",
        "sequential calls/s",
        "ratio",
        "client CPU µs/call",
        "64 at once calls/s",
        "ratio",
        "client CPU µs/call",
        "allocations/call",
        "bytes/call",
    ]);
    for (index, client) in clients.iter().enumerate() {
        let (allocations, bytes) = allocations(client).await?;
        let [one, many] = [&sequential, &concurrent].map(|rates| rates.row(index));
        table.row(
            [client.name().to_owned()]
                .into_iter()
                .chain(one)
                .chain(many)
                .chain([format!("{allocations:.1}"), format!("{bytes:.0}")]),
        );
    }
    println!("{table}");
    Ok(())
}

/// Results of the clients by round.
struct Rates {
    calls_per_second: Vec<Vec<f64>>,
    cpu_micros: Vec<Vec<f64>>,
}

impl Rates {
    fn row(&self, client: usize) -> [String; 3] {
        let floor = &self.calls_per_second[0];
        let own = &self.calls_per_second[client];
        let ratios: Vec<f64> = floor.iter().zip(own).map(|(floor, own)| own / floor).collect();
        let ratio = Spread::of(&ratios);
        [
            format!("{:.0}", Spread::of(own).middle),
            format!("{:.2} ({:.2}–{:.2})", ratio.middle, ratio.low, ratio.high),
            format!("{:.1}", Spread::of(&self.cpu_micros[client]).middle),
        ]
    }
}

async fn rates(
    clients: &[Client],
    at_once: usize,
    rounds: usize,
    turn: Duration,
) -> Result<Rates, client::Failure> {
    let mut rates = Rates {
        calls_per_second: vec![Vec::new(); clients.len()],
        cpu_micros: vec![Vec::new(); clients.len()],
    };
    for round in 0..=rounds {
        for position in 0..clients.len() {
            let index = (round + position) % clients.len();
            let (cpu, start) = (ProcessTime::now(), Instant::now());
            let calls = calls(&clients[index], at_once, start + turn).await?;
            let (cpu, wall) = (cpu.elapsed(), start.elapsed());
            // The first round opens the connections.
            if round > 0 {
                rates.calls_per_second[index].push(calls as f64 / wall.as_secs_f64());
                rates.cpu_micros[index].push(cpu.as_secs_f64() * 1e6 / calls as f64);
            }
        }
    }
    Ok(rates)
}

/// Makes concurrent calls until the time is over, and returns their number.
async fn calls(client: &Client, at_once: usize, end: Instant) -> Result<u64, client::Failure> {
    let tasks: Vec<_> = (0..at_once)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut calls = 0_u64;
                while Instant::now() < end {
                    client.retrieve().await?;
                    calls += 1;
                }
                Ok::<_, client::Failure>(calls)
            })
        })
        .collect();
    let mut all = 0;
    for task in tasks {
        all += task.await??;
    }
    Ok(all)
}

async fn allocations(client: &Client) -> Result<(f64, f64), client::Failure> {
    const CALLS: u32 = 1_000;
    allocations::begin();
    client.retrieve().await?;
    let before = allocations::count();
    for _ in 0..CALLS {
        client.retrieve().await?;
    }
    let after = allocations::count();
    let each = |after: u64, before: u64| (after - before) as f64 / f64::from(CALLS);
    Ok((each(after.0, before.0), each(after.1, before.1)))
}
