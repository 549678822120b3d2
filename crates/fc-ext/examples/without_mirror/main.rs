//! An app with tables of its own, without the mirror: link, webhooks, sync into SQLite, a fresh balance before a debit.
//!
//! `cargo run -p fc-ext --all-features --example without_mirror` runs it against a sandbox in this process. The app is killed
//! in the middle of its first sync and started again. The package `bank-app` in `examples` is a web app with the mirror.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the example prints its results")]

mod app;
mod store;

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use fc_ext::prelude::*;
use fc_ext::types::AccountId;
use fc_sandbox::{AccountSpec, Sandbox, eventually};
use store::Store;
use tower::ServiceExt as _;

const USER: &str = "jane@example.com";
const DAY: Duration = Duration::from_secs(86_400);
const PATIENCE: Duration = Duration::from_secs(30);
type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let sandbox = Sandbox::builder().refresh_delay(Duration::from_millis(50)).start().await?;
    let key = ApiKey::new("sk_test_sandboxneedsnorealkey")?;
    let fc = FinancialConnections::new(Config::new(key).with_base_url(sandbox.base_url()))?;
    let folder = std::env::temp_dir().join(format!("without-mirror-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let database = folder.join("app.sqlite");
    let view = Store::open(&database)?;

    // The user links an account: the page gets a client secret, the modal links, the page reports the session.
    let (app, address, mut tasks) = app::start(fc.clone(), &database, ([127, 0, 0, 1], 0).into(), 2).await?;
    let begun = call(&app, &format!("/link/{USER}")).await?;
    let session = begun.split(' ').next().unwrap_or_default();
    sandbox.link(session, [AccountSpec::checking().transactions(450)])?;
    println!("of another user: {}", call(&app, &format!("/linked/eve@example.com/{session}")).await?);
    let account: AccountId = call(&app, &format!("/linked/{USER}/{session}")).await?.parse()?;

    // The webhook of the first refresh starts a sync. The app is killed after two commits.
    eventually(PATIENCE, async || (view.totals().ok()?.0 == 200).then_some(())).await?;
    tasks.shutdown().await;
    println!("killed in the middle of a sync: {} transactions stored", view.totals()?.0);

    // The next start continues: the event is in the inbox, the position is in the database.
    let (app, _, _tasks) = app::start(fc.clone(), &database, address, u32::MAX).await?;
    finished(&view, &fc, &account).await?;
    println!("started again: every transaction is stored");

    // Each day brings a refresh, and each refresh a webhook.
    for _ in 0..3 {
        sandbox.clock().advance(DAY);
        fc.accounts().retrieve(&account).until(settled(RefreshFeature::Transactions), PATIENCE).await?;
        finished(&view, &fc, &account).await?;
    }
    println!("three days later: every transaction is stored");

    for cents in [1, 100_000_000] {
        println!("debit: {}", call(&app, &format!("/debit/{USER}/{account}/{cents}")).await?);
    }
    sandbox.deactivate(&account)?;
    sandbox.clock().advance(DAY);
    println!("debit: {}", call(&app, &format!("/debit/{USER}/{account}/1")).await?);
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A call of the app's page: the text of the response, or its status.
async fn call(app: &Router, path: &str) -> Outcome<String> {
    let response = app.clone().oneshot(Request::post(path).body(Body::empty())?).await?;
    let status = response.status();
    let text = String::from_utf8(to_bytes(response.into_body(), 10_000).await?.to_vec())?;
    Ok(if status.is_success() { text } else { status.to_string() })
}

/// Waits until the database has what the API has.
async fn finished(view: &Store, fc: &FinancialConnections, account: &AccountId) -> Outcome<()> {
    let transactions = fc.transactions().list(account).items().into_vec().await?;
    let sum = transactions.iter().map(|transaction| transaction.amount).sum();
    let all = (i64::try_from(transactions.len())?, sum);
    Ok(eventually(PATIENCE, async || (view.totals().ok()? == all).then_some(())).await?)
}
