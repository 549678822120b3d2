//! Model of the API for sync tests: it misbehaves in every way that the API reference allows.
//!
//! The list of transactions is ordered by a key that a refresh can move, pages are short, and transactions can vanish.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use fc_ext::FinancialConnections;
use fc_ext::types::{AccountId, Transaction, TransactionId};
use serde_json::{Value, json};

use crate::support::Server;

/// Items on a page, whatever limit the request has.
const PAGE: usize = 7;

/// Shared state of the model; tests change it between two calls.
#[derive(Clone)]
pub(crate) struct Bank(Arc<Mutex<State>>);

pub(crate) struct State {
    rows: Vec<Row>,
    /// Whether each refresh succeeded; `None` while it is pending.
    refreshes: Vec<Option<bool>>,
    next_row: i64,
    /// Number and amount of every transaction when the account was last read.
    seen: Vec<(i64, i64)>,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) status: &'static str,
}

struct Row {
    number: i64,
    /// Place in the list.
    at: i64,
    amount: i64,
    /// Refresh that last changed it.
    refresh: usize,
}

impl Bank {
    /// A bank with this many transactions and one successful refresh.
    pub(crate) fn new(rows: i64) -> Self {
        let mut state = State {
            rows: Vec::new(),
            refreshes: Vec::new(),
            next_row: 0,
            seen: Vec::new(),
            permissions: vec!["transactions"],
            status: "active",
        };
        state.begin();
        state.add(rows);
        state.end(true);
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A refresh that adds a transaction, and moves and changes the transaction with this number.
    pub(crate) fn refresh_and_move(&self, number: i64, to: i64) {
        let mut state = self.state();
        state.begin();
        state.add(1);
        state.change(number, to);
        state.end(true);
    }

    pub(crate) async fn serve(&self) -> (Server, FinancialConnections) {
        let bank = self.clone();
        let server = Server::scripted(move |path| {
            let (status, body) = bank.state().answer(&path);
            async move { (status, body.to_string()) }
        })
        .await;
        let fc = server.fc();
        (server, fc)
    }
}

pub(crate) fn account_id() -> AccountId {
    AccountId::unchecked("fca_1")
}

impl State {
    pub(crate) fn begin(&mut self) {
        self.refreshes.push(None);
    }

    pub(crate) fn end(&mut self, succeeded: bool) {
        *self.refreshes.last_mut().unwrap() = Some(succeeded);
    }

    /// Makes every refresh a failed one, except a pending one.
    pub(crate) fn forget_successes(&mut self) {
        for refresh in self.refreshes.iter_mut().flatten() {
            *refresh = false;
        }
    }

    pub(crate) fn add(&mut self, count: i64) {
        for _ in 0..count {
            let number = self.next_row;
            self.next_row += 1;
            self.rows.push(Row {
                number,
                at: 10 * number,
                amount: -number,
                refresh: self.refreshes.len() - 1,
            });
        }
    }

    pub(crate) fn change(&mut self, number: i64, to: i64) {
        let refresh = self.refreshes.len() - 1;
        if let Some(row) = self.rows.iter_mut().find(|row| row.number == number) {
            (row.at, row.refresh, row.amount) = (to, refresh, row.amount - 1_000);
        }
    }

    pub(crate) fn remove(&mut self, number: i64) {
        self.rows.retain(|row| row.number != number);
    }

    pub(crate) fn len(&self) -> i64 {
        self.next_row
    }

    pub(crate) fn transactions(&self) -> Vec<Transaction> {
        self.rows.iter().map(|row| serde_json::from_value(row.json()).unwrap()).collect()
    }

    /// Id of the latest refresh.
    pub(crate) fn latest(&self) -> String {
        refresh_id(self.refreshes.len() - 1)
    }

    /// Asserts that nothing is missing that was there when the account was last read: each transaction is in the store, as it
    /// was then or newer. Amounts fall with each change.
    pub(crate) fn assert_complete(&self, store: &BTreeMap<TransactionId, Transaction>) {
        for (number, amount) in &self.seen {
            if self.rows.iter().any(|row| row.number == *number) {
                let stored = store.get(&TransactionId::unchecked(format!("fctxn_{number}")));
                assert!(stored.is_some_and(|stored| stored.amount <= *amount), "{number}: {stored:?}");
            }
        }
    }

    pub(crate) fn answer(&mut self, path: &str) -> (u16, Value) {
        let Some(query) = path.strip_prefix("transactions?") else {
            self.seen = self.rows.iter().map(|row| (row.number, row.amount)).collect();
            return (200, self.account());
        };
        if self.status == "disconnected" || !self.permissions.contains(&"transactions") {
            return error(None, None);
        }
        if !self.refreshes.contains(&Some(true)) {
            return error(Some("financial_connections_no_successful_transaction_refresh"), None);
        }
        let param = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|it| it.1)
        };
        let after = match param("transaction_refresh[after]") {
            None => None,
            Some(id) => match (0..self.refreshes.len()).find(|number| refresh_id(*number) == id) {
                Some(number) => Some(number),
                None => return error(Some("resource_missing"), Some("transaction_refresh[after]")),
            },
        };
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.number)));
        let start = match param("starting_after") {
            None => 0,
            Some(id) => match rows.iter().position(|row| row.id() == id) {
                Some(place) => place + 1,
                None => return error(Some("resource_missing"), Some("starting_after")),
            },
        };
        let mut rest =
            rows[start..].iter().filter(|row| after.is_none_or(|after| row.refresh > after)).peekable();
        let data: Vec<Value> = rest.by_ref().take(PAGE).map(|row| row.json()).collect();
        let has_more = rest.peek().is_some();
        (200, json!({"object": "list", "data": data, "has_more": has_more, "url": "/v1/x"}))
    }

    fn account(&self) -> Value {
        let latest = self.refreshes.last().map(|status| {
            let status = match status {
                None => "pending",
                Some(true) => "succeeded",
                Some(false) => "failed",
            };
            json!({"id": self.latest(), "status": status, "last_attempted_at": 10, "next_refresh_available_at": null})
        });
        json!({
            "id": "fca_1", "object": "financial_connections.account", "account_holder": null,
            "account_numbers": null, "balance": null, "balance_refresh": null, "category": "cash", "created": 1,
            "display_name": null, "institution_name": "StripeBank", "last4": "6789", "livemode": false,
            "ownership": null, "ownership_refresh": null, "permissions": self.permissions,
            "status": self.status, "subcategory": "checking", "subscriptions": [],
            "supported_payment_method_types": [], "transaction_refresh": latest,
        })
    }
}

/// Ids of refreshes have no order.
fn refresh_id(number: usize) -> String {
    format!("fctxnref_{}", (number * 7_919 + 13) % 10_007)
}

impl Row {
    fn id(&self) -> String {
        format!("fctxn_{}", self.number)
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id(), "object": "financial_connections.transaction", "account": "fca_1",
            "amount": self.amount, "currency": "usd", "description": "Rocket Rides", "livemode": false,
            "status": "posted", "status_transitions": {"posted_at": null, "void_at": null},
            "transacted_at": self.at, "transaction_refresh": refresh_id(self.refresh), "updated": self.at,
        })
    }
}

fn error(code: Option<&str>, param: Option<&str>) -> (u16, Value) {
    let error = json!({"type": "invalid_request_error", "message": "rejected", "code": code, "param": param});
    (400, json!({ "error": error }))
}
