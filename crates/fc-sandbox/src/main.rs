//! `fc-sandbox`: the sandbox as a program.

use std::io::{self, Write};
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fc_sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// A stateful sandbox of the Stripe Financial Connections API.
///
/// Prints one line of JSON with its address once it listens. Any key such as sk_test_123 works, and each has a world of its
/// own. GET /_sandbox lists the controls: linking accounts, moving the clock.
#[derive(Debug, Parser)]
#[command(name = "fc-sandbox", version)]
struct Arguments {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// What ids and bank data are drawn from
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How long a refresh takes, in milliseconds
    #[arg(long, default_value_t = 1000, value_name = "MS")]
    refresh_delay: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // The log goes to standard error; standard output has the ready line alone.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    match serve(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("failed to serve on {}:{}: {error}", arguments.host, arguments.port);
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments) -> io::Result<()> {
    let sandbox = Sandbox::builder()
        .seed(arguments.seed)
        .refresh_delay(Duration::from_millis(arguments.refresh_delay))
        .build();
    let listener = TcpListener::bind((arguments.host, arguments.port)).await?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        tracing::warn!(
            "listening on {address}: other machines can reach the sandbox, though not its controls"
        );
    }
    let ready = json!({ "ready": true, "url": format!("http://{address}"), "seed": arguments.seed });
    let mut out = io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()?;
    drop(out);
    sandbox.run(listener, interrupted()).await
}

/// Done at ctrl-c. Where that cannot be heard, the sandbox runs until it is killed.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
