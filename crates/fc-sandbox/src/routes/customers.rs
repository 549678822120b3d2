//! `/v1/customers`: as much of them as linking an account needs.

use serde_json::Value;

use crate::call::{Call, Operation, nothing_more};
use crate::error::ApiError;
use crate::expand::Shape;
use crate::model::Customer;
use crate::page::{ENDING_BEFORE, LIMIT, PageRequest, STARTING_AFTER};
use crate::params::{Kind, optional};
use crate::render::list;

pub(super) static CREATE: Operation = Operation {
    name: "create_customer",
    params: &[
        optional("description", Kind::Text),
        optional("email", Kind::Text),
        optional("metadata", Kind::Metadata),
        optional("name", Kind::Text),
        optional("phone", Kind::Text),
    ],
    check: nothing_more,
    answer: Shape::Customer,
    run: create,
};

pub(super) static RETRIEVE: Operation = Operation {
    name: "retrieve_customer",
    params: &[],
    check: nothing_more,
    answer: Shape::Customer,
    run: |call| {
        let customer = call.world.customers.find(call.id);
        let customer = customer.ok_or_else(|| ApiError::not_found("customer", call.id, "id"))?;
        Ok(call.world.render_customer(customer))
    },
};

pub(super) static LIST: Operation = Operation {
    name: "list_customers",
    params: &[LIMIT, STARTING_AFTER, ENDING_BEFORE],
    check: nothing_more,
    answer: Shape::List(&Shape::Customer),
    run: |call| {
        let world = &*call.world;
        let page = PageRequest::read(call.params, "customer", |id| world.customers.find(id))?;
        Ok(list(page.cut(&world.customers.numbers()), "/v1/customers", |row| world.render_customer(row)))
    },
};

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let text = |name: &str| call.params.text(&format!("/{name}")).map(str::to_owned);
    let random = &mut call.world.random;
    let customer = Customer {
        id: random.id_of::<14>("cus_"),
        created: call.now.unix(),
        invoice_prefix: random.id_of::<8>("").to_uppercase(),
        name: text("name"),
        email: text("email"),
        phone: text("phone"),
        description: text("description"),
        metadata: call.params.object("/metadata").cloned().unwrap_or_default(),
    };
    let row = call.world.customers.add(customer);
    Ok(call.world.render_customer(row))
}
