//! `expand[]`: ids in a response that the caller wants as objects.

use serde_json::Value;

use crate::api::error::{ApiError, excerpt};
use crate::api_version::Surface;
use crate::render::customer::render_customer;
use crate::render::holder::render_connected_account;
use crate::render::institution::{institution_name, render_institution};
use crate::render::ownership::render_ownership;
use crate::world::World;

/// The maximum number of levels in a path. `data` of a list counts as one.
const MAX_DEPTH: usize = 4;

/// The type of a rendered value, for expanding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Account,
    AccountHolder,
    Balance,
    ConnectedAccount,
    Customer,
    Authorization,
    Event,
    /// The features of an institution.
    Features,
    InferredBalance,
    Institution,
    List(&'static Shape),
    Owner,
    Ownership,
    SearchResult(&'static Shape),
    Session,
    SessionStatusDetails,
    StatusDetails,
    Transaction,
    WebhookEndpoint,
    /// A member that a path may name and that has nothing to expand.
    Inert,
}

impl Shape {
    /// The member `name`, if a path may go through it in a version of `surface`.
    fn member(self, name: &str, surface: Surface) -> Option<Self> {
        let of_preview = || self.preview_member(name).filter(|_| surface == Surface::Preview);
        self.ga_member(name).or_else(of_preview)
    }

    /// The members that the preview adds.
    fn preview_member(self, name: &str) -> Option<Self> {
        Some(match (self, name) {
            (Self::Account | Self::Authorization, "institution") => Self::Institution,
            (Self::Account, "inferred_balances_refresh") => Self::Inert,
            (Self::Authorization, "account_holder") => Self::AccountHolder,
            (Self::Authorization, "status_details") => Self::StatusDetails,
            (Self::Institution, "features") => Self::Features,
            (Self::Features, "balances" | "ownership" | "payment_method" | "transactions") => Self::Inert,
            (Self::Session, "hosted" | "relink_options" | "relink_result") => Self::Inert,
            (Self::Session, "status_details") => Self::SessionStatusDetails,
            (Self::SessionStatusDetails, "cancelled") => Self::Inert,
            (Self::StatusDetails, "inactive") => Self::Inert,
            _ => return None,
        })
    }

    fn ga_member(self, name: &str) -> Option<Self> {
        Some(match (self, name) {
            (Self::Account, "account_holder") | (Self::Session, "account_holder") => Self::AccountHolder,
            (Self::Account, "balance") => Self::Balance,
            (Self::Account, "ownership") => Self::Ownership,
            (Self::Account, "status_details") => Self::StatusDetails,
            (
                Self::Account,
                "account_numbers" | "balance_refresh" | "ownership_refresh" | "transaction_refresh",
            ) => Self::Inert,
            (Self::AccountHolder, "account") => Self::ConnectedAccount,
            (Self::AccountHolder, "customer") => Self::Customer,
            (Self::Balance, "cash" | "credit") => Self::Inert,
            (Self::Customer, "address" | "default_source" | "discount" | "invoice_settings" | "shipping") => {
                Self::Inert
            }
            (Self::Customer, "test_clock") => Self::Inert,
            (Self::Event, "data" | "request") => Self::Inert,
            (Self::List(element) | Self::SearchResult(element), "data") => *element,
            (Self::SearchResult(_), "total_count") => Self::Inert,
            (Self::Ownership, "owners") => Self::List(&Self::Owner),
            (Self::Session, "accounts") => Self::List(&Self::Account),
            (Self::Session, "bank_account_token" | "filters" | "limits" | "manual_entry") => Self::Inert,
            (Self::StatusDetails, "active") => Self::Inert,
            (Self::Transaction, "status_transitions") => Self::Inert,
            _ => return None,
        })
    }
}

/// Checks that each path exists in `shape`, before the operation runs.
pub(crate) fn check(paths: &[&str], shape: Shape, surface: Surface) -> Result<(), ApiError> {
    paths.iter().try_for_each(|path| check_path(path, shape, surface))
}

fn check_path(path: &str, shape: Shape, surface: Surface) -> Result<(), ApiError> {
    let shown = excerpt(path);
    let depth = path.split('.').count();
    if depth > MAX_DEPTH {
        return Err(ApiError::invalid(format!(
            "You cannot expand more than {MAX_DEPTH} levels of a property ({shown} has {depth})."
        ))
        .code("property_expansion_max_depth"));
    }
    let walk =
        |shape: Shape| path.split('.').try_fold(shape, |shape: Shape, name| shape.member(name, surface));
    if walk(shape).is_some() {
        return Ok(());
    }
    let mut message = format!("This property cannot be expanded ({shown}).");
    if let Shape::List(element) | Shape::SearchResult(element) = shape
        && walk(*element).is_some()
    {
        message.push_str(&format!(" On a list, name it under `data`: data.{shown}."));
    }
    Err(ApiError::invalid(message))
}

/// Replaces the ids at checked `paths` by their objects.
pub(crate) fn apply(response: &mut Value, paths: &[&str], shape: Shape, surface: Surface, world: &World) {
    for path in paths {
        let segments: Vec<&str> = path.split('.').collect();
        apply_path(response, &segments, shape, surface, world);
    }
}

fn apply_path(value: &mut Value, path: &[&str], shape: Shape, surface: Surface, world: &World) {
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| apply_path(item, path, shape, surface, world));
        return;
    }
    if let Value::String(id) = value
        && let Some(object) = render(world, shape, id)
    {
        *value = object;
    }
    if let Some((name, rest)) = path.split_first()
        && let Some(member) = shape.member(name, surface)
        && let Some(value) = value.get_mut(*name)
    {
        apply_path(value, rest, member, surface, world);
    }
}

/// The object with this id, if values of this shape are ids.
fn render(world: &World, shape: Shape, id: &str) -> Option<Value> {
    match shape {
        Shape::ConnectedAccount => Some(render_connected_account(id)),
        Shape::Institution => institution_name(world, id).map(|name| render_institution(world, name)),
        // A deleted customer too: its accounts still name it.
        Shape::Customer => world.customers.find(id).map(|row| render_customer(world, row)),
        Shape::Ownership => world.ownerships.find(id).map(|row| render_ownership(world, row)),
        _ => None,
    }
}
