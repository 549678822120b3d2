//! Transactions in a table of your own: each run reads what changed since the last one.
//!
//! `transactions ACCOUNT FILE` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;
use std::time::Duration;

use fc_ext::prelude::*;
use fc_ext::types::{AccountId, Transaction};
use fc_ext::{SyncPosition, TransactionStore};
use rusqlite::{Connection, OptionalExtension as _, params};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS txn (id TEXT PRIMARY KEY, account TEXT, status TEXT, amount INTEGER, description TEXT);
    CREATE TABLE IF NOT EXISTS position (account TEXT PRIMARY KEY, position TEXT);
";

// ANCHOR: store
struct Store(Connection);

impl TransactionStore for Store {
    type Error = rusqlite::Error;

    async fn position(&mut self, account: &AccountId) -> rusqlite::Result<SyncPosition> {
        let select = "SELECT position FROM position WHERE account = ?1";
        let stored =
            self.0.query_row(select, [account.as_str()], |row| row.get::<_, String>(0)).optional()?;
        // Without a position everything is read, which is slow and never wrong.
        Ok(stored.and_then(|text| text.parse().ok()).unwrap_or(SyncPosition::START))
    }

    async fn commit(
        &mut self,
        account: &AccountId,
        changes: Vec<Transaction>,
        position: &SyncPosition,
    ) -> rusqlite::Result<()> {
        // Rows and position in one database transaction: both, or neither.
        let database = self.0.transaction()?;
        for row in changes {
            database.execute(
                "INSERT OR REPLACE INTO txn VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.id.as_str(), account.as_str(), row.status.as_str(), row.amount, row.description],
            )?;
        }
        let position = position.to_string();
        database.execute("INSERT OR REPLACE INTO position VALUES (?1, ?2)", [account.as_str(), &position])?;
        database.commit()
    }
}
// ANCHOR_END: store

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(account), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: transactions ACCOUNT FILE".into());
    };
    let account: AccountId = account.parse()?;
    // ANCHOR: sync
    let fc = FinancialConnections::from_env()?;
    let mut store = Store(Connection::open(file)?);
    store.0.execute_batch(TABLES)?;

    let refresh = fc.accounts().refresh(&account, [RefreshFeature::Transactions]);
    refresh.until_settled(Duration::from_secs(60)).await?;
    fc.transactions().sync_into(&account, &mut store).await?;
    // ANCHOR_END: sync
    let count: i64 = store.0.query_row("SELECT count(*) FROM txn", [], |row| row.get(0))?;
    println!("{count} transactions are stored");
    Ok(())
}
