//! `expand[]`: ids in an answer that the caller wants as objects.

use serde_json::Value;

use crate::error::ApiError;
use crate::world::World;

/// The most levels that a path may have; `data` of a list counts as one.
const MAX_DEPTH: usize = 4;

/// What a rendered value is, as far as expanding goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Account,
    AccountHolder,
    Balance,
    ConnectedAccount,
    Customer,
    Event,
    List(&'static Shape),
    Owner,
    Ownership,
    Session,
    StatusDetails,
    Transaction,
    WebhookEndpoint,
    /// A member that may be named in a path, with nothing to expand in it.
    Inert,
}

impl Shape {
    /// The member `name`, if a path may go through it.
    fn member(self, name: &str) -> Option<Self> {
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
            (Self::List(element), "data") => *element,
            (Self::Ownership, "owners") => Self::List(&Self::Owner),
            (Self::Session, "accounts") => Self::List(&Self::Account),
            (Self::Session, "bank_account_token" | "filters" | "limits" | "manual_entry") => Self::Inert,
            (Self::StatusDetails, "active") => Self::Inert,
            (Self::Transaction, "status_transitions") => Self::Inert,
            _ => return None,
        })
    }
}

/// Refuses paths that `shape` does not have, before anything is done.
pub(crate) fn check(paths: &[&str], shape: Shape) -> Result<(), ApiError> {
    paths.iter().try_for_each(|path| check_path(path, shape))
}

fn check_path(path: &str, shape: Shape) -> Result<(), ApiError> {
    let depth = path.split('.').count();
    if depth > MAX_DEPTH {
        return Err(ApiError::invalid(format!(
            "You cannot expand more than {MAX_DEPTH} levels of a property ({path} has {depth})."
        ))
        .code("property_expansion_max_depth"));
    }
    let walk = |shape: Shape| path.split('.').try_fold(shape, Shape::member);
    if walk(shape).is_some() {
        return Ok(());
    }
    let mut message = format!("This property cannot be expanded ({path}).");
    if let Shape::List(element) = shape
        && walk(*element).is_some()
    {
        message.push_str(&format!(" On a list, name it under `data`: data.{path}."));
    }
    Err(ApiError::invalid(message))
}

/// Replaces the ids at `paths`, which [`check`] let through, by the objects that they name.
pub(crate) fn apply(answer: &mut Value, paths: &[&str], shape: Shape, world: &World) {
    for path in paths {
        let segments: Vec<&str> = path.split('.').collect();
        apply_path(answer, &segments, shape, world);
    }
}

fn apply_path(value: &mut Value, path: &[&str], shape: Shape, world: &World) {
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| apply_path(item, path, shape, world));
        return;
    }
    if let Value::String(id) = value
        && let Some(object) = world.render_by_id(shape, id)
    {
        *value = object;
    }
    if let Some((name, rest)) = path.split_first()
        && let Some(member) = shape.member(name)
        && let Some(value) = value.get_mut(*name)
    {
        apply_path(value, rest, member, world);
    }
}
