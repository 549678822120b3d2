//! Customers: how they are created, changed and deleted.

use serde_json::{Map, Value};

use crate::clock::Instant;
use crate::model::customer::Customer;
use crate::world::World;

/// Characters of a customer's id after its prefix.
const ID_LENGTH: usize = 14;
/// Characters of an invoice prefix.
const INVOICE_PREFIX_LENGTH: usize = 8;

/// The values of a customer that a caller sets.
#[derive(Debug, Default)]
pub(crate) struct CustomerValues {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Map<String, Value>,
}

/// Adds a customer and returns its row.
pub(crate) fn create(world: &mut World, new: CustomerValues, now: Instant) -> u32 {
    let CustomerValues { name, email, phone, description, metadata } = new;
    let customer = Customer {
        id: world.random.id_of::<ID_LENGTH>("cus_"),
        created: now.unix(),
        invoice_prefix: world.random.id_of::<INVOICE_PREFIX_LENGTH>("").to_uppercase(),
        name,
        email,
        phone,
        description,
        metadata,
        deleted: false,
    };
    world.customers.add(customer)
}

/// The values of a customer that a caller can change.
pub(crate) fn values(world: &World, row: u32) -> CustomerValues {
    let Customer { name, email, phone, description, metadata, .. } = &world.customers[row];
    CustomerValues {
        name: name.clone(),
        email: email.clone(),
        phone: phone.clone(),
        description: description.clone(),
        metadata: metadata.clone(),
    }
}

/// Changes the values of a customer.
pub(crate) fn update(world: &mut World, row: u32, new: CustomerValues) {
    let customer = &mut world.customers[row];
    let CustomerValues { name, email, phone, description, metadata } = new;
    (customer.name, customer.email, customer.phone, customer.description) = (name, email, phone, description);
    customer.metadata = metadata;
}

/// Deletes a customer and its data. Its accounts stay linked.
pub(crate) fn delete(world: &mut World, row: u32) {
    update(world, row, CustomerValues::default());
    world.customers[row].deleted = true;
}
