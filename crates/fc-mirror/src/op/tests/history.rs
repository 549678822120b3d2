//! Versions of transactions, and the history of balances.

use serde_json::{Value, json};

use super::objects::{NOW, account, account_json, leased, transaction, write};
use crate::op::{Lease, WriteAccount};
use crate::store::Database;
use crate::testing::{Scratch, everywhere};

#[tokio::test]
async fn each_state_of_a_transaction_is_a_version() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        for (status, amount, updated) in [("pending", -500, 10), ("posted", -550, 20), ("void", -550, 30)] {
            let state = transaction("fca_1", "fctxn_1", status, amount, updated);
            assert_eq!(write(database, &lease, vec![state.clone()], NOW).await.unwrap().written, 1);
            assert_eq!(write(database, &lease, vec![state], NOW).await.unwrap().written, 0, "it is stored once");
        }
        assert_eq!(
            scratch.sql(
                "SELECT version, status, amount, posted_at, void_at FROM fc_transaction_version ORDER BY version"
            ),
            ["1|pending|-500||", "2|posted|-550|20|", "3|void|-550||30"]
        );
        assert_eq!(scratch.value("SELECT version, status, amount FROM fc_transaction"), "3|void|-550");
        let entities = scratch.sql("SELECT operation, version FROM fc_change WHERE entity = 'transaction' ORDER BY number");
        assert_eq!(entities, ["insert|1", "update|2", "update|3"]);
    })
    .await;
}

#[tokio::test]
async fn a_state_that_is_older_than_the_stored_one_is_not_written() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        write(database, &lease, vec![transaction("fca_1", "fctxn_1", "posted", -5, 20)], NOW).await.unwrap();
        write(database, &lease, vec![transaction("fca_1", "fctxn_1", "pending", -5, 10)], NOW).await.unwrap();
        assert_eq!(scratch.value("SELECT version, status FROM fc_transaction"), "1|posted");
        // Of two states of one second the later read counts.
        write(database, &lease, vec![transaction("fca_1", "fctxn_1", "void", -5, 20)], NOW).await.unwrap();
        assert_eq!(scratch.value("SELECT version, status FROM fc_transaction"), "2|void");
    })
    .await;
}

#[tokio::test]
async fn a_transaction_twice_on_a_page_is_one_row_in_its_last_state() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        let page =
            ["pending", "posted"].map(|status| transaction("fca_1", "fctxn_1", status, -5, 10)).to_vec();
        assert_eq!(write(database, &lease, page, NOW).await.unwrap().written, 1);
        assert_eq!(scratch.value("SELECT version, status FROM fc_transaction"), "1|posted");
    })
    .await;
}

#[tokio::test]
async fn a_description_with_nul_is_stored_and_the_raw_json_keeps_it() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        let json = json!({
            "id": "fctxn_1", "object": "financial_connections.transaction", "account": "fca_1", "amount": 1,
            "currency": "usd", "description": "a\u{0}b — ü", "livemode": false, "status": "posted",
            "status_transitions": {"posted_at": 1, "void_at": null}, "transacted_at": 1,
            "transaction_refresh": "fctxnref_1", "updated": 1
        });
        let row = crate::row::TransactionRow::new(&serde_json::from_value(json.clone()).unwrap()).unwrap();
        write(database, &lease, vec![row], NOW).await.unwrap();
        assert_eq!(scratch.value("SELECT description FROM fc_transaction"), "a\u{fffd}b — ü");
        let raw: Value = serde_json::from_str(&scratch.value("SELECT raw FROM fc_transaction")).unwrap();
        assert_eq!(raw, json);
    })
    .await;
}

/// Writes the account with this balance.
async fn observe(database: &Database, lease: &Lease, balance: Value) {
    let mut json = account_json("fca_1");
    json["balance"] = balance;
    let account = account(&json);
    database.write(WriteAccount { lease: lease.clone(), account, now_ms: NOW }).await.unwrap();
}

fn cash(as_of: i64, current: &Value, available: &Value) -> Value {
    json!({"as_of": as_of, "current": current, "type": "cash", "cash": {"available": available}})
}

fn history(scratch: &Scratch) -> Vec<String> {
    scratch
        .sql("SELECT number, as_of, currency, current, available FROM fc_balance ORDER BY number, currency")
}

