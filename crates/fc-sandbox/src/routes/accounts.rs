//! `/v1/financial_connections/accounts`

use serde_json::Value;

use crate::call::{Call, Operation, nothing_more};
use crate::error::ApiError;
use crate::expand::Shape;
use crate::model::{AccountStatus, Feature, Holder};
use crate::page::{ENDING_BEFORE, LIMIT, PageRequest, STARTING_AFTER};
use crate::params::{Kind, Params, optional, required};
use crate::refresh::disconnected;
use crate::render::{ACCOUNTS_URL, list};

pub(crate) const KIND: &str = "financial connections account";

pub(super) static LIST: Operation = Operation {
    name: "list_accounts",
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
    answer: Shape::List(&Shape::Account),
    run: list_accounts,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: "retrieve_account",
    params: &[],
    check: nothing_more,
    answer: Shape::Account,
    run: |call| {
        let account = find(call)?;
        Ok(call.world.render_account(account))
    },
};

pub(super) static DISCONNECT: Operation = Operation {
    name: "disconnect_account",
    params: &[],
    check: nothing_more,
    answer: Shape::Account,
    run: |call| {
        let account = find(call)?;
        call.world.disconnect(account, &call.cause, call.now);
        Ok(call.world.render_account(account))
    },
};

pub(super) static REFRESH: Operation = Operation {
    name: "refresh_account",
    params: &[required("features", Kind::List(&Kind::OneOf(Feature::NAMES)))],
    check: nothing_more,
    answer: Shape::Account,
    run: |call| {
        let account = find(call)?;
        let features: Vec<Feature> =
            call.params.texts("/features").into_iter().filter_map(Feature::from_name).collect();
        call.world.refresh(account, &features, &call.cause, call.now)?;
        Ok(call.world.render_account(account))
    },
};

pub(super) static SUBSCRIBE: Operation = Operation {
    name: "subscribe_account",
    params: &[required("features", Kind::List(&Kind::OneOf(&["transactions"])))],
    check: nothing_more,
    answer: Shape::Account,
    run: |call| {
        let account = find(call)?;
        call.world.subscribe(account, &call.cause, call.now)?;
        Ok(call.world.render_account(account))
    },
};

pub(super) static UNSUBSCRIBE: Operation = Operation {
    name: "unsubscribe_account",
    params: &[required("features", Kind::List(&Kind::OneOf(&["transactions"])))],
    check: nothing_more,
    answer: Shape::Account,
    run: |call| {
        let account = find(call)?;
        call.world.unsubscribe(account)?;
        Ok(call.world.render_account(account))
    },
};

pub(super) static OWNERS: Operation = Operation {
    name: "list_account_owners",
    params: &[required("ownership", Kind::Text), LIMIT, STARTING_AFTER, ENDING_BEFORE],
    check: nothing_more,
    answer: Shape::List(&Shape::Owner),
    run: list_owners,
};

fn find(call: &Call<'_>) -> Result<u32, ApiError> {
    call.world.accounts.find(call.id).ok_or_else(|| ApiError::not_found(KIND, call.id, "account"))
}

fn at_most_one_filter(params: &Params) -> Result<(), ApiError> {
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
    let page = PageRequest::read(params, KIND, |id| world.accounts.find(id))?;
    let of_holder = |holder: &Holder| world.accounts_of.get(holder).map(Vec::as_slice).unwrap_or_default();
    let text = |place: &str| params.text(place).map(str::to_owned);
    let page = if let Some(id) = params.text("/session") {
        let param = "session";
        let session = world.sessions.find(id);
        let session =
            session.ok_or_else(|| ApiError::missing_reference("financial connections session", id, param))?;
        page.cut(&world.sessions[session].accounts.as_slice())
    } else if let Some(id) = text("/account_holder/customer") {
        if world.customers.find(&id).is_none() {
            return Err(ApiError::missing_reference("customer", &id, "account_holder[customer]"));
        }
        page.cut(&of_holder(&Holder::Customer(id)))
    } else if let Some(id) = text("/account_holder/account") {
        page.cut(&of_holder(&Holder::Account(id)))
    } else if let Some(id) = text("/account_holder/customer_account") {
        page.cut(&of_holder(&Holder::CustomerAccount(id)))
    } else {
        page.cut(&world.accounts.numbers())
    };
    Ok(list(page, ACCOUNTS_URL, |account| world.render_account(account)))
}

fn list_owners(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let account = find(call)?;
    let world = &*call.world;
    if world.accounts[account].status == AccountStatus::Disconnected {
        return Err(disconnected());
    }
    world.require_permission(account, "ownership", "account")?;
    let id = call.params.text("/ownership").unwrap_or_default();
    let ownership =
        world.ownerships.find(id).filter(|ownership| world.ownerships[*ownership].account == account);
    let ownership = ownership.ok_or_else(|| {
        ApiError::missing_reference("financial connections account ownership", id, "ownership")
    })?;
    let kind = "financial connections account owner";
    let page = PageRequest::read(call.params, kind, |id| world.owners.find(id))?;
    let page = page.cut(&world.ownerships[ownership].owners.as_slice());
    let url = format!("{ACCOUNTS_URL}/{}/owners", world.accounts[account].id);
    Ok(list(page, &url, |owner| world.render_owner(owner)))
}
