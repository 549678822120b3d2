//! The program `fc-sandbox`.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use fc_sandbox::{AccountSpec, DataError, ImportError, Limits, Sandbox, StoreFailure};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinError;
use tracing_subscriber::EnvFilter;

/// How long open requests may take at the end.
const GRACE: Duration = Duration::from_secs(5);

/// A stateful sandbox of the Stripe Financial Connections API.
///
/// Prints one line of JSON with its URL when it is ready; the log goes to standard error. Every sk_test_… is a valid key,
/// and each key has its own objects. GET /_sandbox lists the controls, such as linking accounts, moving the clock and
/// exporting the state.
#[derive(Debug, Parser)]
#[command(name = "fc-sandbox", version, after_help = AFTER_HELP)]
struct Arguments {
    /// Address to listen on, or localhost for 127.0.0.1 and [::1]; other machines reach a public one, but not its controls
    #[arg(long, default_value = "localhost", value_name = "IP")]
    host: Host,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Keep the state in this file, which is created if missing; by default the state is lost at the end
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Begin with an exported state (GET /_sandbox/state); a data file must be new
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// Seed of ids, secrets and bank data; an existing data file has its own. Who knows seed and key can predict the
    /// secrets, so without this option it is 0 on localhost, and drawn at random on other addresses
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Number of linked accounts that each new key begins with
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    accounts: u32,
    /// Number of transactions of these accounts together
    #[arg(long, default_value_t = 0, value_name = "N", requires = "accounts", value_parser = clap::value_parser!(u32).range(..=100_000_000))]
    transactions: u32,
    /// How long a refresh takes, in milliseconds
    #[arg(long, default_value_t = 1000, value_name = "MS")]
    refresh_delay: u64,
    /// Refuse a refresh before its time instead of starting nothing
    #[arg(long)]
    refuse_early_refresh: bool,
    /// Refuse a refresh while one is pending instead of starting nothing
    #[arg(long)]
    refuse_pending_refresh: bool,
    /// Give some transactions of newly linked accounts a new date when they post
    #[arg(long)]
    move_posting_dates: bool,
    /// Refuse calls beyond Stripe's rate limits with a 429: those of live mode (100 per second, 25 of each operation) or of
    /// a sandbox (25 per second); by default there are none
    #[arg(long, value_name = "MODE")]
    limits: Option<LimitsOf>,
    /// Send webhooks to other machines too
    #[arg(long)]
    remote_webhooks: bool,
    /// Name, such as sandbox, that a request may have as its Host besides addresses and localhost; can be repeated
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Open the controls to other machines that send this token as Authorization: Bearer TOKEN
    #[arg(long, value_name = "TOKEN", env = "FC_SANDBOX_CONTROL_TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// Number of requests that the console's log keeps in memory; 0 switches the log off
    #[arg(long, default_value_t = 1000, value_name = "N")]
    request_log: usize,
    /// Sign webhooks with the sandbox's time instead of this machine's
    #[arg(long)]
    sign_in_sandbox_time: bool,
}

impl Arguments {
    /// Checks the arguments that depend on each other.
    fn check(&self) -> Result<(), String> {
        let most = AccountSpec::MAX_TRANSACTIONS;
        let least = self.transactions.div_ceil(most);
        if self.accounts < least {
            let transactions = self.transactions;
            return Err(format!(
                "{transactions} transactions need an account for each {most}: set --accounts to {least} or more"
            ));
        }
        if self.control_token.as_ref().is_some_and(|token| token.len() < SHORTEST_TOKEN) {
            return Err(format!(
                "the control token can be guessed: set --control-token to {SHORTEST_TOKEN} random characters or more"
            ));
        }
        Ok(())
    }

    /// The seed. A drawn one is exact in JavaScript too.
    fn seed(&self) -> u64 {
        // The keys of std's hashers are random numbers of the system.
        let drawn = || RandomState::new().build_hasher().finish() >> 11;
        self.seed.unwrap_or_else(|| if self.host.is_local() { 0 } else { drawn() })
    }
}

/// Whose rate limits apply.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum LimitsOf {
    Live,
    Sandbox,
}

impl From<LimitsOf> for Limits {
    fn from(mode: LimitsOf) -> Self {
        match mode {
            LimitsOf::Live => Self::Live,
            LimitsOf::Sandbox => Self::Sandbox,
        }
    }
}

/// Where to listen.
#[derive(Clone, Copy, Debug)]
enum Host {
    /// Both loopback addresses.
    Localhost,
    Address(IpAddr),
}

impl Host {
    fn is_local(self) -> bool {
        match self {
            Self::Localhost => true,
            Self::Address(address) => address.to_canonical().is_loopback(),
        }
    }

    /// Listeners on one port. The first one has the address of the ready line.
    async fn listen(self, port: u16) -> Result<Vec<TcpListener>, Failure> {
        match self {
            Self::Address(address) => Ok(vec![bind(address, port).await?]),
            Self::Localhost => listen_on_localhost(port).await,
        }
    }
}

async fn bind(address: IpAddr, port: u16) -> Result<TcpListener, Failure> {
    let unbound = |error| Failure::Listen(SocketAddr::new(address, port), error);
    TcpListener::bind((address, port)).await.map_err(unbound)
}