#[tokio::test]
async fn a_balance_joins_the_history_once_and_a_missing_one_ends_nothing() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        let first = cash(100, &json!({"usd": 5}), &Value::Null);
        observe(database, &lease, first.clone()).await;
        observe(database, &lease, first.clone()).await;
        assert_eq!(history(scratch), ["1|100|usd|5|"], "an amount that is missing is null, not 0");
        // The same time with other figures is a correction, and both are kept.
        observe(database, &lease, cash(100, &json!({"usd": 6, "eur": 1}), &json!({"usd": 2}))).await;
        assert_eq!(history(scratch)[1..], ["2|100|eur|1|".to_owned(), "2|100|usd|6|2".to_owned()]);
        let current = "SELECT currency, current FROM fc_current_balance ORDER BY currency";
        assert_eq!(scratch.sql(current), ["eur|1", "usd|6"]);

        observe(database, &lease, Value::Null).await;
        assert_eq!(history(scratch).len(), 3, "the history stays");
        assert!(scratch.sql(current).is_empty(), "an account without a balance has no current one");
        observe(database, &lease, first).await;
        assert_eq!(history(scratch)[3], "3|100|usd|5|");
    })
    .await;
}

#[tokio::test]
async fn a_balance_joins_the_history_once_whatever_the_collation_of_the_database() {
    everywhere(async |scratch| {
        if scratch.kind == "SQLite" {
            return;
        }
        // In Czech, `ch` comes after `cz`.
        scratch.sql(
            "DROP VIEW fc_current_balance, fc_balance_period; \
             ALTER TABLE fc_balance ALTER COLUMN currency TYPE text COLLATE \"cs-x-icu\"",
        );
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        for name in ["Everyday", "Renamed"] {
            let mut json = account_json("fca_1");
            json["balance"] = cash(100, &json!({"chf": 5, "czk": 6}), &Value::Null);
            json["display_name"] = json!(name);
            let (lease, account) = (lease.clone(), account(&json));
            database.write(WriteAccount { lease, account, now_ms: NOW }).await.unwrap();
        }
        assert_eq!(
            scratch.sql("SELECT number, currency FROM fc_balance ORDER BY currency"),
            ["1|czk", "1|chf"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_balance_names_its_refresh_and_none_while_another_is_pending() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        observe(database, &lease, cash(100, &json!({"usd": 5}), &Value::Null)).await;
        let mut json = account_json("fca_1");
        json["balance"] = cash(200, &json!({"usd": 6}), &Value::Null);
        json["balance_refresh"]["status"] = json!("pending");
        let account = account(&json);
        database.write(WriteAccount { lease, account, now_ms: NOW }).await.unwrap();
        let refreshes = scratch.sql("SELECT as_of, refreshed_at FROM fc_balance ORDER BY number");
        assert_eq!(refreshes, ["100|1789995000", "200|"]);
    })
    .await;
}

#[tokio::test]
async fn views_show_days_of_spending_and_the_balance_at_a_date() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        let page = vec![
            transaction("fca_1", "fctxn_1", "posted", -500, 10),
            transaction("fca_1", "fctxn_2", "pending", -70, 10),
            transaction("fca_1", "fctxn_3", "posted", 2000, 10),
            transaction("fca_1", "fctxn_4", "void", -9999, 10),
        ];
        write(database, &lease, page, NOW).await.unwrap();
        // 1,789,000,000 is 2026-09-10 01:06:40 UTC.
        assert_eq!(
            scratch.sql("SELECT account, day, currency, spent, received, pending_spent, transactions FROM fc_daily_spending"),
            ["fca_1|2026-09-10|usd|570|2000|70|3"]
        );
        observe(database, &lease, cash(86_400, &json!({"usd": 5}), &Value::Null)).await;
        observe(database, &lease, cash(172_800, &json!({"usd": 6}), &Value::Null)).await;
        let at = scratch.sql(
            "SELECT current FROM fc_balance_period WHERE valid_from <= '1970-01-02 12:00:00' \
             AND (valid_until > '1970-01-02 12:00:00' OR valid_until IS NULL)",
        );
        assert_eq!(at, ["5"]);
        assert_eq!(scratch.value("SELECT account, state, behind FROM fc_health"), "fca_1|loading|1");
    })
    .await;
}

#[tokio::test]
async fn the_balance_at_a_date_has_no_currency_that_the_newest_balance_then_lacks() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        observe(database, &lease, cash(86_400, &json!({"eur": 1, "usd": 5}), &Value::Null)).await;
        observe(database, &lease, cash(172_800, &json!({"usd": 6}), &Value::Null)).await;
        // A correction of the newest.
        observe(database, &lease, cash(172_800, &json!({"usd": 7}), &Value::Null)).await;
        let at = |time: &str| {
            scratch.sql(&format!(
                "SELECT currency, current FROM fc_balance_period WHERE valid_from <= '{time}' \
                 AND (valid_until > '{time}' OR valid_until IS NULL) ORDER BY currency"
            ))
        };
        assert_eq!(at("1970-01-02 12:00:00"), ["eur|1", "usd|5"]);
        assert_eq!(at("1970-01-03 12:00:00"), ["usd|7"]);
    })
    .await;
}
