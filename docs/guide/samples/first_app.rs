//! A first application: a page that links accounts, a webhook, a local mirror, and a question before each debit.
//!
//! It reads `STRIPE_API_KEY`, `STRIPE_BASE_URL` and `STRIPE_JS` (of a sandbox; without them it talks to Stripe),
//! `STRIPE_PUBLISHABLE_KEY`, `WEBHOOK_SECRETS`, `DATABASE` and `ADDRESS`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the sample prints what it does")]

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use fc_ext::prelude::*;
use fc_ext::types::{AccountId, CustomerId, EventType, SessionId};
use fc_mirror::Mirror;
use tokio::net::TcpListener;

// ANCHOR: state
#[derive(Clone)]
struct App {
    fc: FinancialConnections,
    mirror: Mirror,
    /// The customer of the signed-in user. A real program creates it at sign-up and stores its id with the user.
    customer: CustomerId,
    /// Accounts of that user. A real program has a table for them.
    accounts: Arc<Mutex<BTreeSet<AccountId>>>,
}
// ANCHOR_END: state

// ANCHOR: main
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let fc = FinancialConnections::from_env()?;
    let customer = fc.customers().create().name("Jane Diaz").send().await?.id;

    let listener = TcpListener::bind(setting("ADDRESS", "127.0.0.1:3000")).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let secrets = match env::var("WEBHOOK_SECRETS") {
        Ok(secrets) => secrets,
        Err(_) => register(&fc, &format!("{url}/webhooks/stripe")).await?,
    };
    // ANCHOR: secrets
    // While a signing secret is rolled there are two, and both are accepted.
    let mut mirror = Mirror::builder().subscribe_transactions(true);
    for secret in secrets.split(',') {
        mirror = mirror.webhook_secret(secret);
    }
    // ANCHOR_END: secrets
    let mirror = mirror.open(&setting("DATABASE", "sqlite:bank.db")).await?;

    println!("listening on {url}");
    let app = Router::new()
        .route("/", get(page))
        .route("/session", post(create_session))
        .route("/linked/{session}", post(linked))
        .route("/debit/{account}/{cents}", post(debit))
        .route("/webhooks/stripe", mirror.endpoint())
        .with_state(App { fc, mirror: mirror.clone(), customer, accounts: Arc::default() });
    tokio::spawn(async move { axum::serve(listener, app).await });

    // Keeps the copy up to date. The program may be killed at any time; the next start continues.
    mirror.run(std::future::pending()).await?;
    Ok(())
}
// ANCHOR_END: main

// ANCHOR: register
/// Creates the webhook endpoint, at the first start. No later response has its secret, so keep it for the next start.
async fn register(fc: &FinancialConnections, url: &str) -> Result<String, Box<dyn Error>> {
    // The mirror wants every event of Financial Connections.
    let endpoint = fc.webhook_endpoints().create(url, EventType::KNOWN.to_vec()).send().await?;
    let secret = endpoint.secret.ok_or("the endpoint has no secret")?;
    println!("WEBHOOK_SECRETS={}", secret.expose());
    Ok(secret.expose().to_owned())
}
// ANCHOR_END: register

// ANCHOR: page
async fn page() -> Html<String> {
    let page = include_str!("first_app.html");
    let page = page.replace("STRIPE_JS", &setting("STRIPE_JS", "https://js.stripe.com/v3/"));
    Html(page.replace("PUBLISHABLE_KEY", &setting("STRIPE_PUBLISHABLE_KEY", "pk_test_sandbox")))
}
// ANCHOR_END: page

// ANCHOR: session
/// The browser asks for a session, and gets its client secret.
async fn create_session(State(app): State<App>) -> Result<String, Failure> {
    let permissions = [Permission::Balances, Permission::Transactions, Permission::PaymentMethod];
    let session = app.fc.sessions().create(&app.customer, permissions).send().await?;
    let secret = session.client_secret.ok_or("the session has no client secret")?;
    Ok(secret.expose().to_owned())
}
// ANCHOR_END: session

// ANCHOR: linked
/// The browser says that linking is over. Read on the server what was linked.
async fn linked(State(app): State<App>, Path(session): Path<SessionId>) -> Result<String, Failure> {
    let session = app.fc.sessions().retrieve(&session).send().await?;
    // The id comes from a browser: is the session of this user?
    let holder = session.account_holder.as_ref().ok_or("the session has no holder")?;
    if NewAccountHolder::try_from(holder)? != NewAccountHolder::Customer(app.customer.clone()) {
        return Err("the session is of another user".into());
    }
    let linked = app.fc.sessions().accounts(&session).items().into_vec().await?;
    let lines = linked.iter().map(|account| format!("{} {}\n", account.id, account.institution_name));
    let text = lines.collect();
    app.accounts.lock().map_err(|_| "a handler panicked")?.extend(linked.into_iter().map(|it| it.id));
    Ok(text)
}
// ANCHOR_END: linked

// ANCHOR: debit
/// May this amount be debited now?
async fn debit(
    State(app): State<App>,
    Path((account, cents)): Path<(AccountId, i64)>,
) -> Result<&'static str, Failure> {
    if !app.accounts.lock().map_err(|_| "a handler panicked")?.contains(&account) {
        return Err("the account is of another user".into());
    }
    // At most ten minutes old; refreshed if need be, within twenty seconds.
    let (max_age, deadline) = (Duration::from_secs(600), Duration::from_secs(20));
    let check = app.mirror.balance_fresh(&account, max_age, deadline).await?;
    Ok(match check.fresh().and_then(|balance| balance.spendable("usd")) {
        Some(money) if money.amount >= cents => "yes",
        Some(_) => "no, there is not enough money",
        None => "not known, so no",
    })
}
// ANCHOR_END: debit

/// An error of a handler. The browser gets status 500, and the log the reason.
struct Failure(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        eprintln!("{}", self.0);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}
