//! A mirror under test, and what its database holds.

use std::time::Duration;

use fc_ext::client::HeaderMap;
use fc_ext::{ApiKey, Config};
use fc_mirror::{Mirror, MirrorBuilder, Receipt, Status};
use fc_sandbox::{Sandbox, SandboxBuilder};
use serde_json::Value;

use crate::bank::{Bank, KEY, Objects, SECRET, signature};
use crate::clock::TestClock;
use crate::virtual_time::VirtualTime;

/// Longest real time of one run. A run that hangs fails then.
const LIMIT: Duration = Duration::from_secs(600);

/// Mirror with a database of its own.
pub(crate) struct Copy {
    pub(crate) mirror: Mirror,
    pub(crate) clock: TestClock,
    pub(crate) kind: &'static str,
    address: String,
    _folder: tempfile::TempDir,
}

/// Runs a test with a mirror on each engine, each with a bank of its own.
pub(crate) async fn everywhere(test: impl AsyncFn(&Bank, &Copy)) {
    for (kind, address, folder) in addresses() {
        eprintln!("on {kind}");
        let bank = Bank::new().await;
        let copy = Copy::open(kind, address, folder, &bank).await;
        test(&bank, &copy).await;
    }
}

/// The same in virtual time, so that the load of the machine changes nothing. The bank's clock stays under the test's control.
pub(crate) async fn everywhere_in_virtual_time(test: impl AsyncFn(&Bank, &Copy)) {
    in_virtual_time(|sandbox| sandbox, |mirror| mirror, test).await;
}

/// The same with settings of the sandbox and of the mirror.
pub(crate) async fn in_virtual_time(
    sandbox: impl Fn(SandboxBuilder) -> SandboxBuilder,
    mirror: impl Fn(MirrorBuilder) -> MirrorBuilder,
    test: impl AsyncFn(&Bank, &Copy),
) {
    for found in addresses() {
        on_one(found, &sandbox, &mirror, &test).await;
    }
}

/// The same on the first engine alone.
pub(crate) async fn in_virtual_time_once(
    sandbox: impl Fn(SandboxBuilder) -> SandboxBuilder,
    mirror: impl Fn(MirrorBuilder) -> MirrorBuilder,
    test: impl AsyncFn(&Bank, &Copy),
) {
    on_one(addresses().remove(0), &sandbox, &mirror, &test).await;
}

async fn on_one(
    (kind, address, folder): Address,
    sandbox: &impl Fn(SandboxBuilder) -> SandboxBuilder,
    mirror: &impl Fn(MirrorBuilder) -> MirrorBuilder,
    test: &impl AsyncFn(&Bank, &Copy),
) {
    eprintln!("on {kind}");
    let (time, _counted) = VirtualTime::start();
    let clock = TestClock::of(time);
    let bank = Bank::of(sandbox(Sandbox::builder())).await;
    let mirror = mirror(builder(&bank, &clock)).open(&address).await.unwrap();
    test(&bank, &Copy { mirror, clock, kind, address, _folder: folder }).await;
}

/// Kind, address and folder of a new database.
pub(crate) type Address = (&'static str, String, tempfile::TempDir);

/// A new database on each engine that there is.
pub(crate) fn addresses() -> Vec<Address> {
    [new_sqlite(), new_postgres()].into_iter().flatten().collect()
}

pub(crate) fn new_sqlite() -> Option<Address> {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("bank.db").display());
    cfg!(feature = "sqlite").then_some(("SQLite", address, folder))
}

#[cfg(feature = "postgres")]
pub(crate) fn new_postgres() -> Option<Address> {
    let cluster = crate::cluster::shared()?;
    // Behind pgbouncer where there is one: what holds there holds without it.
    let address = cluster.new_pooled_database().unwrap_or_else(|| cluster.new_database());
    Some(("Postgres", address, tempfile::tempdir().unwrap()))
}

#[cfg(not(feature = "postgres"))]
pub(crate) fn new_postgres() -> Option<Address> {
    None
}

/// Removes a database that a case of a property is done with. A file goes with its folder.
pub(crate) fn remove(address: &str) {
    #[cfg(feature = "postgres")]
    if let (false, Some(cluster)) = (address.starts_with("sqlite:"), crate::cluster::shared()) {
        cluster.drop_database(address);
    }
}

impl Copy {
    pub(crate) async fn open(
        kind: &'static str,
        address: String,
        folder: tempfile::TempDir,
        bank: &Bank,
    ) -> Self {
        let clock = TestClock::fast();
        let mirror = builder(bank, &clock).open(&address).await.unwrap();
        Self { mirror, clock, kind, address, _folder: folder }
    }

