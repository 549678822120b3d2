//! The rows of a mirror, for the floor.

use rusqlite::types::Value;

use crate::{Failure, cluster};

/// Tables that a load fills, with the number of their columns that are copied: all of them.
pub(crate) const TABLES: [&str; 5] =
    ["fc_account", "fc_transaction", "fc_transaction_version", "fc_change", "fc_sync"];

/// Rows of a table, as text or numbers.
pub(crate) struct Rows {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// Reads the rows that a load wrote. Those of Postgres are read as SQLite's, which hold the same.
pub(crate) fn rows(store: &str) -> Result<Vec<Rows>, Failure> {
    let Some(path) = store.strip_prefix("sqlite:") else { return postgres_rows(store) };
    let connection = rusqlite::Connection::open(path)?;
    let mut found = Vec::new();
    for table in TABLES {
        let mut prepared = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
        let width = columns.len();
        let rows = prepared.query_map([], |row| (0..width).map(|index| row.get(index)).collect())?;
        found.push(Rows { table, columns, rows: rows.collect::<Result<_, _>>()? });
    }
    Ok(found)
}

/// Every column as text, which the floor inserts with a cast.
fn postgres_rows(store: &str) -> Result<Vec<Rows>, Failure> {
    let cluster = cluster::shared().ok_or("there is no Postgres")?;
    let (_, database) = store.rsplit_once('/').ok_or("a URL with a database")?;
    let mut found = Vec::new();
    for table in TABLES {
        let columns = cluster.psql(
            database,
            &format!(
                "SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
            ),
        );
        let columns: Vec<String> = columns.lines().map(str::to_owned).collect();
        let texts: Vec<String> = columns.iter().map(|column| format!("{column}::text")).collect();
        let json =
            cluster.psql(database, &format!("SELECT json_build_array({}) FROM {table}", texts.join(", ")));
        let mut rows = Vec::new();
        for line in json.lines() {
            let values: Vec<Option<String>> = serde_json::from_str(line)?;
            rows.push(values.into_iter().map(|value| value.map_or(Value::Null, Value::Text)).collect());
        }
        found.push(Rows { table, columns, rows });
    }
    Ok(found)
}
