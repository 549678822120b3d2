//! Stream a million transactions and measure the memory of the client.
//!
//! `cargo run --release -p fc-ext --example stream_million [-- COUNT]` starts itself a second time as the sandbox, so that
//! the figure covers the client alone. It fails when the peak is over 64 MiB, or when transactions are missing.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fc_ext::prelude::*;
use fc_ext::types::AccountId;
use fc_sandbox::{AccountSpec, Sandbox};

const KEY: &str = "sk_test_sandboxneedsnorealkey";
/// In KiB.
const MOST_MEMORY: u64 = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", count] => runtime.block_on(serve(count.parse()?)),
        [] => runtime.block_on(stream(1_000_000)),
        [count] => runtime.block_on(stream(count.parse()?)),
        _ => Err("usage: stream_million [COUNT]".into()),
    }
}

/// Runs the sandbox with an account of `count` transactions, until its standard input ends.
async fn serve(count: u32) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().refresh_delay(Duration::ZERO).start().await?;
    let fc = client(sandbox.base_url())?;
    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let session = fc.sessions().create(holder, [Permission::Transactions]).send().await?;
    let accounts = sandbox.link(&session.id, [AccountSpec::checking().transactions(count)])?;
    println!("{} {}", sandbox.base_url(), accounts[0]);
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}

async fn stream(count: u32) -> Result<(), Box<dyn Error>> {
    let mut sandbox = Command::new(std::env::current_exe()?)
        .args(["serve", &count.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(sandbox.stdout.take().ok_or("no output of the sandbox")?).read_line(&mut line)?;
    let (url, account) = line.trim().split_once(' ').ok_or("the sandbox did not start")?;
    let fc = client(url)?;
    let account: AccountId = account.parse()?;
    let refresh = fc.accounts().refresh(&account, [RefreshFeature::Transactions]);
    refresh.until_settled(Duration::from_secs(300)).await?;
    let before = peak_memory()?;

    let start = Instant::now();
    let mut transactions = fc.transactions().list(&account).items().prefetch();
    let (mut read, mut sum) = (0_u32, 0_i64);
    while let Some(transaction) = transactions.next().await {
        sum += transaction?.amount;
        read += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    let peak = peak_memory()?;
    println!("{read} transactions, sum {sum}, in {seconds:.1} s ({:.0} a second)", f64::from(read) / seconds);
    println!("peak memory {peak} KiB, of which {before} KiB before the first page");

    drop(sandbox.stdin.take());
    sandbox.wait()?;
    // The sandbox does not create the exact number of transactions.
    if u64::from(read) * 100 < u64::from(count) * 99 {
        return Err(format!("only {read} of {count} transactions came").into());
    }
    if peak > MOST_MEMORY {
        return Err(format!("the peak is over {MOST_MEMORY} KiB").into());
    }
    Ok(())
}

fn client(url: &str) -> Result<FinancialConnections, fc_ext::CallError> {
    FinancialConnections::new(Config::new(ApiKey::new(KEY)?).with_base_url(url))
}

/// Peak memory of this process in KiB, as Linux counts it.
fn peak_memory() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
