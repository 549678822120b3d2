//! What the pages read from the mirror: plain SQL on its tables and views, which the documentation of fc-mirror lists.
//!
//! Each query names the holder, so that no user reads the accounts of another one. `shard` and `tenant` lead each key of the
//! mirror, so joins compare them too.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Result, Row, named_params};

use crate::chart::{DAY, History, Point};
use crate::database::Database;

/// Transactions on one page.
pub(crate) const PAGE: usize = 50;

/// The file of the mirror, for reading only.
#[derive(Clone)]
pub(crate) struct Reader(Database);

/// An account, with what the user should know about its connection.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) bank: String,
    pub(crate) last4: Option<String>,
    /// Such as `checking` or `credit_card`.
    pub(crate) kind: String,
    /// As in the view `fc_health`: `loading`, `active`, `failing`, `relink` or `disconnected`.
    pub(crate) state: String,
    /// Whether data is on its way from the bank.
    pub(crate) is_refreshing: bool,
    /// Whether the bank has ended the connection already.
    pub(crate) is_inactive: bool,
    /// When it was linked, in Unix seconds.
    pub(crate) created: i64,
    /// When the bank will end the connection, in Unix seconds.
    pub(crate) ends_at: Option<i64>,
    pub(crate) balances: Vec<Balance>,
}

impl Account {
    /// Whether this is the same bank account as an old one, linked later and with a connection that lasts.
    pub(crate) fn replaces(&self, old: &Self) -> bool {
        let key = |account: &Self| (account.bank.clone(), account.last4.clone(), account.kind.clone());
        let lasts = !matches!(self.state.as_str(), "relink" | "disconnected");
        lasts && self.created > old.created && old.last4.is_some() && key(self) == key(old)
    }
}

/// The newest balance of an account in one currency. What the bank did not give is none, and never 0.
#[derive(Clone)]
pub(crate) struct Balance {
    pub(crate) currency: String,
    pub(crate) current: Option<i64>,
    pub(crate) available: Option<i64>,
    /// Credit that is used.
    pub(crate) used: Option<i64>,
    pub(crate) as_of: i64,
}

pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) description: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: String,
    pub(crate) account: String,
    pub(crate) account_name: String,
}

/// What to look for in the transactions.
#[derive(Clone, Default)]
pub(crate) struct Search {
    /// A part of the description; the empty text finds all.
    pub(crate) text: String,
    /// Only of this account.
    pub(crate) account: Option<String>,
    /// Only those after this place in the list.
    pub(crate) after: Option<Place>,
}

/// A place in the list of transactions: the time and the id of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place(pub(crate) i64, pub(crate) String);

/// Transactions that a search found.
pub(crate) struct Found {
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) total: i64,
    /// Where the next page begins; none on the last page.
    pub(crate) next: Option<Place>,
}

/// Rows that the mirror has of one holder.
pub(crate) struct Stored {
    pub(crate) accounts: i64,
    pub(crate) balances: i64,
    pub(crate) transactions: i64,
}

impl Reader {
    /// Opens the file after the mirror has created it.
    pub(crate) fn open(file: &Path) -> Result<Self> {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // The mirror commits while the app reads. Nothing else may write.
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self(Database::new(connection)))
    }

    /// The accounts of a holder, those of one bank together.
    pub(crate) async fn accounts(&self, holder: &str) -> Result<Vec<Account>> {
        let holder = holder.to_owned();
        self.0.run(move |db| accounts(db, &holder)).await
    }

    /// The transactions that a search finds, newest first.
    pub(crate) async fn transactions(&self, holder: &str, search: Search, limit: usize) -> Result<Found> {
        let holder = holder.to_owned();
        self.0.run(move |db| transactions(db, &holder, &search, limit)).await
    }

    /// What is known about the balance of an account over time, in one currency.
    pub(crate) async fn history(&self, holder: &str, account: &str, currency: &str) -> Result<History> {
        let [holder, account, currency] = [holder, account, currency].map(str::to_owned);
        self.0.run(move |db| history(db, &holder, &account, &currency)).await
    }

    /// How many rows the mirror has of a holder.
    pub(crate) async fn stored(&self, holder: &str) -> Result<Stored> {
        let holder = holder.to_owned();
        let select = "
            WITH mine AS (SELECT shard, tenant, id FROM fc_account WHERE holder = ?1 AND erased_ms IS NULL)
            SELECT (SELECT count(*) FROM mine),
                   (SELECT count(*) FROM mine JOIN fc_balance USING (shard, tenant, id)),
                   (SELECT count(*) FROM mine JOIN fc_transaction t
                       ON t.shard = mine.shard AND t.tenant = mine.tenant AND t.account = mine.id)";
        let read = |row: &Row<'_>| {
            Ok(Stored { accounts: row.get(0)?, balances: row.get(1)?, transactions: row.get(2)? })
        };
        self.0.run(move |db| db.query_row(select, [holder], read)).await
    }

    /// Whether an account is in the mirror with all that Stripe has of it, and no refresh is under way.
    pub(crate) async fn is_loaded(&self, account: &str) -> Result<bool> {
        let account = account.to_owned();
        let select = "
            SELECT h.state <> 'loading' AND h.behind = 0
                   AND coalesce(a.balance_status, '') <> 'pending' AND coalesce(a.transaction_status, '') <> 'pending'
            FROM fc_account a JOIN fc_health h ON h.shard = a.shard AND h.tenant = a.tenant AND h.account = a.id
            WHERE a.id = ?1";
        let row = self.0.run(move |db| db.query_row(select, [account], |row| row.get(0)).optional());
        Ok(row.await?.unwrap_or(false))
    }

    /// Whether the mirror knows that the access to an account has ended.
    pub(crate) async fn is_disconnected(&self, account: &str) -> Result<bool> {
        let account = account.to_owned();
        let select = "SELECT state IN ('disconnected', 'erased') FROM fc_health WHERE account = ?1";
        let row = self.0.run(move |db| db.query_row(select, [account], |row| row.get(0)).optional());
        Ok(row.await?.unwrap_or(false))
    }
}

