//! Webhooks beside a full database.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fc_ext::types::Timestamp;
use fc_ext::webhook::{Secret, Signer};
use fc_ext::{ApiKey, Config, FinancialConnections, RefreshFeature};
use serde_json::json;

use crate::Failure;
use crate::load::{SECRET, builder};
use crate::sandbox::KEY;

/// Events, and the time between two of them.
const EVENTS: usize = 1000;
const EVERY: Duration = Duration::from_millis(20);

/// Runs the events in a process of their own. Median and 99th percentile, in milliseconds.
pub(crate) fn run(url: &str, store: &str) -> Result<(f64, f64), Failure> {
    let output = Command::new(std::env::current_exe()?).args(["events", url, store]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(p50), Some(p99)) => Ok((p50.parse()?, p99.parse()?)),
        _ => Err(format!("the events failed: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

pub(crate) async fn child(url: &str, store: &str) -> Result<(), Failure> {
    let mirror = builder(url)?.open(store).await?;
    let running = mirror.clone();
    tokio::spawn(async move { running.run(std::future::pending()).await });
    let fc = FinancialConnections::new(Config::new(ApiKey::new(KEY)?).with_base_url(url))?;
    let reader = Reader::open(store).await?;
    let accounts = fc.accounts().list().limit(100);
    let mut ids = Vec::new();
    let mut accounts = fc_ext::Paged::items(accounts);
    while let Some(account) = accounts.next().await.transpose()? {
        ids.push(account.id);
        if ids.len() == EVENTS {
            break;
        }
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().try_into()?;
    let mut before: Vec<i64> = Vec::new();
    for id in &ids {
        before.push(reader.balance(id.as_str()).await?);
        let refreshed = fc.accounts().refresh(id, [RefreshFeature::Balance]).send().await?;
        if refreshed.balance_refresh.is_none_or(|refresh| refresh.last_attempted_at.as_secs() < since) {
            return Err(format!("the sandbox did not refresh {id}").into());
        }
    }
    let mut measured = tokio::task::JoinSet::new();
    let begin = Instant::now();
    for (number, (id, before)) in ids.into_iter().zip(before).enumerate() {
        let due = begin + EVERY * u32::try_from(number)?;
        tokio::time::sleep_until(due.into()).await;
        let (mirror, reader) = (mirror.clone(), reader.clone());
        measured.spawn(async move {
            let body = json!({
                "id": format!("evt_{number}_{}", std::process::id()), "object": "event", "api_version": null, "livemode": false,
                "created": 1_790_000_000, "pending_webhooks": 1, "request": null,
                "type": "financial_connections.account.refreshed_balance",
                "data": {"object": {"id": id.as_str(), "object": "financial_connections.account"}}
            })
            .to_string();
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
            let signature = Signer::new(Secret::new(SECRET)?).sign(&body, Timestamp::from_secs(now.try_into()?));
            let mut headers = fc_ext::client::HeaderMap::new();
            headers.insert("stripe-signature", signature.parse()?);
            let start = Instant::now();
            mirror.webhook(&headers, &body).await?;
            while reader.balance(id.as_str()).await? == before {
                if start.elapsed() > Duration::from_secs(30) {
                    return Err(format!("the balance of {id} never came").into());
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok::<f64, Failure>(start.elapsed().as_secs_f64() * 1000.0)
        });
    }
    let mut times = Vec::new();
    while let Some(time) = measured.join_next().await {
        times.push(time??);
    }
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    writeln!(std::io::stdout(), "{} {}", at(0.5), at(0.99))?;
    Ok(())
}

/// Reads the number of an account's balance by SQL.
#[derive(Clone)]
enum Reader {
    Sqlite(std::sync::Arc<std::sync::Mutex<rusqlite::Connection>>),
    Postgres(std::sync::Arc<tokio_postgres::Client>),
}

impl Reader {
    async fn open(store: &str) -> Result<Self, Failure> {
        if let Some(path) = store.strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            return Ok(Self::Sqlite(std::sync::Arc::new(connection.into())));
        }
        let (client, connection) = tokio_postgres::connect(store, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(Self::Postgres(std::sync::Arc::new(client)))
    }

    async fn balance(&self, account: &str) -> Result<i64, Failure> {
        let sql =
            "SELECT balance_number FROM fc_account WHERE shard = 0 AND tenant = 'self/test' AND id = $1";
        match self {
            Self::Sqlite(connection) => {
                let connection = connection.lock().map_err(|_| "a reader failed")?;
                Ok(connection.prepare_cached(sql)?.query_row([account], |row| row.get(0))?)
            }
            Self::Postgres(client) => Ok(client.query_one(sql, &[&account]).await?.get(0)),
        }
    }
}
