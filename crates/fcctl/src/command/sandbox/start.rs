//! `fcctl sandbox start`: serves a sandbox until it is interrupted.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use fc_sandbox::{AccountSpec, Sandbox};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::argument::duration;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::One;
use crate::rows::sandbox::{SERVERS, Server};
use crate::settings::SANDBOX_PORT;
use crate::signals::Signals;
use crate::terminal;

/// How long open requests may take at the end.
const GRACE: Duration = Duration::from_secs(5);

/// Serve a sandbox on this machine until Ctrl-C.
///
/// The other commands find it without any settings. The program `fc-sandbox` has more options, such as other addresses.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sandbox start
  fcctl sandbox start --data bank.db --accounts 100 --transactions 5000")]
pub(super) struct Arguments {
    /// Port to serve on; 0 takes a free one, which the other commands do not find by themselves
    #[arg(long, default_value_t = SANDBOX_PORT)]
    port: u16,
    /// Keep the state in this file, which is created if missing
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Seed of ids and bank data
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=(1 << 53)))]
    seed: u64,
    /// Number of linked accounts that each new key begins with
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    accounts: u32,
    /// Number of transactions of these accounts together
    #[arg(long, value_name = "N", default_value_t = 0, requires = "accounts", value_parser = clap::value_parser!(u32).range(..=100_000_000))]
    transactions: u32,
    /// How long a refresh takes
    #[arg(long, value_name = "SPAN", default_value = "1s", value_parser = duration)]
    refresh_delay: Duration,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let least = arguments.transactions.div_ceil(AccountSpec::MAX_TRANSACTIONS);
    if arguments.accounts < least {
        return Err(Failure::usage(format!("{} transactions need more accounts", arguments.transactions))
            .next(format!("set --accounts to {least} or more")));
    }
    let printer = One::new(&context.output, &SERVERS)?;
    // Before the address is printed: a script may send a signal as soon as it has read that.
    let signals = Signals::new()?;
    let sandbox = sandbox(&arguments)?;
    let listeners = listen(arguments.port).await?;
    let port = listeners.first().and_then(|listener| listener.local_addr().ok()).map_or(0, |at| at.port());
    let url = format!("http://127.0.0.1:{port}");
    let seed = i64::try_from(sandbox.seed()).unwrap_or(i64::MAX);
    printer.print(&Server { url, seed })?;
    terminal::note("Ctrl-C ends the sandbox. In another terminal: fcctl sandbox seed");
    serve(sandbox, listeners, signals).await
}

fn sandbox(arguments: &Arguments) -> Result<Sandbox, Failure> {
    let builder = Sandbox::builder()
        .seed(arguments.seed)
        .population(arguments.accounts, arguments.transactions)
        .refresh_delay(arguments.refresh_delay);
    match &arguments.data {
        Some(path) => builder.open(path).map_err(|error| Failure::new(Exit::Failed, error.to_string())),
        None => Ok(builder.build()),
    }
}

/// Listeners on both loopback addresses. Without the second, another program could be what `localhost` leads to.
async fn listen(port: u16) -> Result<Vec<TcpListener>, Failure> {
    let first = bind(Ipv4Addr::LOCALHOST.into(), port).await?;
    let chosen = first.local_addr().map_or(port, |at| at.port());
    match TcpListener::bind((Ipv6Addr::LOCALHOST, chosen)).await {
        Ok(second) => Ok(vec![first, second]),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => {
            Err(taken(Ipv6Addr::LOCALHOST.into(), chosen, &error))
        }
        // This machine has no [::1], or another program has the free port there.
        Err(_) => Ok(vec![first]),
    }
}

async fn bind(ip: IpAddr, port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((ip, port)).await.map_err(|error| taken(ip, port, &error))
}

fn taken(ip: IpAddr, port: u16, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot serve on {ip}, port {port}: {error}"))
        .next("end the other program, or name another port with --port and set STRIPE_BASE_URL to it")
}

/// Serves until a signal, or until the data file cannot be written.
async fn serve(sandbox: Sandbox, listeners: Vec<TcpListener>, mut signals: Signals) -> Result<(), Failure> {
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = sandbox.clone();
    // In a task, so that a long computation delays neither the signals nor the end.
    let mut server = tokio::spawn(async move {
        let shutdown = async {
            // Completes when the sender is dropped.
            let _ = stopped.await;
        };
        serving.run(listeners, shutdown).await;
    });
    let failure = tokio::select! {
        _ = &mut server => None,
        failure = sandbox.failed() => Some(failure),
        () = signals.next() => None,
    };
    drop(stop);
    let _ = tokio::time::timeout(GRACE, server).await;
    let result = match failure {
        Some(failure) => Err(failure),
        None => sandbox.flush().await,
    };
    result.map_err(|failure| Failure::new(Exit::Failed, failure.to_string()))
}
