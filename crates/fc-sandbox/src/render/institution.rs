//! Institutions of the preview: the test institutions, and every other bank at which an account was linked.

use serde_json::{Value, json};

use crate::bank::institution::{Institution, Outage, institution_id};
use crate::world::World;

pub(crate) const INSTITUTIONS_URL: &str = "/v1/financial_connections/institutions";

/// The names of all institutions that a world knows, the test institutions first.
pub(crate) fn institution_names(world: &World) -> Vec<&str> {
    let mut names: Vec<&str> = Institution::all().iter().map(Institution::name).collect();
    let mut known: std::collections::HashSet<&str> = names.iter().copied().collect();
    for (_, authorization) in world.authorizations.rows() {
        let name = authorization.institution_name.as_str();
        if Institution::named(name).is_none() && known.insert(name) {
            names.push(name);
        }
    }
    names
}

/// The name of the institution with this id.
pub(crate) fn institution_name<'a>(world: &'a World, id: &str) -> Option<&'a str> {
    institution_names(world).into_iter().find(|name| institution_id(name) == id)
}

/// Renders the institution with this name.
pub(crate) fn render_institution(world: &World, name: &str) -> Value {
    let known = Institution::named(name);
    let status = match known.and_then(Institution::outage) {
        Some(Outage::Error) => "degraded",
        Some(Outage::Scheduled | Outage::Unscheduled) => "inactive",
        None if world.faults.has_outage(name) => "inactive",
        None => "active",
    };
    let supported = |is: bool| json!({ "supported": is });
    json!({
        "id": institution_id(name),
        "object": "financial_connections.institution",
        "countries": ["US"],
        "features": {
            "balances": supported(true),
            "ownership": supported(true),
            "payment_method": supported(known.is_none_or(Institution::supports_payments)),
            "transactions": supported(true),
        },
        "livemode": world.livemode,
        "name": name,
        "routing_numbers": known.map(Institution::routing_number).into_iter().collect::<Vec<String>>(),
        "status": status,
        "url": null,
    })
}
