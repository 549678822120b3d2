//! `/v1/financial_connections/accounts`

use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Call, Operation, nothing_more};
use crate::api::page::{self, ENDING_BEFORE, LIMIT, STARTING_AFTER};
use crate::api::params::{Kind, Params, optional, required};
use crate::api::version::Version;
use crate::lifecycle::refusal::require_readable;
use crate::lifecycle::{connection, refresh, subscription};
use crate::model::feature::Feature;
use crate::model::holder::Holder;
use crate::model::operation::OperationName;
use crate::render::account::ACCOUNTS_URL;
use crate::render::account::render_account;
use crate::render::inferred_balance::{inferred_balance_id, inferred_days, render_inferred_balances};
use crate::render::list::render_list;
use crate::render::ownership::render_owner;

pub(crate) const KIND: &str = "financial connections account";

/// The features that can be subscribed to.
const SUBSCRIPTIONS: &[&str] = &["transactions"];
const PREVIEW_SUBSCRIPTIONS: &[&str] = &["balance", "inferred_balances"];

pub(super) static LIST: Operation = Operation {
    name: OperationName::ListAccounts,
    params: &[
        optional(
            "account_holder",
            Kind::Object(&[
                optional("account", Kind::Text),
                optional("customer", Kind::Text),
                optional("customer_account", Kind::Text),
            ]),
        ),
        optional("session", Kind::Text),
        LIMIT,
        STARTING_AFTER,
        ENDING_BEFORE,
    ],
    check: at_most_one_filter,
    response: Shape::List(&Shape::Account),
    run: list_accounts,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveAccount,
    params: &[],
    check: nothing_more,
    response: Shape::Account,
    run: |call| {
        let account = find(call)?;
        Ok(render_account(call.world, account, call.version.surface))
    },
};

pub(super) static DISCONNECT: Operation = Operation {
    name: OperationName::DisconnectAccount,
    params: &[],
    check: nothing_more,
    response: Shape::Account,
    run: |call| {
        let account = find(call)?;
        connection::disconnect(call.world, account, &call.cause, call.now);
        Ok(render_account(call.world, account, call.version.surface))
    },
};

pub(super) static REFRESH: Operation = Operation {
    name: OperationName::RefreshAccount,
    params: &[required("features", Kind::List(&Kind::OneOfMore(Feature::NAMES, Feature::PREVIEW_NAMES)))],
    check: nothing_more,
    response: Shape::Account,
    run: |call| {
        let account = find(call)?;
        refresh::request(call.world, account, &features(call), Some(&call.cause), call.now)
            .map_err(|refusal| ApiError::account_refusal(refusal, "features"))?;
        Ok(render_account(call.world, account, call.version.surface))
    },
};

pub(super) static SUBSCRIBE: Operation = Operation {
    name: OperationName::SubscribeAccount,
    params: &[required("features", Kind::List(&Kind::OneOfMore(SUBSCRIPTIONS, PREVIEW_SUBSCRIPTIONS)))],
    check: nothing_more,
    response: Shape::Account,
    run: |call| {
        let account = find(call)?;
        subscription::subscribe(call.world, account, &features(call), &call.cause, call.now)
            .map_err(|refusal| ApiError::account_refusal(refusal, "features"))?;
        Ok(render_account(call.world, account, call.version.surface))
    },
};

pub(super) static UNSUBSCRIBE: Operation = Operation {
    name: OperationName::UnsubscribeAccount,
    params: &[required("features", Kind::List(&Kind::OneOfMore(SUBSCRIPTIONS, PREVIEW_SUBSCRIPTIONS)))],
    check: nothing_more,
    response: Shape::Account,
    run: |call| {
        let account = find(call)?;
        subscription::unsubscribe(call.world, account, &features(call))?;
        Ok(render_account(call.world, account, call.version.surface))
    },
};

pub(super) static OWNERS: Operation = Operation {
    name: OperationName::ListAccountOwners,
    params: &[required("ownership", Kind::Text), LIMIT, STARTING_AFTER, ENDING_BEFORE],
    check: nothing_more,
    response: Shape::List(&Shape::Owner),
    run: list_owners,
};

