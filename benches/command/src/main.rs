//! The program fcctl: its start, a short list, and a million transactions as CSV beside raw reqwest.
//!
//! It takes the paths of both programs, built in release: `bench-command FCCTL FC_SANDBOX`. With `--quick` it reads a tenth.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bench_harness::table::Table;

type Failure = Box<dyn Error>;

const KEY: &str = "sk_test_benchoffcctl";

/// Interleaved rounds of the list.
const ROUNDS: usize = 3;

/// What is measured how often.
#[derive(Clone, Copy)]
struct Size {
    transactions: usize,
    /// Runs of a short command, of which the median counts.
    runs: usize,
}

const WHOLE: Size = Size { transactions: 1_000_000, runs: 51 };
const QUICK: Size = Size { transactions: 100_000, runs: 21 };

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (paths, options): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|argument| !argument.starts_with("--"));
    let [fcctl, sandbox] = paths[..] else {
        return Err("usage: bench-command FCCTL FC_SANDBOX [--quick]".into());
    };
    let size = if options.contains(&"--quick") { QUICK } else { WHOLE };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bank = Bank::start(sandbox, size.transactions)?;
    let account = bank.account(fcctl)?;

    println!("## The command line\n");
    println!(
        "The program `fcctl` against `fc-sandbox` in another process, both built with the release profile of the workspace. A short \
         command counts from its start to its end, the median of {} runs. The list is `fcctl transactions ID --csv`, {} \
         transactions, read through a pipe; its speed is that of raw reqwest reading the same pages one after the other, without \
         decoding them, divided by the time of the list: the median of {ROUNDS} rounds. Peak memory is VmHWM of the program.\n",
        size.runs, size.transactions
    );
    let megabytes = fs::metadata(fcctl)?.len() as f64 / 1e6;
    let mut table = Table::new(["what", "measured", "goal"]);
    table.row(["size of the program".into(), format!("{megabytes:.1} MB"), "12 MB".into()]);
    let help = median(size.runs, || succeed(Command::new(fcctl).arg("--help")))?;
    table.row(["start to the end of the help".into(), millis(help), "10 ms".into()]);
    let list = median(size.runs, || succeed(&mut bank.command(fcctl, &["accounts"])))?;
    table.row(["accounts".into(), millis(list), "30 ms".into()]);

    let mut ratios = Vec::new();
    let mut peak = 0;
    for _ in 0..ROUNDS {
        let floor = runtime.block_on(bank.read(&account))?;
        let (csv, memory) = bank.csv(fcctl, &account)?;
        ratios.push(floor.as_secs_f64() / csv.as_secs_f64());
        peak = peak.max(memory);
        eprintln!("reqwest {floor:?}, fcctl {csv:?}, {memory} KiB");
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ratios.len() / 2];
    table.row(["list as CSV, speed to raw reqwest".into(), format!("{ratio:.2}"), "0.80".into()]);
    let memory = format!("{:.1} MiB", peak as f64 / 1024.0);
    table.row(["peak memory of that".into(), memory, "64 MiB".into()]);
    println!("{table}");
    Ok(())
}

fn succeed(command: &mut Command) -> Result<(), Failure> {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

fn median(runs: usize, mut run: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let mut times = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[runs / 2])
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// A sandbox in another process, with one account.
struct Bank {
    process: Child,
    url: String,
    transactions: usize,
}

impl Bank {
    fn start(program: &str, transactions: usize) -> Result<Self, Failure> {
        let mut process = Command::new(program)
            .args(["--accounts", "1", "--transactions", &transactions.to_string()])
            .env("RUST_LOG", "off")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line.split('"').find(|part| part.starts_with("http://")).ok_or("no address")?.to_owned();
        Ok(Self { process, url, transactions })
    }

    fn command(&self, fcctl: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(fcctl);
        command.args(arguments).env("STRIPE_API_KEY", KEY).env("STRIPE_BASE_URL", &self.url);
        command
    }

    fn account(&self, fcctl: &str) -> Result<String, Failure> {
        let output = self.command(fcctl, &["accounts", "--csv", "--fields", "id"]).output()?;
        let text = String::from_utf8(output.stdout)?;
        Ok(text.lines().nth(1).ok_or("no account")?.to_owned())
    }

    /// Reads every page as bytes, one after the other.
    async fn read(&self, account: &str) -> Result<Duration, Failure> {
        // reqwest wants a provider of TLS, whether it is used or not.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build()?;
        let start = Instant::now();
        let mut after = String::new();
        let mut pages = 0;
        loop {
            let path = "v1/financial_connections/transactions";
            let url = format!("{}/{path}?account={account}&limit=100{after}", self.url);
            let page = client.get(url).bearer_auth(KEY).send().await?.error_for_status()?.bytes().await?;
            pages += 1;
            let text = std::str::from_utf8(&page)?;
            if text.contains("\"has_more\":false") {
                break;
            }
            let last = text.rfind("\"fctxn_").ok_or("no transaction")? + 1;
            let id = text[last..].split('"').next().ok_or("no id")?;
            after = format!("&starting_after={id}");
        }
        // Days that pass in the sandbox may have added some.
        assert!(pages >= self.transactions / 100, "all pages were read: {pages}");
        Ok(start.elapsed())
    }

    /// Prints all transactions as CSV; the time, and the peak memory in KiB.
    fn csv(&self, fcctl: &str, account: &str) -> Result<(Duration, u64), Failure> {
        let start = Instant::now();
        let mut process =
            self.command(fcctl, &["transactions", account, "--csv"]).stdout(Stdio::piped()).spawn()?;
        let mut out = process.stdout.take().ok_or("no output")?;
        let mut buffer = vec![0; 1 << 20];
        let (mut lines, mut peak, mut looked) = (0, 0, Instant::now());
        loop {
            let read = out.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count();
            if looked.elapsed() > Duration::from_millis(20) {
                looked = Instant::now();
                peak = peak.max(high_water(process.id()).unwrap_or(0));
            }
        }
        let time = start.elapsed();
        assert!(process.wait()?.success(), "the list ended early");
        assert!(lines > self.transactions, "a heading and every transaction: {lines}");
        Ok((time, peak))
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The largest resident size of a process so far, in KiB.
fn high_water(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
