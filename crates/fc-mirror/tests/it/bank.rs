//! The sandbox, with a log of its calls, and what it would tell a reader of everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use fc_ext::types::{AccountId, ConnectedAccountId, Timestamp};
use fc_ext::webhook::{Secret, Signer};
use fc_ext::{ApiKey, Config, FinancialConnections, NewAccountHolder, Paged, Permission, RefreshFeature};
use fc_sandbox::{AccountSpec, Sandbox, SandboxBuilder};
use serde_json::Value;

use crate::clock::TestClock;

pub(crate) const KEY: &str = "sk_test_0123456789abcdefwxyz";
pub(crate) const SECRET: &str = "whsec_of_the_mirror";

/// Present of the sandbox at the start, in seconds.
pub(crate) const START: i64 = 1_790_000_000;

/// Everything a client can read: accounts, transactions and owners, by id.
pub(crate) type Objects = BTreeMap<String, Value>;

/// Calls of the mirror that take long.
#[derive(Clone)]
struct Slow {
    /// End of their path.
    path: &'static str,
    /// Number of calls.
    calls: u32,
    time: Duration,
    clock: TestClock,
}

/// Sandbox behind a log of calls.
pub(crate) struct Bank {
    pub(crate) sandbox: Sandbox,
    pub(crate) url: String,
    /// Client of the test, whose calls are not logged.
    fc: FinancialConnections,
    log: Arc<Mutex<Vec<String>>>,
    /// Accounts and authorizations that the mirror's calls do not see, nor their events.
    hidden: Arc<Mutex<BTreeSet<String>>>,
    slow: Arc<Mutex<Option<Slow>>>,
    /// Lists of transactions that know no refresh yet.
    lagging: Arc<Mutex<u32>>,
    /// Events that were taken so far.
    taken: Mutex<usize>,
}

impl Bank {
    pub(crate) async fn new() -> Self {
        Self::of(Sandbox::builder()).await
    }

    pub(crate) async fn of(builder: SandboxBuilder) -> Self {
        let builder = builder.clock(fc_sandbox::Clock::frozen(START)).move_posting_dates(true);
        let sandbox = builder.refresh_delay(Duration::from_secs(5)).build();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let written = Arc::clone(&log);
        let hidden: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let unseen = Arc::clone(&hidden);
        let slow: Arc<Mutex<Option<Slow>>> = Arc::default();
        let slowed = Arc::clone(&slow);
        let lagging: Arc<Mutex<u32>> = Arc::default();
        let late = Arc::clone(&lagging);
        let logged = sandbox.router().layer(from_fn(move |request: Request, next: Next| {
            if !request.headers().contains_key("x-test") {
                let path = request.uri().to_string();
                let path = path.trim_start_matches("/v1/financial_connections/");
                written.lock().unwrap().push(format!("{} {path}", request.method()));
            }
            let unseen = unseen.lock().unwrap().clone();
            let path = request.uri().path().to_owned();
            let slow =
                slowed.lock().unwrap().as_mut().filter(|slow| path.ends_with(slow.path)).and_then(|slow| {
                    slow.calls = slow.calls.checked_sub(1)?;
                    Some((slow.clock.clone(), slow.time))
                });
            let mut late = late.lock().unwrap();
            let is_late = *late > 0 && path.ends_with("/transactions");
            *late -= u32::from(is_late);
            drop(late);
            async move {
                if is_late {
                    return no_refresh();
                }
                if let Some((clock, time)) = slow {
                    clock.sleep_in_call(time).await;
                }
                if unseen.iter().any(|id| path.ends_with(id)) {
                    return missing();
                }
                let response = next.run(request).await;
                if unseen.is_empty() || !(path.ends_with("/accounts") || path == "/v1/events") {
                    return response;
                }
                without(response, &unseen).await
            }
        }));
        let url = serve(logged).await;
        let quiet = serve(sandbox.router()).await;
        let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url(&quiet).with_max_retries(0);
        let fc = FinancialConnections::new(config).unwrap();
        Self { sandbox, url, fc, log, hidden, slow, lagging, taken: Mutex::default() }
    }

    /// Address of a server that answers every key with the data of [`KEY`].
    pub(crate) async fn url_for_any_key(&self) -> String {
        let other = self.sandbox.router().layer(from_fn(async |mut request: Request, next: Next| {
            request.headers_mut().insert("authorization", format!("Bearer {KEY}").parse().unwrap());
            next.run(request).await
        }));
        serve(other).await
    }

    /// Links accounts of one customer, with every permission.
    pub(crate) async fn link(&self, accounts: impl IntoIterator<Item = AccountSpec>) -> Vec<AccountId> {
        let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        let session = self.fc.sessions().create(holder, Permission::ALL).send().await.unwrap();
        self.sandbox.link(&session.id, accounts).unwrap()
    }

    /// Links an account of a connected account, and returns its id.
    pub(crate) async fn link_connected(&self, connected: &ConnectedAccountId) -> AccountId {
        let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        let session = self.fc.sessions().create(holder, Permission::ALL).stripe_account(connected);
        let session = session.send().await.unwrap();
        self.sandbox.link(&session.id, [AccountSpec::checking()]).unwrap().remove(0)
    }

