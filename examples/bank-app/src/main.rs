//! A web app on Stripe Financial Connections: sign in, link a bank, see balances and transactions, disconnect and erase.
//!
//! `cargo run -p bank-app` starts it with a sandbox inside, so that it needs no Stripe account. With `STRIPE_API_KEY` it talks to
//! Stripe. The README beside it has the settings, and what to replace before real users come.
#![expect(clippy::print_stdout, reason = "the program says where it listens")]

mod bank;
mod chart;
mod database;
mod failure;
mod format;
mod guard;
mod local;
mod pages;
mod queries;
mod settings;
mod state;
mod store;
mod web;

use std::error::Error;
use std::fs;
use std::path::Path;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use bank::Bank;
use settings::Settings;
use state::App;
use store::Store;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // The log of the mirror and of the client has ids, and neither secrets nor personal data.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let settings = Settings::from_env()?;
    let address = &settings.address;
    let listener = TcpListener::bind(address).await.map_err(|error| format!("ADDRESS={address}: {error}"))?;
    let url = match settings.url {
        Some(url) => url,
        None => format!("http://{}", listener.local_addr()?),
    };

    // The ids of a sandbox mean nothing to Stripe, so each has a folder of its own.
    let folder = settings.data.join(if settings.stripe.is_some() { "stripe" } else { "sandbox" });
    private_folder(&folder)?;
    let (stripe, console) = match settings.stripe {
        Some(stripe) => (stripe, None),
        None => {
            let (stripe, console) = local::start(&folder.join("sandbox.db")).await?;
            (stripe, Some(console))
        }
    };

    let store = Store::open(&folder.join("app.db"))?;
    let (publishable_key, script) = (stripe.publishable_key.clone(), stripe.script.clone());
    let bank = Bank::open(stripe, &folder, &url, store.clone(), settings.patience).await?;
    let mirror = bank.mirror.clone();
    println!("bank-app: {url}");
    if let Some(console) = &console {
        println!("sandbox: {console}");
    }
    let app = web::router(App { bank, store, url, publishable_key, script, console });

    // Ctrl-C ends the server and the mirror. A program that is killed loses nothing either: the next start continues.
    let (stop, stopped) = watch::channel(());
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        drop(stop);
    });
    let server = axum::serve(listener, app).with_graceful_shutdown(closed(stopped.clone()));
    tokio::try_join!(
        async { Ok::<_, Box<dyn Error + Send + Sync>>(server.await?) },
        // Keeps the copy of the bank data up to date, in the same process. It may run in one of its own just as well.
        async { Ok(mirror.run(closed(stopped)).await?) },
    )?;
    Ok(())
}

/// Waits until the sender is dropped.
async fn closed(mut receiver: watch::Receiver<()>) {
    while receiver.changed().await.is_ok() {}
}

/// Creates the folder, with access for its owner only: the files in it have bank data and a signing secret.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
