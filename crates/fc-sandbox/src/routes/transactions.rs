//! `/v1/financial_connections/transactions`

use serde_json::Value;

use super::accounts;
use crate::call::{Call, Operation, nothing_more};
use crate::error::ApiError;
use crate::expand::Shape;
use crate::model::AccountStatus;
use crate::page::{ENDING_BEFORE, LIMIT, PageRequest, STARTING_AFTER};
use crate::params::{Kind, optional, required};
use crate::refresh::disconnected;
use crate::render::list;
use crate::transaction_id::TransactionKey;

const KIND: &str = "financial connections transaction";

pub(super) static LIST: Operation = Operation {
    name: "list_transactions",
    params: &[
        required("account", Kind::Text),
        optional("transacted_at", Kind::Range),
        optional("transaction_refresh", Kind::Object(&[required("after", Kind::Text)])),
        LIMIT,
        STARTING_AFTER,
        ENDING_BEFORE,
    ],
    check: nothing_more,
    answer: Shape::List(&Shape::Transaction),
    run: list_transactions,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: "retrieve_transaction",
    params: &[],
    check: nothing_more,
    answer: Shape::Transaction,
    run: |call| {
        let found = call.world.find_transaction(call.id);
        let (key, _) = found.ok_or_else(|| ApiError::not_found(KIND, call.id, "transaction"))?;
        if call.world.accounts[key.account].status == AccountStatus::Disconnected {
            return Err(disconnected());
        }
        Ok(call.world.render_transaction(key))
    },
};

fn list_transactions(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (world, params) = (&mut *call.world, call.params);
    let id = params.text("/account").unwrap_or_default();
    let account =
        world.accounts.find(id).ok_or_else(|| ApiError::missing_reference(accounts::KIND, id, "account"))?;
    let row = &world.accounts[account];
    if row.status == AccountStatus::Disconnected {
        return Err(disconnected());
    }
    world.require_permission(account, "transactions", "account")?;
    if !world.ledger.book(account).is_synced() {
        let message = "No refresh of this account's transactions has succeeded yet. Refresh them first.";
        return Err(
            ApiError::invalid(message).code("financial_connections_no_successful_transaction_refresh")
        );
    }
    let after = match params.text("/transaction_refresh/after") {
        None => None,
        Some(id) => {
            let refresh =
                world.refreshes.find(id).filter(|refresh| world.refreshes[*refresh].account == account);
            Some(refresh.ok_or_else(|| {
                ApiError::missing_reference("transaction refresh", id, "transaction_refresh[after]")
            })?)
        }
    };
    let page = PageRequest::read(params, KIND, |id| world.find_transaction(id).map(|(_, place)| place))?;
    let page = page.cut(&world.book(account).view(params.range("/transacted_at"), after));
    let url = "/v1/financial_connections/transactions";
    Ok(list(page, url, |(_, row)| world.render_transaction(TransactionKey { account, row })))
}