    /// Asks for refreshes and lets them end.
    pub(crate) async fn refresh(&self, id: &AccountId, features: impl IntoIterator<Item = RefreshFeature>) {
        self.fc.accounts().refresh(id, features).send().await.unwrap();
        self.advance(Duration::from_secs(6));
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
    }

    /// Makes accounts and their events unknown to the mirror's calls, as if Stripe had deleted them, or brings them back.
    pub(crate) fn hide(&self, ids: &[AccountId]) {
        *self.hidden.lock().unwrap() = ids.iter().map(ToString::to_string).collect();
    }

    /// Makes the events of an authorization unknown to the mirror's calls, until others are hidden.
    pub(crate) fn hide_authorization(&self, id: &str) {
        *self.hidden.lock().unwrap() = BTreeSet::from([id.to_owned()]);
    }

    /// Makes the next lists of transactions answer as a server that does not know a refresh yet, which another one knows.
    pub(crate) fn lag(&self, calls: u32) {
        *self.lagging.lock().unwrap() = calls;
    }

    /// Makes some calls of the mirror take long, in its time.
    pub(crate) fn slow_down(&self, path: &'static str, calls: u32, time: Duration, clock: &TestClock) {
        *self.slow.lock().unwrap() = Some(Slow { path, calls, time, clock: clock.clone() });
    }

    /// Lets the bank's time pass with the mirror's.
    pub(crate) fn follow(&self, clock: &TestClock) {
        let (sandbox, rest) = (self.sandbox.clone(), Mutex::new(Duration::ZERO));
        clock.follow(move |moved| {
            // The sandbox counts milliseconds.
            let mut rest = rest.lock().unwrap();
            *rest += moved;
            let whole = Duration::from_millis(u64::try_from(rest.as_millis()).unwrap());
            *rest -= whole;
            sandbox.clock().advance(whole);
        });
    }

    pub(crate) fn fc(&self) -> &FinancialConnections {
        &self.fc
    }

    /// Calls of the mirror since the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    /// Number of calls of the mirror since the last time that they were taken.
    pub(crate) fn call_count(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    /// Events that happened since the last time, oldest first, as the bodies of webhooks.
    pub(crate) fn new_events(&self) -> Vec<String> {
        let events = self.sandbox.events(KEY);
        let mut taken = self.taken.lock().unwrap();
        let new = events[*taken..].iter().map(Value::to_string).collect();
        *taken = events.len();
        new
    }

    /// Everything that a client can read now. Reading happens without faults.
    pub(crate) async fn objects(&self) -> Objects {
        let mut objects = Objects::new();
        let mut accounts = self.fc.accounts().list().limit(100).items();
        while let Some(account) = accounts.next().await {
            let account = account.unwrap();
            objects.insert(account.id.to_string(), serde_json::to_value(&account).unwrap());
            if account.status.as_str() == "disconnected" {
                continue;
            }
            if let Some(owners) = self.fc.accounts().owners_of(&account) {
                let mut owners = owners.items();
                while let Some(owner) = owners.next().await {
                    let owner = owner.unwrap();
                    objects.insert(owner.id.to_string(), serde_json::to_value(&owner).unwrap());
                }
            }
            let mut transactions = self.fc.transactions().list(&account.id).limit(100).items();
            while let Some(transaction) = transactions.next().await {
                match transaction {
                    Ok(transaction) => {
                        let json = serde_json::to_value(&transaction).unwrap();
                        objects.insert(transaction.id.to_string(), json);
                    }
                    Err(error) if error.is_no_successful_transaction_refresh() => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        objects
    }
}

/// What Stripe answers about an account that it does not know.
fn missing() -> Response {
    let error = serde_json::json!({"error": {
        "type": "invalid_request_error", "code": "resource_missing", "param": "account",
        "message": "No such financial connections account"
    }});
    (StatusCode::NOT_FOUND, error.to_string()).into_response()
}

/// What Stripe answers about the transactions of an account without a refresh.
fn no_refresh() -> Response {
    let error = serde_json::json!({"error": {
        "type": "invalid_request_error", "code": "financial_connections_no_successful_transaction_refresh",
        "message": "The account has no successful transaction refresh"
    }});
    (StatusCode::BAD_REQUEST, error.to_string()).into_response()
}

/// The page of a list without some objects.
async fn without(response: Response, hidden: &BTreeSet<String>) -> Response {
    let (mut parts, body) = response.into_parts();
    let mut page: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    let is_seen = |object: &Value| {
        let account = object.pointer("/data/object/id").unwrap_or(&object["id"]);
        !hidden.contains(account.as_str().unwrap())
    };
    page["data"].as_array_mut().unwrap().retain(is_seen);
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(page.to_string()))
}

/// `Stripe-Signature` of a body, by the machine's time.
pub(crate) fn signature(body: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_secs(i64::try_from(now.as_secs()).unwrap());
    Signer::new(Secret::new(SECRET).unwrap()).sign(body, now)
}

async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