/// Listeners on 127.0.0.1 and [::1]. Without the second, another program could be what `localhost` leads to.
async fn listen_on_localhost(port: u16) -> Result<Vec<TcpListener>, Failure> {
    for left in (0..FREE_PORT_TRIES).rev() {
        let first = bind(Ipv4Addr::LOCALHOST.into(), port).await?;
        let chosen = first.local_addr().map_err(Failure::Address)?.port();
        match bind(Ipv6Addr::LOCALHOST.into(), chosen).await {
            Ok(second) => return Ok(vec![first, second]),
            Err(Failure::Listen(_, error)) if error.kind() != io::ErrorKind::AddrInUse => {
                tracing::debug!(%error, "this machine has no [::1]");
                return Ok(vec![first]);
            }
            // Another program has this port on [::1] only. Another free port may do.
            Err(_) if port == 0 && left > 0 => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::Address(io::ErrorKind::AddrInUse.into()))
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("localhost") {
            return Ok(Self::Localhost);
        }
        let address = text.trim_start_matches('[').trim_end_matches(']').parse().map(Self::Address);
        address.map_err(|_| "neither an IP address nor localhost".to_owned())
    }
}

/// The URL under which programs on this machine reach the sandbox.
fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// The shortest control token, in bytes.
const SHORTEST_TOKEN: usize = 16;
/// How many free ports are tried for both loopback addresses.
const FREE_PORT_TRIES: usize = 20;

const AFTER_HELP: &str = "\
Examples:
  fc-sandbox --port 12111
  fc-sandbox --data bank.db --accounts 100 --transactions 5000
  fc-sandbox --host 0.0.0.0 --port 12111 --allow-host sandbox      in a container called sandbox
  RUST_LOG=warn fc-sandbox          log no requests

SIGINT or SIGTERM ends it, after open requests or 5 s; a second signal ends it at once.
Exit status: 0 ended by a signal, 1 failed, 2 wrong arguments.";

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(io::stderr(), "failed to start threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let status = runtime.block_on(run());
    // A look-up of a name cannot be interrupted, and the end must not wait for it.
    runtime.shutdown_background();
    status
}

async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(reason) = arguments.check() {
        Arguments::command().error(ErrorKind::ValueValidation, reason).exit();
    }
    // The log goes to standard error: standard output has only the ready line.
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
    let listeners = arguments.host.listen(arguments.port).await?;
    let Some(address) = listeners.first().and_then(|listener| listener.local_addr().ok()) else {
        return Err(Failure::Address(io::ErrorKind::AddrNotAvailable.into()));
    };
    if !arguments.host.is_local() {
        let controls = if arguments.control_token.is_some() {
            "and its controls with the token"
        } else {
            "but not its controls"
        };
        tracing::warn!("listening on {address}: other machines can reach the sandbox, {controls}");
    }
    // Before the ready line: a script may send a signal as soon as it has read that line.
    let mut signals = Signals::new().map_err(Failure::Signals)?;
    let ready = json!({ "ready": true, "url": url(address), "seed": sandbox.seed() });
    announce(&ready.to_string()).map_err(Failure::Ready)?;

    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        // Completes when the sender is dropped.
        let _ = stopped.await;
    };
    // In a task, so that a long computation delays neither the signals nor the end.
    let serving = sandbox.clone();
    let mut server = tokio::spawn(async move { serving.run(listeners, shutdown).await });
    let failure = tokio::select! {
        ended = &mut server => return ended.map_err(Failure::Server),
        failure = sandbox.failed() => Some(failure),
        () = signals.next() => None,
    };
    drop(stop);
    tracing::info!("ending: open requests have {} s", GRACE.as_secs());
    tokio::select! {
        _ = &mut server => {}
        () = tokio::time::sleep(GRACE) => tracing::warn!("closed the requests that were still open"),
        () = signals.next() => tracing::warn!("ended at once"),
    }
    match failure {
        Some(failure) => Err(Failure::Store(failure)),
        None => sandbox.flush().await.map_err(Failure::Store),
    }
}

fn sandbox(arguments: &Arguments) -> Result<Sandbox, Failure> {
    let mut builder = Sandbox::builder()
        .seed(arguments.seed())
        .population(arguments.accounts, arguments.transactions)
        .refresh_delay(Duration::from_millis(arguments.refresh_delay))
        .refuse_early_refresh(arguments.refuse_early_refresh)
        .refuse_pending_refresh(arguments.refuse_pending_refresh)
        .move_posting_dates(arguments.move_posting_dates)
        .remote_webhooks(arguments.remote_webhooks)
        .sign_webhooks_in_sandbox_time(arguments.sign_in_sandbox_time)
        .request_log(arguments.request_log);
    if let Some(mode) = arguments.limits {
        builder = builder.limits(mode.into());
    }
    for name in &arguments.allow_host {
        builder = builder.allow_host(name);
    }
    if let Some(token) = &arguments.control_token {
        builder = builder.control_token(token);
    }
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

/// The signals that end the program.
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
        // Without a handler for ctrl-c, the sandbox runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Why the program failed.
enum Failure {
    Data(DataError),
    NotEmpty,
    Read(PathBuf, io::Error),
    Import(PathBuf, ImportError),
    Listen(SocketAddr, io::Error),
    Address(io::Error),
    Server(JoinError),
    Signals(io::Error),
    Ready(io::Error),
    Store(StoreFailure),
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
            Self::Address(error) => write!(f, "failed to read the address of the listener: {error}"),
            Self::Server(error) => write!(f, "the server failed: {error}"),
            Self::Signals(error) => write!(f, "failed to listen for signals: {error}"),
            Self::Ready(error) => write!(f, "failed to print the ready line: {error}"),
            Self::Store(failure) => write!(f, "{failure}"),
        }
    }
}
