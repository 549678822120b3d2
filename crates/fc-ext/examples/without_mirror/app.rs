//! The app: its routes, and the worker that handles events.

use std::net::SocketAddr;
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use fc_ext::SyncError::{Disconnected, NoPermission, NoSuccessfulRefresh};
use fc_ext::prelude::*;
use fc_ext::types::{AccountId, EventType, SessionId};
use fc_ext::webhook::{Receiver, Secret, Verifier, WebhookEvent};
use fc_ext::{BalanceCheck, SyncIntoError::Sync};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::store::Store;

#[derive(Clone)]
pub(crate) struct App {
    fc: FinancialConnections,
    store: Arc<Mutex<Store>>,
    receiver: Receiver,
    work: Arc<Notify>,
}

impl FromRef<App> for Receiver {
    fn from_ref(app: &App) -> Self {
        app.receiver.clone()
    }
}

/// Failure of a handler: the response hides it, and the log has it.
pub(crate) struct Failure;

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        eprintln!("{error}");
        Self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// Starts the app: its routes, its address, and its tasks. In this example it is killed after a number of commits.
pub(crate) async fn start(
    fc: FinancialConnections,
    database: &FilePath,
    address: SocketAddr,
    commits: u32,
) -> Result<(Router, SocketAddr, JoinSet<()>), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let store = Store::open(database)?;
    // The endpoint is created once: only that response has the signing secret.
    if store.setting("webhook_secret")?.is_none() {
        let url = format!("http://{address}/webhook");
        let endpoint = fc.webhook_endpoints().create(&url, EventType::KNOWN.to_vec()).send().await?;
        store.set("webhook_secret", endpoint.secret.ok_or("a new endpoint has a secret")?.expose())?;
    }
    let secret = Secret::new(store.setting("webhook_secret")?.unwrap_or_default())?;
    let receiver = Receiver::new(Verifier::new(secret));
    let app = App { fc, store: Arc::new(Mutex::new(store)), receiver, work: Arc::default() };
    let router = Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route("/link/{user}", post(begin_link))
        .route("/linked/{user}/{session}", post(complete_link))
        .route("/debit/{user}/{account}/{cents}", post(debit))
        .route("/webhook", post(receive))
        .with_state(app.clone());
    let mut tasks = JoinSet::new();
    let server = router.clone();
    tasks.spawn(async move { drop(axum::serve(listener, server).await) });
    // The worker has a connection of its own, so that a sync does not hold up the webhooks.
    let mut store = Store::open(database)?;
    store.commits_left = commits;
    tasks.spawn(async move {
        while work(&app, &mut store).await.is_err() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    Ok((router, address, tasks))
}

impl App {
    fn store<T>(&self, access: impl FnOnce(&Store) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        access(&self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Creates a session: its id and its client secret, with which the page opens the linking modal.
async fn begin_link(State(app): State<App>, Path(user): Path<String>) -> Result<String, Failure> {
    // A repeated call creates no second customer.
    let key = app.store(|store| store.key(&user))?;
    let customer = app.fc.customers().create().email(&user).idempotency_key(key).send().await?.id;
    app.store(|store| store.set_customer(&user, customer.as_str()))?;
    let permissions = [Permission::Balances, Permission::Transactions];
    let session = app.fc.sessions().create(&customer, permissions).send().await?;
    let secret = session.client_secret.as_ref().map_or("", |secret| secret.expose());
    Ok(format!("{} {secret}", session.id))
}

/// Stores the accounts of a session. The id comes from the browser, so the holder is checked.
async fn complete_link(
    State(app): State<App>,
    Path((user, session)): Path<(String, SessionId)>,
) -> Result<Response, Failure> {
    let session = app.fc.sessions().retrieve(&session).send().await?;
    let customer = session.account_holder.as_ref().and_then(|holder| holder.customer.as_ref());
    let customer = customer.map(|customer| customer.id().to_string());
    if customer.is_none() || customer != app.store(|store| store.customer(&user))? {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    let accounts = app.fc.sessions().accounts(&session).items().into_vec().await?;
    for account in &accounts {
        app.store(|store| store.add_account(&user, &account.id))?;
        app.fc.accounts().subscribe(&account.id, SubscribeFeature::Transactions).send().await?;
    }
    let linked: Vec<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    Ok(linked.join("\n").into_response())
}

/// Decides on a debit.
async fn debit(
    State(app): State<App>,
    Path((user, account, cents)): Path<(String, AccountId, i64)>,
) -> Result<Response, Failure> {
    if app.store(|store| store.owner(&account))? != Some(user) {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    let (max_age, deadline) = (Duration::from_secs(600), Duration::from_secs(10));
    let decision = match app.fc.accounts().fresh_balance(&account, max_age, deadline).await? {
        BalanceCheck::Fresh { balance, .. } => match balance.spendable("usd") {
            Some(money) if money.amount >= cents => "approved".to_owned(),
            _ => "declined: not enough money".to_owned(),
        },
        BalanceCheck::Stale { reason, .. } => format!("try later: {reason}"),
        BalanceCheck::Relink => "link the account again".to_owned(),
        BalanceCheck::Disconnected | BalanceCheck::NoPermission => "link another account".to_owned(),
        BalanceCheck::NoData => "declined: the bank gives no balance".to_owned(),
    };
    Ok(decision.into_response())
}

/// Commits the event, then answers. The worker handles it.
async fn receive(State(app): State<App>, event: WebhookEvent) -> Result<StatusCode, Failure> {
    app.store(|store| store.receive(&event))?;
    app.work.notify_one();
    Ok(StatusCode::OK)
}

/// Handles events. An event is a hint that the account changed, so its transactions are synced. The events of an account wait
/// until it is stored. A sync that failed is retried later, and the other accounts go on.
async fn work(app: &App, store: &mut Store) -> Result<(), Failure> {
    loop {
        while let Some((id, last)) = store.next_work()? {
            let has_failed = match app.fc.transactions().sync_into(&id, store).await {
                // The event of a refresh that succeeds starts the next sync. The other two have nothing to sync.
                Ok(_) | Err(Sync(NoSuccessfulRefresh(_) | Disconnected(_) | NoPermission(_))) => false,
                Err(error) => {
                    eprintln!("{id}: {error}");
                    true
                }
            };
            store.finish(&id, last, has_failed)?;
        }
        // A postponed account may be due.
        let _ = tokio::time::timeout(Duration::from_secs(1), app.work.notified()).await;
    }
}
