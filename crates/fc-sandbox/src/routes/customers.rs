//! `/v1/customers`: as much of them as linking an account needs.

use serde_json::{Map, Value};

use crate::call::{Call, Operation, nothing_more};
use crate::error::ApiError;
use crate::expand::Shape;
use crate::model::Customer;
use crate::page::{ENDING_BEFORE, Filtered, LIMIT, PageRequest, STARTING_AFTER};
use crate::params::{Kind, optional};
use crate::render::list;

pub(super) static CREATE: Operation = Operation {
    name: "create_customer",
    params: &[
        optional("description", Kind::TextOrUnset),
        optional("email", Kind::TextOrUnset),
        optional("metadata", Kind::Metadata),
        optional("name", Kind::TextOrUnset),
        optional("phone", Kind::TextOrUnset),
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
    params: &[
        optional("created", Kind::Range),
        optional("email", Kind::Text),
        LIMIT,
        STARTING_AFTER,
        ENDING_BEFORE,
    ],
    check: nothing_more,
    answer: Shape::List(&Shape::Customer),
    run: |call| {
        let (world, params) = (&*call.world, call.params);
        let page = PageRequest::read(params, "customer", |id| world.customers.find(id))?;
        let matching = Filtered(world.customers.numbers(), |row| {
            let customer = &world.customers[row];
            params.text("/email").is_none_or(|email| customer.email.as_deref() == Some(email))
                && params.range("/created").is_none_or(|(low, high)| (low..=high).contains(&customer.created))
        });
        Ok(list(page.cut(&matching), "/v1/customers", |row| world.render_customer(row)))
    },
};

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let params = call.params;
    let text = |name: &str| {
        let mut text = None;
        params.replace(&format!("/{name}"), &mut text);
        text
    };
    let mut metadata = Map::new();
    params.update("/metadata", &mut metadata);
    let random = &mut call.world.random;
    let customer = Customer {
        id: random.id_of::<14>("cus_"),
        created: call.now.unix(),
        invoice_prefix: random.id_of::<8>("").to_uppercase(),
        name: text("name"),
        email: text("email"),
        phone: text("phone"),
        description: text("description"),
        metadata,
    };
    let row = call.world.customers.add(customer);
    Ok(call.world.render_customer(row))
}
