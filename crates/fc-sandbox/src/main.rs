//! `fc-sandbox`: the sandbox as a program.

use std::fmt;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use fc_sandbox::{AccountSpec, DataError, ImportError, Sandbox, StoreFailure};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

/// How long requests that are under way at the end may take.
const GRACE: Duration = Duration::from_secs(5);

/// A stateful sandbox of the Stripe Financial Connections API.
///
/// Prints one line of JSON with its address once it listens; the log goes to standard error. No key is real: any
/// sk_test_… works, and each has a world of its own. GET /_sandbox lists the controls: linking accounts, moving the clock,
/// exporting the state.
#[derive(Debug, Parser)]
#[command(name = "fc-sandbox", version, after_help = AFTER_HELP)]
struct Arguments {
    /// Address to listen on; other machines reach the sandbox, though not its controls, if it is not this machine's own
    #[arg(long, default_value = "127.0.0.1", value_name = "IP")]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Keep the state in this file, which is made if it is not there; without it, the state ends with the program
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Begin with an exported state (GET /_sandbox/state); the data file, if any, must be new
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// What ids and bank data are drawn from; a data file keeps the one that it was made with
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many linked accounts each new world begins with
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    accounts: u32,
    /// How many transactions these accounts have had between them
    #[arg(long, default_value_t = 0, value_name = "N", requires = "accounts", value_parser = clap::value_parser!(u32).range(..=100_000_000))]
    transactions: u32,
    /// How long a refresh takes, in milliseconds
    #[arg(long, default_value_t = 1000, value_name = "MS")]
    refresh_delay: u64,
    /// Send webhooks to other machines as well, not to this one only
    #[arg(long)]
    remote_webhooks: bool,
    /// Sign webhooks with the sandbox's time instead of this machine's, for receivers that read the sandbox's clock
    #[arg(long)]
    sign_in_sandbox_time: bool,
}

impl Arguments {
    /// Refuses arguments that only together make no sense.
    fn check(&self) -> Result<(), String> {
        let most = AccountSpec::MAX_TRANSACTIONS;
        let least = self.transactions.div_ceil(most);
        if self.accounts < least {
            let transactions = self.transactions;
            return Err(format!(
                "{transactions} transactions need an account for each {most}: set --accounts to {least} or more"
            ));
        }
        Ok(())
    }
}

const AFTER_HELP: &str = "\
Examples:
  fc-sandbox --port 12111
  fc-sandbox --data bank.db --accounts 100 --transactions 5000
  RUST_LOG=warn fc-sandbox          log no requests

Ends at SIGINT or SIGTERM, once open requests are answered or 5 s have passed; a second one ends it at once.
Exit status: 0 ended by a signal, 1 failed, 2 wrong arguments.";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(reason) = arguments.check() {
        Arguments::command().error(ErrorKind::ValueValidation, reason).exit();
    }
    // The log goes to standard error; standard output has the ready line alone.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    match serve(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tracing::error!("{failure}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments) -> Result<(), Failure> {
    let sandbox = sandbox(arguments)?;
    let unbound = |error| Failure::Listen(format!("{}:{}", arguments.host, arguments.port), error);
    let listener = TcpListener::bind((arguments.host, arguments.port)).await.map_err(unbound)?;
    let address = listener.local_addr().map_err(unbound)?;
    if !address.ip().is_loopback() {
        tracing::warn!(
            "listening on {address}: other machines can reach the sandbox, though not its controls"
        );
    }
    // Before the ready line, so that whoever waits for it may send the signal.
    let mut signals = Signals::new().map_err(Failure::Signals)?;
    let ready = json!({ "ready": true, "url": format!("http://{address}"), "seed": sandbox.seed() });
    announce(&ready.to_string()).map_err(Failure::Ready)?;

    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        // Done when the sender has sent or is gone, which both mean the end.
        let _ = stopped.await;
    };
    let mut server = Box::pin(sandbox.run(listener, shutdown));
    let failure = tokio::select! {
        ended = &mut server => return ended.map_err(unbound),
        failure = sandbox.failed() => Some(failure),
        () = signals.next() => None,
    };
    drop(stop);
    tracing::info!("ending: requests that are open have {} s", GRACE.as_secs());
    tokio::select! {
        ended = &mut server => ended.map_err(unbound)?,
        () = tokio::time::sleep(GRACE) => tracing::warn!("requests that were still open were cut off"),
        () = signals.next() => tracing::warn!("ended at once"),
    }
    match failure {
        Some(failure) => Err(Failure::Kept(failure)),
        None => sandbox.flush().await.map_err(Failure::Kept),
    }
}

fn sandbox(arguments: &Arguments) -> Result<Sandbox, Failure> {
    let builder = Sandbox::builder()
        .seed(arguments.seed)
        .population(arguments.accounts, arguments.transactions)
        .refresh_delay(Duration::from_millis(arguments.refresh_delay))
        .remote_webhooks(arguments.remote_webhooks)
        .sign_webhooks_in_sandbox_time(arguments.sign_in_sandbox_time);
    let sandbox = match &arguments.data {
        Some(path) => builder.open(path).map_err(Failure::Data)?,
        None => builder.build(),
    };
    if let Some(path) = &arguments.import {
        if !sandbox.is_empty() {
            return Err(Failure::NotEmpty);
        }
        let state = std::fs::read_to_string(path).map_err(|error| Failure::Read(path.clone(), error))?;
        sandbox.import(&state).map_err(|error| Failure::Import(path.clone(), error))?;
    }
    Ok(sandbox)
}

fn announce(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// What ends the program from outside.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Where ctrl-c cannot be heard, the sandbox runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Why the program could not go on.
enum Failure {
    Data(DataError),
    NotEmpty,
    Read(PathBuf, io::Error),
    Import(PathBuf, ImportError),
    Listen(String, io::Error),
    Signals(io::Error),
    Ready(io::Error),
    Kept(StoreFailure),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(error) => write!(f, "{error}"),
            Self::NotEmpty => f.write_str(
                "--import would replace what the data file holds: name a new file, or leave --import out",
            ),
            Self::Read(path, error) => write!(f, "failed to read {}: {error}", path.display()),
            Self::Import(path, error) => write!(f, "failed to import {}: {error}", path.display()),
            Self::Listen(address, error) => write!(f, "failed to serve on {address}: {error}"),
            Self::Signals(error) => write!(f, "failed to listen for signals: {error}"),
            Self::Ready(error) => write!(f, "failed to print the ready line: {error}"),
            Self::Kept(failure) => write!(f, "{failure}"),
        }
    }
}
