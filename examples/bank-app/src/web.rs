//! The routes and what they do.

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use fc_ext::types::{AccountId, SessionId};
use fc_ext::{BalanceCheck, StaleReason};
use serde::Deserialize;

use crate::bank::Linked;
use crate::chart::Chart;
use crate::failure::Failure;
use crate::guard::{self, SignedIn, linking_policy};
use crate::pages::{
    AccountPage, AccountsPage, DataPage, Frame, LinkPage, Relink, SignInPage, TransactionsPage, html, notice,
};
use crate::queries::{Account, PAGE, Place, Search};
use crate::state::{App, USERS};

/// All routes.
pub(crate) fn router(app: App) -> Router {
    let webhook = app.bank.mirror.endpoint();
    Router::new()
        .route("/", get(home))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/accounts", get(accounts))
        .route("/accounts/{id}", get(account))
        .route("/accounts/{id}/refresh", post(refresh))
        .route("/accounts/{id}/disconnect", post(disconnect))
        .route("/transactions", get(transactions))
        .route("/link", get(link))
        .route("/link/session", post(begin_linking))
        .route("/link/session/{id}/end", post(end_linking))
        .route("/data", get(data))
        .route("/data/erase", post(erase))
        .route("/app.css", get(async || file("text/css; charset=utf-8", include_str!("../static/app.css"))))
        .route(
            "/link.js",
            get(async || file("text/javascript; charset=utf-8", include_str!("../static/link.js"))),
        )
        .fallback(async || Failure::NotFound)
        .layer(from_fn_with_state(app.clone(), guard::check))
        // Stripe's requests come from no page. Their signature is checked instead.
        .route("/webhooks/stripe", webhook)
        .with_state(app)
}

type Page = Result<Response, Failure>;

/// A file that is compiled into the program.
fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text)
}

/// What the last action did, in the address of a page.
#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    done: String,
}

impl App {
    /// The accounts of a user, and what all pages show.
    async fn frame(
        &self,
        user: &SignedIn,
        part: &'static str,
        done: &str,
    ) -> Result<(Frame, Vec<Account>), Failure> {
        let mut accounts = self.bank.reader.accounts(user.customer.as_str()).await?;
        match self.bank.replace(&accounts).await {
            Ok(false) => {}
            Ok(true) => accounts = self.bank.reader.accounts(user.customer.as_str()).await?,
            // The next page tries it again. Until then both accounts are shown.
            Err(error) => tracing::warn!(%error, "an account could not be replaced"),
        }
        let (relinks, console) = (Relink::all(&accounts), self.console.clone());
        Ok((Frame { user: user.name, part, notice: notice(done), relinks, console }, accounts))
    }

    /// An account, if it is one of this user.
    async fn own(&self, user: &SignedIn, id: &AccountId) -> Result<(), Failure> {
        let accounts = self.bank.reader.accounts(user.customer.as_str()).await?;
        let is_own = accounts.iter().any(|account| account.id == id.as_str());
        if is_own { Ok(()) } else { Err(Failure::NotFound) }
    }
}