fn accounts(db: &Connection, holder: &str) -> Result<Vec<Account>> {
    let mut select = db.prepare_cached(
        "SELECT a.id, coalesce(a.display_name, a.institution, 'Account') AS name, coalesce(a.institution, '') AS bank,
                a.last4, coalesce(a.subcategory, a.category, '') AS kind, h.state, a.status = 'inactive' AS is_inactive,
                a.balance_status = 'pending' OR a.transaction_status = 'pending' AS is_refreshing,
                a.created, unixepoch(h.deactivation_at) AS ends_at
         FROM fc_account a
         JOIN fc_health h ON h.shard = a.shard AND h.tenant = a.tenant AND h.account = a.id
         WHERE a.holder = ?1 AND h.state NOT IN ('erased', 'vanished')
         ORDER BY bank, name, a.created, a.id",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Account {
            id: row.get("id")?,
            name: row.get("name")?,
            bank: row.get("bank")?,
            last4: row.get("last4")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            is_refreshing: row.get::<_, Option<bool>>("is_refreshing")?.unwrap_or(false),
            is_inactive: row.get("is_inactive")?,
            created: row.get::<_, Option<i64>>("created")?.unwrap_or(0),
            ends_at: row.get("ends_at")?,
            balances: Vec::new(),
        })
    };
    let mut accounts = select.query_map([holder], read)?.collect::<Result<Vec<_>>>()?;
    let mut select = db.prepare_cached(
        "SELECT currency, current, available, used, unixepoch(as_of) AS as_of FROM fc_current_balance
         WHERE account = ?1 ORDER BY currency",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Balance {
            currency: row.get("currency")?,
            current: row.get("current")?,
            available: row.get("available")?,
            used: row.get("used")?,
            as_of: row.get("as_of")?,
        })
    };
    for account in &mut accounts {
        account.balances = select.query_map([&account.id], read)?.collect::<Result<_>>()?;
    }
    Ok(accounts)
}

