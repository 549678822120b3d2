//! The app's SQLite database.

use std::path::Path;

use fc_ext::types::{AccountId, Transaction};
use fc_ext::webhook::WebhookEvent;
use fc_ext::{SyncPosition, TransactionStore};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, params};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS user (name TEXT PRIMARY KEY, key TEXT DEFAULT (hex(randomblob(16))), customer TEXT);
    CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, user TEXT NOT NULL, position TEXT NOT NULL DEFAULT '');
    CREATE TABLE IF NOT EXISTS txn (
        id TEXT PRIMARY KEY, account TEXT NOT NULL, status TEXT NOT NULL, amount INTEGER NOT NULL,
        currency TEXT NOT NULL, transacted_at INTEGER NOT NULL, description TEXT NOT NULL);
    -- An event that is handled is never due.
    CREATE TABLE IF NOT EXISTS inbox (event TEXT PRIMARY KEY, account TEXT NOT NULL, due INTEGER DEFAULT 0);
";

pub(crate) struct Store {
    db: Connection,
    /// Commits before the process is killed, in this example.
    pub(crate) commits_left: u32,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let db = Connection::open(path)?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.execute_batch(SCHEMA)?;
        Ok(Self { db, commits_left: u32::MAX })
    }

    pub(crate) fn setting(&self, name: &str) -> Result<Option<String>> {
        self.text("SELECT value FROM setting WHERE name = ?1", name)
    }

    pub(crate) fn set(&self, name: &str, value: &str) -> Result<()> {
        self.db.execute("INSERT OR REPLACE INTO setting VALUES (?1, ?2)", [name, value]).map(drop)
    }

    /// The random idempotency key for the customer of a user. A key has no personal data, such as an email.
    pub(crate) fn key(&self, user: &str) -> Result<String> {
        self.db.execute("INSERT OR IGNORE INTO user (name) VALUES (?1)", [user])?;
        self.db.query_row("SELECT key FROM user WHERE name = ?1", [user], |row| row.get(0))
    }

    pub(crate) fn set_customer(&self, user: &str, customer: &str) -> Result<()> {
        self.db.execute("UPDATE user SET customer = ?2 WHERE name = ?1", [user, customer]).map(drop)
    }

    pub(crate) fn customer(&self, user: &str) -> Result<Option<String>> {
        self.text("SELECT customer FROM user WHERE name = ?1", user)
    }

    pub(crate) fn add_account(&self, user: &str, account: &AccountId) -> Result<()> {
        let insert = "INSERT OR IGNORE INTO account (id, user) VALUES (?1, ?2)";
        self.db.execute(insert, [account.as_str(), user]).map(drop)
    }

    pub(crate) fn owner(&self, account: &AccountId) -> Result<Option<String>> {
        self.text("SELECT user FROM account WHERE id = ?1", account.as_str())
    }

    /// Stores an event, unless it is there already or is about no account.
    pub(crate) fn receive(&self, event: &WebhookEvent) -> Result<()> {
        let Some(account) = event.linked_account_id() else { return Ok(()) };
        let insert = "INSERT OR IGNORE INTO inbox (event, account) VALUES (?1, ?2)";
        self.db.execute(insert, [event.id.as_str(), account.as_str()]).map(drop)
    }

    /// A stored account with events that are due, and the last of these events.
    pub(crate) fn next_work(&self) -> Result<Option<(AccountId, i64)>> {
        let select =
            "SELECT inbox.account, max(inbox.rowid) FROM inbox JOIN account ON account.id = inbox.account
            WHERE due <= unixepoch() GROUP BY inbox.account";
        let row = self.db.query_row(select, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
        Ok(row.optional()?.map(|(account, last)| (AccountId::unchecked(account), last)))
    }

    /// Finishes events of an account, or postpones them by a minute if its sync failed.
    pub(crate) fn finish(&self, account: &AccountId, last: i64, has_failed: bool) -> Result<()> {
        let update = "UPDATE inbox SET due = iif(?3, unixepoch() + 60, NULL)
            WHERE account = ?1 AND rowid <= ?2 AND due IS NOT NULL";
        self.db.execute(update, params![account.as_str(), last, has_failed]).map(drop)
    }

    /// Number of stored transactions, and the sum of their amounts.
    pub(crate) fn totals(&self) -> Result<(i64, i64)> {
        let select = "SELECT count(*), coalesce(sum(amount), 0) FROM txn";
        self.db.query_row(select, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn text(&self, select: &str, key: &str) -> Result<Option<String>> {
        self.db.query_row(select, [key], |row| row.get(0)).optional().map(Option::flatten)
    }
}

impl TransactionStore for Store {
    type Error = Error;

    async fn position(&mut self, account: &AccountId) -> Result<SyncPosition> {
        let text = self.text("SELECT position FROM account WHERE id = ?1", account.as_str())?;
        let position = text.unwrap_or_default().parse();
        position
            .map_err(|error| Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
    }

    async fn commit(
        &mut self,
        account: &AccountId,
        changes: Vec<Transaction>,
        position: &SyncPosition,
    ) -> Result<()> {
        if self.commits_left == 0 {
            std::future::pending::<()>().await;
        }
        self.commits_left -= 1;
        let transaction = self.db.transaction()?;
        for change in changes {
            let (id, status) = (change.id.as_str(), change.status.as_str());
            let (currency, at) = (change.currency.as_str(), change.transacted_at.as_secs());
            transaction.execute(
                "INSERT OR REPLACE INTO txn VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![id, account.as_str(), status, change.amount, currency, at, change.description],
            )?;
        }
        let update = "UPDATE account SET position = ?2 WHERE id = ?1";
        transaction.execute(update, [account.as_str(), &position.to_string()])?;
        transaction.commit()
    }
}