async fn home(State(app): State<App>, user: Result<SignedIn, Failure>) -> Page {
    match user {
        Ok(_) => Ok(Redirect::to("/accounts").into_response()),
        Err(Failure::SignedOut) => {
            let page = SignInPage { users: USERS.to_vec(), is_sandbox: app.console.is_some() };
            Ok(html(&page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Deserialize)]
struct SignIn {
    user: String,
}

/// Signs a test user in, without a password. Replace it with your own sign-in.
async fn sign_in(State(app): State<App>, jar: CookieJar, Form(form): Form<SignIn>) -> Page {
    if !USERS.iter().any(|(user, _)| *user == form.user) {
        return Err(Failure::NotFound);
    }
    let token = app.store.sign_in(form.user).await?;
    Ok((jar.add(guard::cookie(&app, token)), Redirect::to("/accounts")).into_response())
}

async fn sign_out(State(app): State<App>, headers: HeaderMap, jar: CookieJar) -> Page {
    if let Some(token) = guard::token(&app, &headers) {
        app.store.sign_out(&token).await?;
    }
    Ok((jar.remove(guard::cookie(&app, String::new())), Redirect::to("/")).into_response())
}

async fn accounts(State(app): State<App>, user: SignedIn, Query(query): Query<Done>) -> Page {
    let (frame, accounts) = app.frame(&user, "accounts", &query.done).await?;
    let (disconnected, linked): (Vec<_>, Vec<_>) =
        accounts.into_iter().partition(|account| account.state == "disconnected");
    let mut banks: Vec<(String, Vec<Account>)> = Vec::new();
    for account in linked {
        match banks.last_mut() {
            Some((bank, accounts)) if *bank == account.bank => accounts.push(account),
            _ => banks.push((account.bank.clone(), vec![account])),
        }
    }
    Ok(html(&AccountsPage { frame, banks, disconnected }).into_response())
}

async fn account(
    State(app): State<App>,
    user: SignedIn,
    Path(id): Path<AccountId>,
    Query(query): Query<Done>,
) -> Page {
    let (frame, accounts) = app.frame(&user, "accounts", &query.done).await?;
    let account = accounts.into_iter().find(|account| account.id == id.as_str()).ok_or(Failure::NotFound)?;
    let (reader, holder) = (&app.bank.reader, user.customer.as_str());
    let mut charts = Vec::new();
    for balance in &account.balances {
        let history = reader.history(holder, &account.id, &balance.currency).await?;
        charts.push((balance.currency.to_uppercase(), Chart::new(&history, &balance.currency)));
    }
    let search = Search { account: Some(account.id.clone()), ..Search::default() };
    let found = reader.transactions(holder, search, 8).await?;
    Ok(html(&AccountPage { frame, account, charts, found }).into_response())
}

async fn refresh(State(app): State<App>, user: SignedIn, Path(id): Path<AccountId>) -> Page {
    app.own(&user, &id).await?;
    let done = match app.bank.refresh(&id).await? {
        (BalanceCheck::Fresh { .. }, true) => "fresh",
        (BalanceCheck::Fresh { .. }, false) => "fresh-later",
        (BalanceCheck::Stale { reason: StaleReason::TooEarly { .. }, .. }, _) => "early",
        (BalanceCheck::Stale { .. }, _) => "stale",
        (BalanceCheck::Relink | BalanceCheck::Disconnected, _) => "ended",
        (BalanceCheck::NoPermission | BalanceCheck::NoData, _) => "no-balance",
    };
    Ok(Redirect::to(&format!("/accounts/{id}?done={done}")).into_response())
}

async fn disconnect(State(app): State<App>, user: SignedIn, Path(id): Path<AccountId>) -> Page {
    app.own(&user, &id).await?;
    app.bank.disconnect(&id).await?;
    Ok(Redirect::to("/accounts?done=disconnected").into_response())
}

/// What a search sends. An empty field counts as not given.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SearchForm {
    q: String,
    account: String,
    at: Option<i64>,
    id: Option<String>,
}

async fn transactions(State(app): State<App>, user: SignedIn, Query(query): Query<SearchForm>) -> Page {
    let (frame, accounts) = app.frame(&user, "transactions", "").await?;
    let search = Search {
        text: query.q,
        account: Some(query.account).filter(|account| !account.is_empty()),
        after: query.at.zip(query.id).map(|(at, id)| Place(at, id)),
    };
    let found = app.bank.reader.transactions(user.customer.as_str(), search.clone(), PAGE).await?;
    Ok(html(&TransactionsPage { frame, accounts, search, found }).into_response())
}

async fn link(State(app): State<App>, user: SignedIn) -> Page {
    let (frame, _) = app.frame(&user, "accounts", "").await?;
    let policy = HeaderValue::from_str(&linking_policy(&app.script))?;
    let page = LinkPage { frame, script: app.script.clone(), key: app.publishable_key.clone() };
    Ok(([(CONTENT_SECURITY_POLICY, policy)], html(&page)).into_response())
}

/// The script asks for a session, and gets its client secret. It is in no page and no address, so in no history and no log.
async fn begin_linking(State(app): State<App>, user: SignedIn) -> Result<String, Failure> {
    Ok(app.bank.begin_linking(&user.customer).await?)
}

/// The script says that the linking window is closed, and gets the address of the next page.
async fn end_linking(
    State(app): State<App>,
    user: SignedIn,
    Path(session): Path<SessionId>,
) -> Result<&'static str, Failure> {
    match app.bank.end_linking(&user.customer, &session).await? {
        Linked::OfAnother => Err(Failure::NotFound),
        Linked::Nothing => Ok("/accounts?done=nothing"),
        Linked::Accounts { is_complete: false, .. } => Ok("/accounts?done=linked-only"),
        Linked::Accounts { replaced: false, .. } => Ok("/accounts?done=linked"),
        Linked::Accounts { replaced: true, .. } => Ok("/accounts?done=replaced"),
    }
}

async fn data(State(app): State<App>, user: SignedIn, Query(query): Query<Done>) -> Page {
    let (frame, _) = app.frame(&user, "data", &query.done).await?;
    let stored = app.bank.reader.stored(user.customer.as_str()).await?;
    Ok(html(&DataPage { frame, stored }).into_response())
}

async fn erase(State(app): State<App>, user: SignedIn) -> Page {
    let is_all = app.bank.erase(&user.customer).await?;
    let next = if is_all { "/accounts?done=erased" } else { "/data?done=erasing" };
    Ok(Redirect::to(next).into_response())
}
