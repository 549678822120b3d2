//! `/v1/financial_connections/transactions`

use serde_json::Value;

use super::accounts;
use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Call, Operation, nothing_more};
use crate::api::page::{self, ENDING_BEFORE, LIMIT, STARTING_AFTER};
use crate::api::params::{Kind, optional, required};
use crate::bank::transaction_id::TransactionKey;
use crate::lifecycle::refusal::{require_connected, require_readable};
use crate::model::operation::OperationName;
use crate::render::list::render_list;
use crate::render::transaction::render_transaction;

const KIND: &str = "financial connections transaction";

pub(super) static LIST: Operation = Operation {
    name: OperationName::ListTransactions,
    params: &[
        required("account", Kind::Text),
        optional("transacted_at", Kind::Range),
        optional("transaction_refresh", Kind::Object(&[required("after", Kind::Text)])),
        LIMIT,
        STARTING_AFTER,
        ENDING_BEFORE,
    ],
    check: nothing_more,
    response: Shape::List(&Shape::Transaction),
    run: list_transactions,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveTransaction,
    params: &[],
    check: nothing_more,
    response: Shape::Transaction,
    run: |call| {
        let unknown = || ApiError::not_found(KIND, call.id, "transaction");
        // A disconnected account has no transactions any more, but an id still names it.
        require_connected(call.world, call.world.account_of_transaction(call.id).ok_or_else(unknown)?)?;
        let (key, _) = call.world.find_transaction(call.id).ok_or_else(unknown)?;
        Ok(render_transaction(call.world, key))
    },
};

fn list_transactions(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (world, params) = (&mut *call.world, call.params);
    let id = params.text("/account").unwrap_or_default();
    let account =
        world.accounts.find(id).ok_or_else(|| ApiError::missing_reference(accounts::KIND, id, "account"))?;
    require_readable(world, account, "transactions")
        .map_err(|refusal| ApiError::account_refusal(refusal, "account"))?;
    if !world.ledger.of(account).has_refresh() {
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
    // A transaction of another account has no place in this list.
    let page = page::read(params, KIND, |id| {
        world.find_transaction(id).filter(|(key, _)| key.account == account).map(|(_, place)| place)
    })?;
    let page = page.cut(&world.sync_ledger(account).view(params.range("/transacted_at"), after));
    let url = "/v1/financial_connections/transactions";
    Ok(render_list(page, url, |(_, row)| render_transaction(world, TransactionKey { account, row })))
}
