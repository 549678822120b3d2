//! The mirror: load, query by SQL, and act on each change once.
//!
//! `mirror FILE` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;
use std::time::Duration;

use fc_mirror::{ChangeKind, ChangePosition, Entity, Mirror};
use rusqlite::{Connection, OptionalExtension as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).ok_or("usage: mirror FILE")?;
    // ANCHOR: load
    let mirror = Mirror::builder().subscribe_transactions(true).open(&format!("sqlite:{file}")).await?;
    let status = mirror.run_until_idle().await?;
    println!("failing accounts: {}", status.failing);
    // ANCHOR_END: load

    let mut database = Connection::open(&file)?;
    database.busy_timeout(Duration::from_secs(10))?;
    act(&mirror, &mut database).await?;

    let mut health = database.prepare(include_str!("health.sql"))?;
    let mut rows = health.query([])?;
    while let Some(row) = rows.next()? {
        println!("{}: {}", row.get::<_, String>("institution")?, row.get::<_, String>("state")?);
    }
    let newest = database.query_row(include_str!("spending.sql"), [], |row| {
        Ok((row.get::<_, String>("month")?, row.get::<_, i64>("spent")?, row.get::<_, String>("currency")?))
    });
    if let Some((month, cents, currency)) = newest.optional()? {
        println!("spent in {month}: {}.{:02} {currency}", cents / 100, cents % 100);
    }
    Ok(())
}

// ANCHOR: act
/// Acts on each change once: what it causes and the new place in the feed are one database transaction.
async fn act(mirror: &Mirror, database: &mut Connection) -> Result<(), Box<dyn Error>> {
    database.execute_batch(
        "CREATE TABLE IF NOT EXISTS my_place (id INTEGER PRIMARY KEY, place TEXT);
         CREATE TABLE IF NOT EXISTS my_news (account TEXT, txn TEXT)",
    )?;
    let select = "SELECT place FROM my_place WHERE id = 1";
    let place: Option<String> = database.query_row(select, [], |row| row.get(0)).optional()?;
    let place: ChangePosition = place.unwrap_or_default().parse()?;

    // With `.follow()` at the end the loop waits for further changes.
    let mut changes = mirror.changes(place);
    while let Some(change) = changes.next().await {
        let change = change?;
        let transaction = database.transaction()?;
        if change.entity == Entity::Transaction && change.kind == ChangeKind::Inserted {
            transaction.execute("INSERT INTO my_news VALUES (?1, ?2)", [&change.account, &change.id])?;
        }
        let place = changes.position().to_string();
        transaction.execute("INSERT OR REPLACE INTO my_place VALUES (1, ?1)", [place])?;
        transaction.commit()?;
    }
    let news: i64 = database.query_row("SELECT count(*) FROM my_news", [], |row| row.get(0))?;
    println!("new transactions handled so far: {news}");
    Ok(())
}
// ANCHOR_END: act
