//! What the tests stand on: servers that keep a log, and a clock that does not sleep.

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
use fc_ext::{AccountHolder, ApiKey, Config, FinancialConnections, Permission};
use fc_sandbox::{AccountSpec, Sandbox};

pub(crate) const KEY: &str = "sk_test_0123456789abcdefwxyz";
const PREFIX: &str = "/v1/financial_connections/";

/// A server on loopback that logs each request. It ends with the test's runtime.
pub(crate) struct Server {
    url: String,
    log: Log,
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
        Self { url, log }
    }

    /// A server that answers every request with what `answer` makes of its path and query.
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

    /// Method, path and query of each request so far, without the part of the path that all share, and with the connected
    /// account and the context if there were any.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log.0.lock().unwrap().clone()
    }

    pub(crate) fn config(&self) -> Config {
        // What the client repeats by itself is not the subject here.
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

/// Path and query of a request, from where paths begin to differ.
fn shorten(request: &Request) -> String {
    let path = request.uri().to_string();
    path.strip_prefix(PREFIX).unwrap_or(&path).to_owned()
}

/// A sandbox behind a log, and a user who has linked one account in it.
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

    /// Refreshes take `delay`.
    pub(crate) async fn with_delay(account: AccountSpec, delay: Duration) -> Self {
        let sandbox =
            Sandbox::builder().clock(fc_sandbox::Clock::frozen(1_790_000_000)).refresh_delay(delay).build();
        let server = Server::start(sandbox.router()).await;
        let clock = TestClock::moving(&sandbox);
        let fc = server.fc_with(&clock);
        let holder = AccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        let session = fc.sessions().create(holder, Permission::ALL).send().await.unwrap();
        let id = sandbox.link(&session.id, [account]).unwrap().remove(0);
        Self { server, sandbox, clock, fc, id }
    }

    pub(crate) async fn account(&self) -> Account {
        self.fc.accounts().retrieve(&self.id).send().await.unwrap()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
    }

    /// The requests since the last call of this.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.server.log.0.lock().unwrap())
            .into_iter()
            .map(|request| request.replace(self.id.as_str(), "ID"))
            .collect()
    }
}

/// A clock on which a sleep is over as soon as it is waited for, and which is later for it.
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

    /// Moves the sandbox's clock as well.
    fn moving(sandbox: &Sandbox) -> Self {
        Self { sandbox: Some(sandbox.clone()), ..Self::new() }
    }

    /// How much time was slept in all.
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
