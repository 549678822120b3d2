//! The app's own tables: users, sign-ins and the webhook endpoint.
//!
//! They are in a file of their own, so that the mirror's file is the mirror's alone.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, SystemTime};

use data_encoding::BASE64URL_NOPAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use crate::database::Database;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    -- The customer at Stripe who holds the accounts of a user.
    CREATE TABLE IF NOT EXISTS user (name TEXT PRIMARY KEY, customer TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS sign_in (digest BLOB PRIMARY KEY, user TEXT NOT NULL, ends_at INTEGER NOT NULL) STRICT;
    -- One row at most.
    CREATE TABLE IF NOT EXISTS endpoint
        (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL) STRICT;
";

/// How long a sign-in lasts.
const SIGNED_IN: Duration = Duration::from_secs(12 * 60 * 60);

/// A webhook endpoint that the app created.
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) secret: String,
}

#[derive(Clone)]
pub(crate) struct Store(Database);

impl Store {
    pub(crate) fn open(file: &Path) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Database::new(connection)))
    }

    pub(crate) async fn customer(&self, user: &'static str) -> Result<Option<String>> {
        let select = "SELECT customer FROM user WHERE name = ?1";
        self.0.run(move |db| db.query_row(select, [user], |row| row.get(0)).optional()).await
    }

    pub(crate) async fn set_customer(&self, user: &'static str, customer: String) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO user VALUES (?1, ?2)";
        self.0.run(move |db| db.execute(insert, [user, &customer]).map(drop)).await
    }

    /// Signs a user in, and returns the token for the cookie.
    ///
    /// The token is random, so a cookie cannot be guessed, and a sign-out ends it. The table has its digest only, so a copy of the
    /// database lets no one in.
    pub(crate) async fn sign_in(&self, user: String) -> Result<String, Box<dyn Error + Send + Sync>> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).map_err(|_| "the machine gives no random numbers")?;
        let token = BASE64URL_NOPAD.encode(&bytes);
        let (digest, now) = (digest_of(&token), now());
        let ends_at = now + SIGNED_IN.as_secs() as i64;
        let insert = "INSERT INTO sign_in VALUES (?1, ?2, ?3)";
        self.0
            .run(move |db| {
                db.execute("DELETE FROM sign_in WHERE ends_at <= ?1", [now])?;
                db.execute(insert, params![digest, user, ends_at])
            })
            .await?;
        Ok(token)
    }

    /// The user to whom a token belongs.
    pub(crate) async fn signed_in(&self, token: &str) -> Result<Option<String>> {
        let (digest, now) = (digest_of(token), now());
        let select = "SELECT user FROM sign_in WHERE digest = ?1 AND ends_at > ?2";
        self.0.run(move |db| db.query_row(select, params![digest, now], |row| row.get(0)).optional()).await
    }

    pub(crate) async fn sign_out(&self, token: &str) -> Result<()> {
        let digest = digest_of(token);
        self.0.run(move |db| db.execute("DELETE FROM sign_in WHERE digest = ?1", [digest]).map(drop)).await
    }

    pub(crate) async fn endpoint(&self) -> Result<Option<Endpoint>> {
        let select = "SELECT id, url, secret FROM endpoint";
        let read =
            |row: &rusqlite::Row<'_>| Ok(Endpoint { id: row.get(0)?, url: row.get(1)?, secret: row.get(2)? });
        self.0.run(move |db| db.query_row(select, [], read).optional()).await
    }

    /// Keeps the endpoint instead of the one that was kept before.
    pub(crate) async fn set_endpoint(&self, endpoint: Endpoint) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO endpoint VALUES (1, ?1, ?2, ?3)";
        let Endpoint { id, url, secret } = endpoint;
        self.0.run(move |db| db.execute(insert, [id, url, secret]).map(drop)).await
    }
}

fn digest_of(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}
