//! Customers.

use serde_json::{Value, json};

use crate::model::customer::Customer;
use crate::world::World;

pub(crate) fn render_customer(world: &World, row: u32) -> Value {
    let Customer { id, created, invoice_prefix, name, email, phone, description, metadata, deleted } =
        &world.customers[row];
    if *deleted {
        return json!({ "id": id, "object": "customer", "deleted": true });
    }
    json!({
        "id": id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": created,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": description,
        "discount": null,
        "email": email,
        "invoice_prefix": invoice_prefix,
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": world.livemode,
        "metadata": metadata,
        "name": name,
        "next_invoice_sequence": 1,
        "phone": phone,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}
