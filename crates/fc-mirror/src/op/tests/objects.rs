//! Objects of the API, and work of a worker, for these tests.

use serde_json::{Value, json};

use crate::op::page::Page;
use crate::op::{Claim, EventRow, Finish, Lane, Lease, OpenTenant, ReceiveEvent, Received, WritePage};
use crate::row::{AccountRow, TransactionRow, digest, shard_of};
use crate::store::Database;

pub(super) const TENANT: &str = "self/test";

/// The present of these tests, in milliseconds.
pub(super) const NOW: i64 = 1_790_000_000_000;

/// How long a lease lasts in these tests.
pub(super) const LEASE: i64 = 60_000;

pub(super) fn account_json(id: &str) -> Value {
    json!({
        "id": id, "object": "financial_connections.account",
        "account_holder": {"type": "customer", "customer": "cus_1"},
        "account_numbers": null,
        "balance": {"as_of": 1_789_990_000, "current": {"usd": 4200}, "type": "cash", "cash": {"available": {"usd": 4100}}},
        "balance_refresh": {
            "status": "succeeded", "last_attempted_at": 1_789_995_000, "next_refresh_available_at": 1_789_995_060
        },
        "category": "cash", "created": 1_780_000_000, "display_name": "Everyday", "institution_name": "StripeBank",
        "last4": "6789", "livemode": false, "ownership": null, "ownership_refresh": null,
        "permissions": ["balances", "transactions"], "status": "active", "subcategory": "checking",
        "subscriptions": [], "supported_payment_method_types": ["us_bank_account"],
        "transaction_refresh": {
            "id": "fctxnref_1", "status": "succeeded", "last_attempted_at": 1_789_995_000,
            "next_refresh_available_at": null
        }
    })
}

pub(super) fn account(json: &Value) -> AccountRow {
    AccountRow::new(&serde_json::from_value(json.clone()).expect("an account")).expect("its row")
}

/// State of a transaction, `updated` at a second.
pub(super) fn transaction(
    account: &str,
    id: &str,
    status: &str,
    amount: i64,
    updated: i64,
) -> TransactionRow {
    let time = |of: &str| if status == of { json!(updated) } else { Value::Null };
    let json = json!({
        "id": id, "object": "financial_connections.transaction", "account": account, "amount": amount, "currency": "usd",
        "description": "Rocket Rides", "livemode": false, "status": status,
        "status_transitions": {"posted_at": time("posted"), "void_at": time("void")},
        "transacted_at": 1_789_000_000, "transaction_refresh": "fctxnref_1", "updated": updated
    });
    TransactionRow::new(&serde_json::from_value(json).expect("a transaction")).expect("its row")
}

/// Opens the tenant in the first shard.
pub(super) async fn open_tenant(database: &Database, api_version: &str, now_ms: i64) {
    let operation = OpenTenant {
        shard: 0,
        tenant: TENANT.to_owned(),
        stripe_account: None,
        livemode: false,
        api_version: api_version.to_owned(),
        now_ms,
    };
    database.write(operation).await.expect("the tenant is opened");
}

pub(super) fn event(id: &str, account: Option<&str>, now_ms: i64) -> EventRow {
    let raw = format!("{{\"id\": \"{id}\"}}");
    EventRow {
        id: id.to_owned(),
        kind: "financial_connections.account.refreshed_transactions".to_owned(),
        account: account.map(str::to_owned),
        created: Some(now_ms / 1000),
        api_version: None,
        source: "webhook",
        digest: digest(&raw),
        raw,
    }
}

/// Receives an event about an account.
pub(super) async fn receive(database: &Database, id: &str, account: &str, now_ms: i64) -> Received {
    let event = event(id, Some(account), now_ms);
    let shard = shard_of(account, database.shards());
    let operation = ReceiveEvent { shard, tenant: TENANT.to_owned(), event, raises: true, now_ms };
    database.write(operation).await.expect("the event is received")
}

/// Claims up to `limit` accounts.
pub(super) async fn claim(database: &Database, worker: &str, limit: i64, now_ms: i64) -> Vec<Lease> {
    let operation = Claim {
        tenants: vec![TENANT.to_owned()],
        worker: worker.to_owned(),
        now_ms,
        until_ms: now_ms + LEASE,
        limit,
        shards: database.shards(),
        lanes: Lane::FirstLoad,
    };
    database.write(operation).await.expect("the claim is answered")
}

/// Claims the one account that is due.
pub(super) async fn claim_one(database: &Database, now_ms: i64) -> Lease {
    let mut leases = claim(database, "worker", 10, now_ms).await;
    assert_eq!(leases.len(), 1, "one account is due");
    leases.remove(0)
}

/// Lease of an account that just became due.
pub(super) async fn leased(database: &Database, account: &str, now_ms: i64) -> Lease {
    receive(database, &format!("evt_{account}_{now_ms}"), account, now_ms).await;
    claim_one(database, now_ms).await
}

pub(super) async fn write(
    database: &Database,
    lease: &Lease,
    transactions: Vec<TransactionRow>,
    now_ms: i64,
) -> Result<Page, crate::Error> {
    let position = "fctxnref_1".to_owned();
    database.write(WritePage { lease: lease.clone(), transactions, position, now_ms }).await
}

pub(super) async fn finish(database: &Database, lease: &Lease, now_ms: i64) {
    let operation = Finish { lease: lease.clone(), error: None, due_ms: None, now_ms };
    database.write(operation).await.expect("the lease is held");
}

pub(super) const FIRST_LOAD: Lane = Lane::FirstLoad;
