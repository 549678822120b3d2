//! `/v1/customers`: the part of customers that linking an account needs.

use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::expand::Shape;
use crate::api::operation::{Call, Operation, nothing_more};
use crate::api::page::{self, ENDING_BEFORE, LIMIT, STARTING_AFTER};
use crate::api::params::{Field, Kind, Params, optional, required};
use crate::api::search::Query;
use crate::lifecycle::customer::{self, CustomerValues};
use crate::model::operation::OperationName;
use crate::paging::{Cursor, DEFAULT_LIMIT, Filtered, PageRequest};
use crate::render::customer::render_customer;
use crate::render::list::render_list;

/// The members that a caller can set.
const MEMBERS: &[Field] = &[
    optional("description", Kind::TextOrUnset),
    optional("email", Kind::TextOrUnset),
    optional("metadata", Kind::Metadata),
    optional("name", Kind::TextOrUnset),
    optional("phone", Kind::TextOrUnset),
];

pub(super) static CREATE: Operation = Operation {
    name: OperationName::CreateCustomer,
    params: MEMBERS,
    check: nothing_more,
    response: Shape::Customer,
    run: |call| {
        let mut new = CustomerValues::default();
        apply(call.params, &mut new)?;
        let row = customer::create(call.world, new, call.now);
        Ok(render_customer(call.world, row))
    },
};

pub(super) static RETRIEVE: Operation = Operation {
    name: OperationName::RetrieveCustomer,
    params: &[],
    check: nothing_more,
    response: Shape::Customer,
    // A deleted customer too: the response says that it is deleted.
    run: |call| {
        let customer = call.world.customers.find(call.id).ok_or_else(|| unknown(call))?;
        Ok(render_customer(call.world, customer))
    },
};

pub(super) static UPDATE: Operation = Operation {
    name: OperationName::UpdateCustomer,
    params: MEMBERS,
    check: nothing_more,
    response: Shape::Customer,
    run: |call| {
        let row = call.world.customer(call.id).ok_or_else(|| unknown(call))?;
        let mut changed = customer::values(call.world, row);
        apply(call.params, &mut changed)?;
        customer::update(call.world, row, changed);
        Ok(render_customer(call.world, row))
    },
};

pub(super) static DELETE: Operation = Operation {
    name: OperationName::DeleteCustomer,
    params: &[],
    check: nothing_more,
    response: Shape::Customer,
    run: |call| {
        let row = call.world.customer(call.id).ok_or_else(|| unknown(call))?;
        customer::delete(call.world, row);
        Ok(render_customer(call.world, row))
    },
};

pub(super) static LIST: Operation = Operation {
    name: OperationName::ListCustomers,
    params: &[
        optional("created", Kind::Range),
        optional("email", Kind::Text),
        LIMIT,
        STARTING_AFTER,
        ENDING_BEFORE,
    ],
    check: nothing_more,
    response: Shape::List(&Shape::Customer),
    run: |call| {
        let (world, params) = (&*call.world, call.params);
        let page = page::read(params, "customer", |id| world.customers.find(id))?;
        let matching = Filtered(&world.customers, |row| {
            let customer = &world.customers[row];
            !customer.deleted
                && params.text("/email").is_none_or(|email| customer.email.as_deref() == Some(email))
                && params.range("/created").is_none_or(|(low, high)| (low..=high).contains(&customer.created))
        });
        Ok(render_list(page.cut(&matching), "/v1/customers", |row| render_customer(world, row)))
    },
};

pub(super) static SEARCH: Operation = Operation {
    name: OperationName::SearchCustomers,
    params: &[LIMIT, optional("page", Kind::Text), required("query", Kind::Text)],
    check: |params, _| Query::read(params.text("/query").unwrap_or_default()).map(|_| ()),
    response: Shape::SearchResult(&Shape::Customer),
    run: search,
};

fn unknown(call: &Call<'_>) -> ApiError {
    ApiError::not_found("customer", call.id, "id")
}

/// Applies the parameters of a request to the values of a customer.
fn apply(params: &Params, values: &mut CustomerValues) -> Result<(), ApiError> {
    params.replace("/name", &mut values.name);
    params.replace("/email", &mut values.email);
    params.replace("/phone", &mut values.phone);
    params.replace("/description", &mut values.description);
    values.metadata = params.updated("/metadata", std::mem::take(&mut values.metadata))?;
    Ok(())
}

/// Unlike at Stripe, a change is found at once. A page ends with the customer that `next_page` names.
fn search(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (world, params) = (&*call.world, call.params);
    let query = Query::read(params.text("/query").unwrap_or_default())?;
    let cursor = match params.text("/page") {
        Some(page) => Cursor::OlderThan(world.customers.find(page).ok_or_else(|| {
            ApiError::invalid("Invalid page: send `next_page` of the page before.").param("page")
        })?),
        None => Cursor::Newest,
    };
    let matching = Filtered(&world.customers, |row| {
        let customer = &world.customers[row];
        !customer.deleted && query.matches(customer)
    });
    let limit = params.integer("/limit").unwrap_or(DEFAULT_LIMIT);
    let page = PageRequest::new(limit, cursor).cut(&matching);
    let last = page.keys.last().filter(|_| page.has_more);
    let next_page = last.map(|row| world.customers[*row].id.clone());
    let mut result = render_list(page, "/v1/customers/search", |row| render_customer(world, row));
    result["object"] = "search_result".into();
    result["next_page"] = next_page.into();
    if params.texts("/expand").contains(&"total_count") {
        result["total_count"] = json!(matching.count());
    }
    Ok(result)
}
