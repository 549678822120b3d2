//! Transactions.

use serde_json::{Value, json};

use crate::bank::entry::TransactionStatus;
use crate::bank::transaction_id::TransactionKey;
use crate::world::World;

/// Renders a transaction of a synced ledger. Null if the ledger has no such transaction.
pub(crate) fn render_transaction(world: &World, key: TransactionKey) -> Value {
    let account = &world.accounts[key.account];
    let Some(transaction) = world.ledger.of(key.account).row(key.row) else { return Value::Null };
    let (status, posted_at, void_at) = match transaction.status {
        TransactionStatus::Pending => ("pending", None, None),
        TransactionStatus::Posted { at } => ("posted", Some(at), None),
        TransactionStatus::Void { at } => ("void", None, Some(at)),
    };
    json!({
        "id": world.ledger.ids.id(key),
        "object": "financial_connections.transaction",
        "account": account.id,
        "amount": transaction.amount,
        "currency": account.currency,
        "description": transaction.description,
        "livemode": world.livemode,
        "status": status,
        "status_transitions": { "posted_at": posted_at, "void_at": void_at },
        "transacted_at": transaction.transacted_at,
        "transaction_refresh": world.refreshes[transaction.refresh].id,
        "updated": transaction.updated,
    })
}