/// The balances at the end of past days.
pub(super) static INFERRED_BALANCES: Operation = Operation {
    name: OperationName::ListAccountInferredBalances,
    params: &[LIMIT, STARTING_AFTER, ENDING_BEFORE],
    check: nothing_more,
    response: Shape::List(&Shape::InferredBalance),
    run: |call| {
        let account = find(call)?;
        let world = &*call.world;
        require_readable(world, account, Feature::InferredBalances.permission())
            .map_err(|refusal| ApiError::account_refusal(refusal, "account"))?;
        let days = inferred_days(world, account);
        let kind = "financial connections account inferred balance";
        let page = page::read(call.params, kind, |id| {
            days.iter().copied().find(|day| inferred_balance_id(world, account, *day) == id)
        })?;
        let page = page.cut(&days.as_slice());
        let mut balances = render_inferred_balances(world, account, &page.keys).into_iter();
        let url = format!("{ACCOUNTS_URL}/{}/inferred_balances", world.accounts[account].id);
        Ok(render_list(page, &url, |_| balances.next().unwrap_or_default()))
    },
};

/// The features that the call names, each once.
fn features(call: &Call<'_>) -> Vec<Feature> {
    let mut features: Vec<Feature> = Vec::new();
    for feature in call.params.texts("/features").into_iter().filter_map(Feature::from_name) {
        if !features.contains(&feature) {
            features.push(feature);
        }
    }
    features
}

fn find(call: &Call<'_>) -> Result<u32, ApiError> {
    call.world.accounts.find(call.id).ok_or_else(|| ApiError::not_found(KIND, call.id, "account"))
}

fn at_most_one_filter(params: &Params, _: Version) -> Result<(), ApiError> {
    const FILTERS: [(&str, &str); 4] = [
        ("/account_holder/account", "account_holder[account]"),
        ("/account_holder/customer", "account_holder[customer]"),
        ("/account_holder/customer_account", "account_holder[customer_account]"),
        ("/session", "session"),
    ];
    let given: Vec<&str> =
        FILTERS.iter().filter(|(place, _)| params.has(place)).map(|(_, name)| *name).collect();
    if given.len() > 1 {
        let message = format!("You may only specify one of these parameters: {}.", given.join(", "));
        return Err(ApiError::invalid(message).code("parameters_exclusive"));
    }
    Ok(())
}

fn list_accounts(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (world, params) = (&*call.world, call.params);
    let page = page::read(params, KIND, |id| world.accounts.find(id))?;
    let text = |place: &str| params.text(place).map(str::to_owned);
    let page = if let Some(id) = params.text("/session") {
        let param = "session";
        let session = world.sessions.find(id);
        let session =
            session.ok_or_else(|| ApiError::missing_reference("financial connections session", id, param))?;
        page.cut(&world.sessions[session].accounts.as_slice())
    } else if let Some(id) = text("/account_holder/customer") {
        if world.customer(&id).is_none() {
            return Err(ApiError::missing_reference("customer", &id, "account_holder[customer]"));
        }
        page.cut(&world.accounts_of(&Holder::Customer(id)))
    } else if let Some(id) = text("/account_holder/account") {
        page.cut(&world.accounts_of(&Holder::Account(id)))
    } else if let Some(id) = text("/account_holder/customer_account") {
        page.cut(&world.accounts_of(&Holder::CustomerAccount(id)))
    } else {
        page.cut(&&world.accounts)
    };
    Ok(render_list(page, ACCOUNTS_URL, |account| render_account(world, account, call.version.surface)))
}

fn list_owners(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let account = find(call)?;
    let world = &*call.world;
    require_readable(world, account, "ownership")
        .map_err(|refusal| ApiError::account_refusal(refusal, "account"))?;
    let id = call.params.text("/ownership").unwrap_or_default();
    let ownership =
        world.ownerships.find(id).filter(|ownership| world.ownerships[*ownership].account == account);
    let ownership = ownership.ok_or_else(|| {
        ApiError::missing_reference("financial connections account ownership", id, "ownership")
    })?;
    let kind = "financial connections account owner";
    let owners = world.ownerships[ownership].owners.as_slice();
    // An owner in another snapshot has no place in this list.
    let page = page::read(call.params, kind, |id| world.owners.find(id).filter(|row| owners.contains(row)))?;
    let page = page.cut(&owners);
    let url = format!("{ACCOUNTS_URL}/{}/owners", world.accounts[account].id);
    Ok(render_list(page, &url, |owner| render_owner(world, owner)))
}
