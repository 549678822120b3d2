//! Databases for the tests of this crate.

#[cfg(feature = "postgres")]
pub(crate) mod cluster;

use crate::store::{Database, Layout};

/// A throw-away database of one kind.
pub(crate) struct Scratch {
    pub(crate) kind: &'static str,
    pub(crate) database: Database,
    address: String,
    _folder: tempfile::TempDir,
}

impl Scratch {
    /// Rows of a query, their columns separated by `|`, read beside the code under test.
    pub(crate) fn sql(&self, sql: &str) -> Vec<String> {
        #[cfg(feature = "sqlite")]
        if let Some(path) = self.address.strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(path).expect("the database of the test");
            let mut prepared = connection.prepare(sql).expect("the query of the test");
            let width = prepared.column_count();
            let rows = prepared.query_map([], |row| {
                let cells = (0..width).map(|column| {
                    use rusqlite::types::Value as Cell;
                    Ok(match row.get::<_, Cell>(column)? {
                        Cell::Null => String::new(),
                        Cell::Integer(value) => value.to_string(),
                        Cell::Real(value) => value.to_string(),
                        Cell::Text(value) => value,
                        Cell::Blob(_) => "blob".to_owned(),
                    })
                });
                Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
            });
            return rows.and_then(Iterator::collect).expect("the rows of the test");
        }
        #[cfg(feature = "postgres")]
        {
            let cluster = cluster::shared().expect("the database of the test is there");
            let (_, name) = self.address.rsplit_once('/').expect("a URL with a database");
            cluster.psql(name, sql).lines().map(str::to_owned).collect()
        }
        #[cfg(not(feature = "postgres"))]
        unreachable!("the only other engine")
    }

    /// One value of a query.
    pub(crate) fn value(&self, sql: &str) -> String {
        self.sql(sql).join("\n")
    }
}

/// Runs a test on every kind of database: SQLite, Postgres, Postgres with partitions, and Postgres behind pgbouncer.
pub(crate) async fn everywhere(test: impl AsyncFn(&Scratch)) {
    for scratch in databases().await {
        eprintln!("on {}", scratch.kind);
        test(&scratch).await;
    }
}

async fn databases() -> Vec<Scratch> {
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        allow(unused_mut, reason = "there is no kind")
    )]
    let mut found = Vec::new();
    #[cfg(feature = "sqlite")]
    {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = format!("sqlite:{}", folder.path().join("bank.db").display());
        found.push(open("SQLite", address, Layout::default(), folder).await);
    }
    #[cfg(feature = "postgres")]
    if let Some(cluster) = cluster::shared() {
        let plain = Layout::default();
        let partitioned = Layout { shards: Some(8), partitions: Some(3), schema: None };
        let sharded = Layout { shards: Some(4), partitions: None, schema: None };
        for (kind, address, layout) in [
            ("Postgres", cluster.new_database(), plain),
            ("Postgres with partitions", cluster.new_database(), partitioned),
        ] {
            found.push(open(kind, address, layout, tempfile::tempdir().expect("a folder")).await);
        }
        if let Some(address) = cluster.new_pooled_database() {
            let folder = tempfile::tempdir().expect("a folder");
            found.push(open("Postgres behind pgbouncer", address, sharded, folder).await);
        }
    }
    found
}

async fn open(kind: &'static str, address: String, layout: Layout, folder: tempfile::TempDir) -> Scratch {
    let database = Database::open(&address, layout).await;
    let database = database.unwrap_or_else(|error| panic!("{kind} cannot be opened: {error:?}"));
    Scratch { kind, database, address, _folder: folder }
}
