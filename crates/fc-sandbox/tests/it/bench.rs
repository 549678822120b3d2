//! A sandbox without a socket, and shortcuts for requests to it.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Builder;
use axum::http::{self, HeaderMap, Request, StatusCode};
use fc_sandbox::{AccountSpec, Clock, Sandbox, SandboxBuilder};
use serde_json::Value;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::watchdog::Watchdog;

/// The time at which the tests start: Monday, 21 September 2026, 14:13:20 UTC.
pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const KEY: &str = "sk_test_bench";
pub(crate) const ACCOUNTS: &str = "/v1/financial_connections/accounts";
pub(crate) const SESSIONS: &str = "/v1/financial_connections/sessions";
pub(crate) const TRANSACTIONS: &str = "/v1/financial_connections/transactions";
pub(crate) const ALL: &[&str] = &["balances", "ownership", "payment_method", "transactions"];
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest that a test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for `future`, and fails the test if that takes too long.
#[track_caller]
pub(crate) fn in_time<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let place = Location::caller();
    async move {
        let Ok(output) = timeout(PATIENCE, future).await else {
            panic!("not done within {PATIENCE:?}: {place}")
        };
        output
    }
}

/// A sandbox under test.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    router: Router,
    /// A loop that never yields stops the time limits of its runtime; this ends the test all the same.
    _watchdog: Watchdog,
}

/// A response with its body as JSON.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(setup: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Self {
        Self::of(&setup(Sandbox::builder().clock(Clock::frozen(NOW)).seed(1)).build())
    }

    /// A bench on a sandbox that exists already.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self { sandbox: sandbox.clone(), router: sandbox.router(), _watchdog: Watchdog::start() }
    }

    /// The response as the router returns it.
    pub(crate) async fn respond(&self, request: Request<Body>) -> http::Response<Body> {
        in_time(self.router.clone().oneshot(request)).await.expect("the router has a response for everything")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response {
        let (parts, body) = self.respond(request).await.into_parts();
        let body = in_time(to_bytes(body, usize::MAX)).await.expect("a body");
        let body = serde_json::from_slice(&body).expect("JSON");
        Response { status: parts.status, headers: parts.headers, body }
    }

    /// Delivers every webhook that is due.
    pub(crate) async fn deliver(&self) {
        in_time(self.sandbox.deliver_webhooks()).await;
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(get(path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Response {
        self.send(post(path).body(Body::from(form.to_owned())).expect("a request")).await
    }

    pub(crate) async fn customer(&self) -> String {
        self.post("/v1/customers", "name=Jane").await.ok()["id"].as_str().expect("an id").to_owned()
    }

    /// Creates a session of a new customer with these permissions and more parameters.
    pub(crate) async fn session(&self, permissions: &[&str], more: &str) -> Value {
        let customer = self.customer().await;
        let permissions: String = permissions.iter().map(|name| format!("&permissions[]={name}")).collect();
        let form =
            format!("account_holder[type]=customer&account_holder[customer]={customer}{permissions}&{more}");
        self.post(SESSIONS, &form).await.ok()
    }

    /// Links accounts in a session with these permissions.
    pub(crate) async fn link(
        &self,
        permissions: &[&str],
        specs: impl IntoIterator<Item = AccountSpec>,
    ) -> Vec<String> {
        let session = self.session(permissions, "").await;
        let ids = self
            .sandbox
            .link(session["id"].as_str().expect("an id"), specs)
            .expect("the session accepts them");
        ids.into_iter().map(String::from).collect()
    }

    /// One checking account with all permissions.
    pub(crate) async fn checking(&self) -> String {
        self.link(ALL, [AccountSpec::checking()]).await.remove(0)
    }

    pub(crate) async fn account(&self, id: &str) -> Value {
        self.get(&format!("{ACCOUNTS}/{id}")).await.ok()
    }

    pub(crate) async fn refresh(&self, id: &str, features: &str) -> Response {
        self.post(&format!("{ACCOUNTS}/{id}/refresh"), features).await
    }

    /// Refreshes a feature, advances the clock until the refresh is done, and reads the account.
    pub(crate) async fn refreshed(&self, id: &str, feature: &str) -> Value {
        self.refresh(id, &format!("features[]={feature}")).await.ok();
        self.advance(1);
        self.account(id).await
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.sandbox.clock().advance(Duration::from_secs(seconds));
    }

    /// Keeps events longer than thirty days: they wait for their delivery to an endpoint to which nothing is sent.
    pub(crate) async fn keep_events(&self) {
        self.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").await.ok();
    }

    /// The types of all events about `account`, oldest first, without their common prefix.
    pub(crate) fn events_about(&self, account: &str) -> Vec<String> {
        let events = self.sandbox.events(KEY);
        let about = events.iter().filter(|event| event["data"]["object"]["id"] == account);
        about
            .map(|event| {
                event["type"].as_str().expect("a type").replace("financial_connections.account.", "")
            })
            .collect()
    }
}

impl Response {
    /// The body of a 200.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{:#}", self.body);
        self.body
    }

    /// The error object of a response with this status.
    #[track_caller]
    pub(crate) fn refused(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body["error"].clone()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a readable header"))
    }
}

pub(crate) fn get(path: &str) -> Builder {
    Request::get(path).header(AUTHORIZATION, format!("Bearer {KEY}"))
}

pub(crate) fn post(path: &str) -> Builder {
    Request::post(path)
        .header(AUTHORIZATION, format!("Bearer {KEY}"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
}

/// The ids of a list's elements.
#[track_caller]
pub(crate) fn ids(list: &Value) -> Vec<String> {
    assert_eq!(list["object"], "list");
    let data = list["data"].as_array().expect("an array");
    data.iter().map(|element| element["id"].as_str().expect("an id").to_owned()).collect()
}