fn transactions(db: &Connection, holder: &str, search: &Search, limit: usize) -> Result<Found> {
    // A replaced account and the one that replaced it have the same transactions. The list of all accounts has those of the linked
    // one, or of the newest if none is linked.
    let shown = "
        WITH mine AS MATERIALIZED (
            SELECT a.shard, a.tenant, a.id, coalesce(a.display_name, a.institution, 'Account') AS name, a.institution, a.last4,
                   coalesce(a.subcategory, a.category) AS kind, a.created, h.state = 'disconnected' AS is_disconnected
            FROM fc_account a
            JOIN fc_health h ON h.shard = a.shard AND h.tenant = a.tenant AND h.account = a.id
            WHERE a.holder = :holder AND h.state NOT IN ('erased', 'vanished')
        ), shown AS MATERIALIZED (
            SELECT * FROM mine
            WHERE id = :account OR :account IS NULL AND NOT (is_disconnected AND EXISTS (
                SELECT 1 FROM mine other
                WHERE other.last4 = mine.last4 AND other.institution IS mine.institution AND other.kind IS mine.kind
                  AND (NOT other.is_disconnected OR (other.created, other.id) > (mine.created, mine.id))))
        )";
    let filter = "
        FROM fc_transaction t JOIN shown a ON a.shard = t.shard AND a.tenant = t.tenant AND a.id = t.account
        WHERE t.description LIKE :pattern ESCAPE '\\'";
    let (pattern, account) = (pattern(&search.text), &search.account);
    let total = db
        .prepare_cached(&format!("{shown} SELECT count(*) {filter}"))?
        .query_row(named_params! { ":holder": holder, ":account": account, ":pattern": pattern }, |row| {
            row.get(0)
        })?;
    // The place is a time and an id, and not a number of rows: new transactions do not move the pages after it.
    let (at, id) = search.after.as_ref().map_or((i64::MAX, ""), |Place(at, id)| (*at, id.as_str()));
    let mut select = db.prepare_cached(&format!(
        "{shown}
         SELECT t.id, t.transacted_at AS at, t.description, t.amount, t.currency, t.status, a.id AS account,
                a.name AS account_name
         {filter} AND (t.transacted_at, t.id) < (:at, :id)
         ORDER BY t.transacted_at DESC, t.id DESC LIMIT :limit"
    ))?;
    let parameters = named_params! {
        ":holder": holder, ":account": account, ":pattern": pattern, ":at": at, ":id": id,
        // One more than asked for says whether there is a next page.
        ":limit": limit as i64 + 1,
    };
    let read = |row: &Row<'_>| {
        Ok(Transaction {
            id: row.get("id")?,
            at: row.get("at")?,
            description: row.get("description")?,
            amount: row.get("amount")?,
            currency: row.get("currency")?,
            status: row.get("status")?,
            account: row.get("account")?,
            account_name: row.get("account_name")?,
        })
    };
    let mut transactions = select.query_map(parameters, read)?.collect::<Result<Vec<_>>>()?;
    let has_next = transactions.len() > limit;
    transactions.truncate(limit);
    let next = transactions.last().filter(|_| has_next).map(|last| Place(last.at, last.id.clone()));
    Ok(Found { transactions, total, next })
}

/// A pattern of LIKE that finds the text itself, in any case of the letters of ASCII.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.trim().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn history(db: &Connection, holder: &str, account: &str, currency: &str) -> Result<History> {
    let point = |row: &Row<'_>| Ok(Point { at: row.get(0)?, amount: row.get(1)? });
    let mut select = db.prepare_cached(
        "SELECT b.as_of, b.current FROM fc_balance b JOIN fc_account a USING (shard, tenant, id)
         WHERE a.holder = ?1 AND a.id = ?2 AND b.currency = ?3 AND b.current IS NOT NULL
         ORDER BY b.as_of, b.number",
    )?;
    let given: Vec<Point> = select.query_map([holder, account, currency], point)?.collect::<Result<_>>()?;
    let Some(first) = given.first() else { return Ok(History::default()) };
    // The transactions say what the balance was on the other days, as far as the mirror has all of them: until the last refresh
    // of the transactions. Another refresh may have failed since; then a transaction shows how far the last good one reached.
    let mut select = db.prepare_cached(
        "SELECT max(coalesce(iif(a.transaction_status = 'succeeded', a.transaction_attempted_at, NULL), 0),
                    coalesce((SELECT max(t.posted_at) FROM fc_transaction t
                              WHERE t.shard = a.shard AND t.tenant = a.tenant AND t.account = a.id), 0))
         FROM fc_account a
         JOIN fc_health h ON h.shard = a.shard AND h.tenant = a.tenant AND h.account = a.id
         WHERE a.holder = ?1 AND a.id = ?2 AND h.state <> 'loading'",
    )?;
    let complete_until = select.query_row([holder, account], |row| row.get(0)).optional()?.unwrap_or(0);
    let mut select = db.prepare_cached(
        "SELECT t.posted_at, t.amount FROM fc_transaction t
         JOIN fc_account a ON a.shard = t.shard AND a.tenant = t.tenant AND a.id = t.account
         WHERE a.holder = ?1 AND a.id = ?2 AND t.currency = ?3 AND t.status = 'posted' AND t.posted_at > ?4
         ORDER BY t.posted_at",
    )?;
    let parameters = rusqlite::params![holder, account, currency, first.at - 90 * DAY];
    let posted = select.query_map(parameters, point)?.collect::<Result<_>>()?;
    Ok(History { given, posted, complete_until })
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn signs_of_a_pattern_stand_for_themselves() {
        assert_eq!(pattern(" 100%_a\\b "), "%100\\%\\_a\\\\b%");
        assert_eq!(pattern(""), "%%");
    }
}