    /// A second mirror on the same database, as in another process.
    pub(crate) async fn reopened(&self, bank: &Bank) -> Mirror {
        builder(bank, &self.clock).open(&self.address).await.unwrap()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Runs until nothing is due.
    pub(crate) async fn run(&self) -> Status {
        let run = tokio::time::timeout(LIMIT, self.clock.drive(self.mirror.run_until_idle()));
        run.await.expect("the run ends").expect("the run succeeds")
    }

    /// Delivers a webhook.
    pub(crate) async fn deliver(&self, body: &str) -> Receipt {
        self.mirror.webhook(&headers(&signature(body)), body).await.expect("the webhook is accepted")
    }

    /// Rows of a query, their columns separated by `|`.
    pub(crate) fn sql(&self, sql: &str) -> Vec<String> {
        #[cfg(feature = "sqlite")]
        if let Some(path) = self.address.strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(path).unwrap();
            let mut prepared = connection.prepare(sql).unwrap();
            let width = prepared.column_count();
            let rows = prepared.query_map([], |row| {
                let cells = (0..width).map(|column| {
                    Ok(match row.get::<_, rusqlite::types::Value>(column)? {
                        rusqlite::types::Value::Null => String::new(),
                        rusqlite::types::Value::Integer(value) => value.to_string(),
                        rusqlite::types::Value::Text(value) => value,
                        other => format!("{other:?}"),
                    })
                });
                Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
            });
            return rows.unwrap().collect::<Result<_, _>>().unwrap();
        }
        #[cfg(feature = "postgres")]
        {
            let (_, name) = self.address.rsplit_once('/').unwrap();
            crate::cluster::shared().unwrap().psql(name, sql).lines().map(str::to_owned).collect()
        }
        #[cfg(not(feature = "postgres"))]
        unreachable!("the only other engine")
    }

    /// Changes the database behind the mirror's back.
    pub(crate) fn damage(&self, statements: &[String]) {
        #[cfg(feature = "sqlite")]
        if let Some(path) = self.address.strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.busy_timeout(Duration::from_secs(5)).unwrap();
            return statements.iter().for_each(|statement| connection.execute_batch(statement).unwrap());
        }
        statements.iter().for_each(|statement| drop(self.sql(statement)));
    }

    /// Whether no account wants to be read.
    pub(crate) fn is_idle(&self) -> bool {
        self.value("SELECT count(*) FROM fc_sync WHERE wanted > done OR lease_owner IS NOT NULL") == "0"
    }

    pub(crate) fn value(&self, sql: &str) -> String {
        self.sql(sql).join("\n")
    }

    /// What the mirror holds of what a client can read.
    pub(crate) fn objects(&self) -> Objects {
        let queries = [
            "SELECT raw FROM fc_account".to_owned(),
            "SELECT t.raw FROM fc_transaction t JOIN fc_account a ON a.id = t.account WHERE a.status <> 'disconnected'"
                .to_owned(),
            "SELECT o.raw FROM fc_owner o JOIN fc_account a ON a.id = o.account AND a.ownership = o.ownership \
             WHERE a.status <> 'disconnected'"
                .to_owned(),
        ];
        let rows = queries.iter().flat_map(|query| self.sql(query));
        rows.map(|raw| {
            let json: Value = serde_json::from_str(&raw).unwrap();
            (json["id"].as_str().unwrap().to_owned(), json)
        })
        .collect()
    }

    /// Asserts that the mirror holds what the bank would tell, object by object.
    pub(crate) async fn assert_equal(&self, bank: &Bank) {
        let (expected, found) = (bank.objects().await, self.objects());
        for (id, object) in &expected {
            assert_eq!(found.get(id), Some(object), "{id} on {}", self.kind);
        }
        let surplus: Vec<_> = found.keys().filter(|id| !expected.contains_key(*id)).collect();
        assert!(surplus.is_empty(), "only in the mirror on {}: {surplus:?}", self.kind);
        self.assert_history();
    }

    /// Asserts that each version came once and that change numbers have no gap.
    pub(crate) fn assert_history(&self) {
        let gaps =
            "SELECT shard FROM fc_change GROUP BY shard HAVING count(*) <> max(number) OR min(number) <> 1";
        assert_eq!(self.value(gaps), "", "change numbers have no gap");
        let versions = "SELECT t.id FROM fc_transaction t LEFT JOIN fc_transaction_version v \
             ON v.shard = t.shard AND v.tenant = t.tenant AND v.account = t.account AND v.id = t.id \
             GROUP BY t.id, t.version HAVING count(v.version) <> t.version OR max(v.version) <> t.version";
        assert_eq!(self.value(versions), "", "versions count from 1");
        let repeated = "SELECT v.id FROM fc_transaction_version v JOIN fc_transaction_version w \
             ON w.shard = v.shard AND w.tenant = v.tenant AND w.account = v.account AND w.id = v.id \
             AND w.version = v.version + 1 WHERE w.status = v.status AND w.amount = v.amount AND \
             w.description = v.description AND w.transaction_refresh = v.transaction_refresh AND \
             w.updated = v.updated AND w.transacted_at = v.transacted_at";
        assert_eq!(self.value(repeated), "", "no version repeats the one before");
    }
}

/// Waits for a condition, at most two minutes.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), met).await.expect("it becomes true");
}

pub(crate) fn headers(signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("stripe-signature", signature.parse().unwrap());
    headers
}

pub(crate) fn config(bank: &Bank, clock: &TestClock) -> Config {
    Config::new(ApiKey::new(KEY).unwrap()).with_base_url(&bank.url).with_clock(clock.clone())
}

pub(crate) fn builder(bank: &Bank, clock: &TestClock) -> MirrorBuilder {
    let wall = clock.clone();
    Mirror::builder().config(config(bank, clock)).webhook_secret(SECRET).time_of_day(move || wall.now_ms())
}
