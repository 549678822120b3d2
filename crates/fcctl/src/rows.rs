//! What the commands print: the schemas of their rows.

pub(crate) mod account;
pub(crate) mod balance;
pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod delivery;
pub(crate) mod difference;
pub(crate) mod event;
pub(crate) mod outcome;
pub(crate) mod owner;
pub(crate) mod sandbox;
pub(crate) mod session;
pub(crate) mod transaction;

use serde_json::Value;

/// Name and JSON Schema of everything that commands print.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        (account::ACCOUNTS.name, account::ACCOUNTS.json_schema()),
        (balance::BALANCES.name, balance::BALANCES.json_schema()),
        (change::CHANGES.name, change::CHANGES.json_schema()),
        (change::DIFFERENCES.name, change::DIFFERENCES.json_schema()),
        (change::STATUS.name, change::STATUS.json_schema()),
        (check::CHECKS.name, check::CHECKS.json_schema()),
        (delivery::DELIVERIES.name, delivery::DELIVERIES.json_schema()),
        (delivery::SIGNATURES.name, delivery::SIGNATURES.json_schema()),
        (difference::PROBES.name, difference::PROBES.json_schema()),
        (event::EVENTS.name, event::EVENTS.json_schema()),
        (outcome::OUTCOMES.name, outcome::OUTCOMES.json_schema()),
        (owner::OWNERS.name, owner::OWNERS.json_schema()),
        (sandbox::CLOCK.name, sandbox::CLOCK.json_schema()),
        (sandbox::FAULTS.name, sandbox::FAULTS.json_schema()),
        (sandbox::SERVERS.name, sandbox::SERVERS.json_schema()),
        (session::SESSIONS.name, session::SESSIONS.json_schema()),
        (transaction::TRANSACTIONS.name, transaction::TRANSACTIONS.json_schema()),
    ]
}
