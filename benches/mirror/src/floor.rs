//! The floor: the same pages and the same rows, without anything else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value as Json;

use crate::copy::Rows;
use crate::load::builder;
use crate::sandbox::KEY;
use crate::{Failure, client};

/// Accounts at a time, as the mirror does by default.
const AT_ONCE: usize = 16;

/// Rows of one commit, as the mirror commits a page.
const PAGE: usize = 100;

/// Seconds that reading every page takes.
pub(crate) async fn read(url: &str) -> Result<f64, Failure> {
    let client = client()?;
    let start = Instant::now();
    let base = format!("{url}/v1/financial_connections");
    let get = async |url: String| -> Result<String, Failure> {
        let response = client.get(url).header("authorization", format!("Bearer {KEY}")).send().await?;
        Ok(response.error_for_status()?.text().await?)
    };
    let mut ids: Vec<String> = Vec::new();
    loop {
        let after = ids.last().map(|id| format!("&starting_after={id}")).unwrap_or_default();
        let page: Json = serde_json::from_str(&get(format!("{base}/accounts?limit=100{after}")).await?)?;
        let items = page["data"].as_array().ok_or("a page")?;
        ids.extend(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned));
        if page["has_more"] != true {
            break;
        }
    }
    let (ids, next) = (Arc::new(ids), Arc::new(AtomicUsize::new(0)));
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (client, ids, next, base) = (client.clone(), Arc::clone(&ids), Arc::clone(&next), base.clone());
        readers.spawn(async move {
            while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut after = String::new();
                loop {
                    let url = format!("{base}/transactions?account={id}&limit=100{after}");
                    let request = client.get(url).header("authorization", format!("Bearer {KEY}"));
                    let text = request.send().await?.error_for_status()?.text().await?;
                    // The members that lead to the next page, without reading the rest.
                    if !text.contains("\"has_more\":true") && !text.contains("\"has_more\": true") {
                        break;
                    }
                    let page: Json = serde_json::from_str(&text)?;
                    let last = page["data"].as_array().and_then(|data| data.last()).ok_or("a page")?;
                    after = format!("&starting_after={}", last["id"].as_str().unwrap_or_default());
                }
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(ended) = readers.join_next().await {
        ended??;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds that inserting the rows takes, into tables of the same kind.
pub(crate) fn insert_into_sqlite(path: &Path, rows: &[Rows]) -> Result<f64, Failure> {
    // The mirror makes the tables.
    let store = format!("sqlite:{}", path.display());
    tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(async {
            builder("http://127.0.0.1:9")?.open(&store).await?;
            Ok::<(), Failure>(())
        })
    })?;
    let mut connection = rusqlite::Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let start = Instant::now();
    for Rows { table, columns, rows } in rows {
        let places = vec!["?"; columns.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(", "));
        for page in rows.chunks(PAGE) {
            let transaction = connection.transaction()?;
            {
                let mut prepared = transaction.prepare_cached(&sql)?;
                for row in page {
                    prepared.execute(rusqlite::params_from_iter(row))?;
                }
            }
            transaction.commit()?;
        }
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds that inserting the rows takes: prepared statements, sent without waiting for each response.
pub(crate) async fn insert_into_postgres(store: &str, rows: &[Rows]) -> Result<f64, Failure> {
    builder("http://127.0.0.1:9")?.open(store).await?;
    let (mut client, connection) = tokio_postgres::connect(store, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let mut seconds = 0.0;
    for Rows { table, columns, rows } in rows {
        let types = client
            .query(
                "SELECT udt_name::text FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position",
                &[table],
            )
            .await?;
        let places: Vec<String> = types
            .iter()
            .enumerate()
            .map(|(index, row)| format!("${}::text::{}", index + 1, row.get::<_, String>(0)))
            .collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
        for page in rows.chunks(PAGE) {
            let texts: Vec<Vec<Option<&str>>> = page
                .iter()
                .map(|row| {
                    row.iter()
                        .map(|value| match value {
                            rusqlite::types::Value::Text(text) => Some(text.as_str()),
                            _ => None,
                        })
                        .collect()
                })
                .collect();
            let start = Instant::now();
            let transaction = client.transaction().await?;
            let prepared = transaction.prepare(&sql).await?;
            let inserts = texts.iter().map(|row| {
                let row: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
                    row.iter().map(|text| text as _).collect();
                let (transaction, prepared) = (&transaction, &prepared);
                async move { transaction.execute(prepared, &row).await }
            });
            futures_join(inserts).await?;
            transaction.commit().await?;
            seconds += start.elapsed().as_secs_f64();
        }
    }
    Ok(seconds)
}

/// Drives all futures at once, so that their requests are sent together.
async fn futures_join<F>(futures: impl Iterator<Item = F>) -> Result<(), tokio_postgres::Error>
where
    F: Future<Output = Result<u64, tokio_postgres::Error>>,
{
    let mut open: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        let mut index = 0;
        while index < open.len() {
            match open[index].as_mut().poll(context) {
                std::task::Poll::Ready(Ok(_)) => drop(open.swap_remove(index)),
                std::task::Poll::Ready(Err(error)) => return std::task::Poll::Ready(Err(error)),
                std::task::Poll::Pending => index += 1,
            }
        }
        if open.is_empty() { std::task::Poll::Ready(Ok(())) } else { std::task::Poll::Pending }
    })
    .await
}
