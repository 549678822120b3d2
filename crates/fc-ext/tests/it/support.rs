//! Test support: servers that log requests, and a clock that does not sleep.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use fc_client::Clock;
use fc_ext::types::{Account, AccountId};
use fc_ext::{ApiKey, Config, FinancialConnections, NewAccountHolder, Permission};
use fc_sandbox::{AccountSpec, Sandbox, SandboxBuilder};

use crate::watchdog::Watchdog;

pub(crate) const KEY: &str = "sk_test_0123456789abcdefwxyz";
const PREFIX: &str = "/v1/financial_connections/";

/// Server on loopback that logs each request. It ends with the runtime of the test.
pub(crate) struct Server {
    url: String,
    log: Log,
    _watchdog: Watchdog,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Server {
    pub(crate) async fn start(router: Router) -> Self {
        let log = Log::default();
        let written = log.clone();
        let router = router.layer(from_fn(move |request: Request, next: Next| {
            written.write(&request);
            next.run(request)
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, log, _watchdog: Watchdog::start() }
    }

    /// Starts a server that answers every request with `answer(path and query)`.
    pub(crate) async fn scripted<F, A>(answer: F) -> Self
    where
        F: Fn(String) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = (u16, String)> + Send,
    {
        let handler = move |request: Request| {
            let answer = answer.clone();
            async move {
                let (status, body) = answer(shorten(&request)).await;
                let mut response = Response::new(axum::body::Body::from(body));
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                response
            }
        };
        Self::start(Router::new().fallback(handler)).await
    }

    /// As `scripted`, with a `Date` on each response: `date` in seconds since the Unix epoch.
    pub(crate) async fn dated<F>(date: i64, answer: F) -> Self
    where
        F: Fn(String) -> (u16, String) + Clone + Send + Sync + 'static,
    {
        let date = std::time::UNIX_EPOCH + Duration::from_secs(date.unsigned_abs());
        let date = httpdate::fmt_http_date(date);
        let handler = move |request: Request| {
            let (answer, date) = (answer.clone(), date.clone());
            async move {
                let (status, body) = answer(shorten(&request));
                let mut response = Response::new(axum::body::Body::from(body));
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                response.headers_mut().insert("date", date.parse().unwrap());
                response
            }
        };
        Self::start(Router::new().fallback(handler)).await
    }

    /// Method, path and query of each request so far, without the common start of the path, and with the connected account
    /// and the context if it has them.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log.0.lock().unwrap().clone()
    }

    pub(crate) fn config(&self) -> Config {
        // Without retries, so that the log shows each call once.
        Config::new(ApiKey::new(KEY).unwrap()).with_base_url(&self.url).with_max_retries(0)
    }

    pub(crate) fn fc(&self) -> FinancialConnections {
        FinancialConnections::new(self.config()).unwrap()
    }

    pub(crate) fn fc_with(&self, clock: &TestClock) -> FinancialConnections {
        FinancialConnections::new(self.config().with_clock(clock.clone())).unwrap()
    }
}

impl Log {
    fn write(&self, request: &Request) {
        let mut line = format!("{} {}", request.method(), shorten(request));
        for (header, word) in [("stripe-account", "as"), ("stripe-context", "in")] {
            if let Some(value) = request.headers().get(header) {
                line = format!("{line} {word} {}", value.to_str().unwrap());
            }
        }
        self.0.lock().unwrap().push(line);
    }
}

/// Path and query of a request, without the common start of the path.
fn shorten(request: &Request) -> String {
    let path = request.uri().to_string();
    path.strip_prefix(PREFIX).unwrap_or(&path).to_owned()
}

/// Sandbox with one linked account, behind a log of requests.
pub(crate) struct Linked {
    pub(crate) server: Server,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: TestClock,
    pub(crate) fc: FinancialConnections,
    pub(crate) id: AccountId,
}

impl Linked {
    pub(crate) async fn new(account: AccountSpec) -> Self {
        Self::with_delay(account, Duration::from_secs(5)).await
    }

    /// As `new`, with refreshes that take `delay`.
    pub(crate) async fn with_delay(account: AccountSpec, delay: Duration) -> Self {
        let sandbox = Sandbox::builder().clock(fc_sandbox::Clock::frozen(1_790_000_000)).refresh_delay(delay);
        Self::on(sandbox, account).await
    }

    /// As `new`, with these permissions only.
    pub(crate) async fn with_permissions(
        account: AccountSpec,
        permissions: impl IntoIterator<Item = Permission>,
    ) -> Self {
        let sandbox = Sandbox::builder().clock(fc_sandbox::Clock::frozen(1_790_000_000));
        Self::link(sandbox, account, permissions).await
    }

    /// As `new`, on this sandbox.
    pub(crate) async fn on(sandbox: SandboxBuilder, account: AccountSpec) -> Self {
        Self::link(sandbox, account, Permission::ALL).await
    }

    /// Dates of posting transactions move.
    async fn link(
        sandbox: SandboxBuilder,
        account: AccountSpec,
        permissions: impl IntoIterator<Item = Permission>,
    ) -> Self {
        let sandbox = sandbox.move_posting_dates(true).build();
        let server = Server::start(sandbox.router()).await;
        let clock = TestClock::moving(&sandbox);
        let fc = server.fc_with(&clock);
        let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        let session = fc.sessions().create(holder, permissions).send().await.unwrap();
        let id = sandbox.link(&session.id, [account]).unwrap().remove(0);
        Self { server, sandbox, clock, fc, id }
    }

    pub(crate) async fn account(&self) -> Account {
        self.fc.accounts().retrieve(&self.id).send().await.unwrap()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
    }

    /// Requests since the last call of this method.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.server.log.0.lock().unwrap())
            .into_iter()
            .map(|request| request.replace(self.id.as_str(), "ID"))
            .collect()
    }
}

/// Clock whose sleeps end at once and move its time.
#[derive(Clone)]
pub(crate) struct TestClock {
    start: Instant,
    now: Arc<Mutex<Instant>>,
    sandbox: Option<Sandbox>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        let start = Instant::now();
        Self { start, now: Arc::new(Mutex::new(start)), sandbox: None }
    }

    /// Also moves the clock of the sandbox.
    fn moving(sandbox: &Sandbox) -> Self {
        Self { sandbox: Some(sandbox.clone()), ..Self::new() }
    }

    /// Lets time pass without a sleep.
    pub(crate) fn pass(&self, duration: Duration) {
        *self.now.lock().unwrap() += duration;
    }

    /// Sum of all sleeps.
    pub(crate) fn elapsed(&self) -> Duration {
        *self.now.lock().unwrap() - self.start
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = self.clone();
        Box::pin(async move {
            *clock.now.lock().unwrap() += duration;
            if let Some(sandbox) = &clock.sandbox {
                sandbox.clock().advance(duration);
            }
        })
    }
}
