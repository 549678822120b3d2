//! The app of fc-ext's example `without_mirror`, against a sandbox: what its printed run does not show.
#![expect(clippy::print_stderr, reason = "the app of the example has no other log")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use fc_ext::prelude::*;
use fc_sandbox::{AccountSpec, RunningSandbox, Sandbox, eventually};
use rusqlite::Connection;
use serde_json::Value;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

#[path = "../../crates/fc-ext/examples/without_mirror/app.rs"]
mod app;
#[path = "../../crates/fc-ext/examples/without_mirror/store.rs"]
mod store;

const PATIENCE: Duration = Duration::from_secs(30);

/// The running app, and the sandbox that it calls.
struct Running {
    sandbox: RunningSandbox,
    fc: FinancialConnections,
    database: PathBuf,
    router: Router,
    _tasks: JoinSet<()>,
}

impl Running {
    /// Starts the app with an empty database of this name.
    async fn start(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("without_mirror_{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let database = folder.join("app.sqlite");
        let sandbox = Sandbox::builder().refresh_delay(Duration::from_millis(50)).start().await.unwrap();
        let config = Config::new(ApiKey::new("sk_test_sandboxneedsnorealkey").unwrap());
        let fc = FinancialConnections::new(config.with_base_url(sandbox.base_url())).unwrap();
        let (router, _tasks) = start(&fc, &database).await;
        Self { sandbox, fc, database, router, _tasks }
    }

    /// A second connection to the database of the app.
    fn database(&self) -> Connection {
        let database = Connection::open(&self.database).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    /// Posts to the app, and returns the text of the response.
    async fn post(&self, path: &str) -> String {
        let request = Request::post(path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, body) = (response.status(), to_bytes(response.into_body(), 10_000).await.unwrap());
        assert!(status.is_success(), "{path}: {status}");
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Waits until a count in the database is this one.
    async fn until(&self, select: &str, count: i64) {
        let database = self.database();
        let check = async || (database.query_row(select, [], |row| row.get(0)) == Ok(count)).then_some(());
        eventually(PATIENCE, check).await.unwrap_or_else(|error| panic!("{select}: {error}"));
    }
}

/// Starts the app on a free port.
async fn start(fc: &FinancialConnections, database: &Path) -> (Router, JoinSet<()>) {
    let anywhere = ([127, 0, 0, 1], 0).into();
    let (router, _, tasks) = app::start(fc.clone(), database, anywhere, u32::MAX).await.unwrap();
    (router, tasks)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_of_a_user_replaces_the_signing_secret() {
    let running = Running::start("secret").await;
    let secret = "SELECT count(*) FROM setting WHERE name = 'webhook_secret' AND value LIKE 'whsec_%'";
    running.until(secret, 1).await;
    running.post("/link/webhook_secret").await;
    running.until(secret, 1).await;
    drop(start(&running.fc, &running.database).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_synced_holds_up_no_other_account() {
    let running = Running::start("others").await;
    // Stripe does not know the account. It is the first one that has work.
    running
        .database()
        .execute_batch(
            "INSERT INTO account (id, user) VALUES ('fca_0', 'jane'); INSERT INTO inbox (event, account) VALUES ('evt_0', 'fca_0')",
        )
        .unwrap();
    let begun = running.post("/link/jane").await;
    let session = begun.split(' ').next().unwrap();
    running.sandbox.link(session, [AccountSpec::checking().transactions(120)]).unwrap();
    running.post(&format!("/linked/jane/{session}")).await;
    running.until("SELECT count(*) FROM txn", 120).await;
    assert_eq!(store::Store::open(&running.database).unwrap().totals().unwrap().0, 120);
    // The failed one is retried later.
    running.until("SELECT count(*) FROM inbox WHERE account = 'fca_0' AND due > unixepoch()", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_the_permission_has_no_work_left() {
    let running = Running::start("permission").await;
    let customer = running.fc.customers().create().send().await.unwrap().id;
    let session = running.fc.sessions().create(&customer, [Permission::Balances]).send().await.unwrap();
    let account = running.sandbox.link(&session.id, [AccountSpec::checking()]).unwrap().remove(0);
    let database = running.database();
    database.execute("INSERT INTO account (id, user) VALUES (?1, 'jane')", [account.as_str()]).unwrap();
    database.execute("INSERT INTO inbox (event, account) VALUES ('evt_0', ?1)", [account.as_str()]).unwrap();
    // Another event wakes the worker.
    running.fc.accounts().refresh(&account, [RefreshFeature::Balance]).send().await.unwrap();
    running.until("SELECT count(*) FROM inbox WHERE event = 'evt_0' AND due IS NULL", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_idempotency_has_no_email_and_creates_one_customer() {
    let running = Running::start("key").await;
    for _ in 0..2 {
        running.post("/link/jane@example.com").await;
    }
    let url = format!("{}/_sandbox/requests", running.sandbox.base_url());
    let client = fc_ext::client::http_client_builder().unwrap().no_proxy().build().unwrap();
    let log = client.get(url).send().await.unwrap().text().await.unwrap();
    let log: Value = serde_json::from_str(&log).unwrap();
    let requests = log["requests"].as_array().unwrap().iter();
    let created: Vec<&Value> = requests.filter(|request| request["path"] == "/v1/customers").collect();
    assert_eq!(created.len(), 2, "{log}");
    let keys: Vec<&str> =
        created.iter().map(|request| request["idempotency_key"].as_str().unwrap()).collect();
    assert_eq!(keys[0], keys[1]);
    assert!(!keys[0].contains("jane"), "{keys:?}");
    assert_eq!(created.iter().filter(|request| request["replayed"] == true).count(), 1, "{log}");
}
