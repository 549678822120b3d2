//! Changes between two versions of the API, in the crates and on the wire.
//!
//! The models show every change of a public item, because the crates are rendered from nothing else. The slices show the rest:
//! changes on the wire that leave the code the same, and annotations.

mod covered;
mod fields;
mod items;
mod operations;
mod rename;
mod slices;
mod types;
mod values;

use serde_json::Value;

use super::change::{Change, ChangeKind, Class};
use crate::generator::model::Model;
use crate::spec::provenance::has_sdk_view;

/// One version of the API: its slice and its model.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The slice.
    pub slice: &'a Value,
    /// The model of the crates that are generated from it.
    pub model: &'a Model,
}

/// Every change, sorted by severity, Rust path and wire path.
#[must_use]
pub fn compare(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let mut changes = types::compare(old.model, new.model);
    changes.extend(operations::compare(old.model, new.model));
    let rest = slices::compare(old.slice, new.slice, &changes);
    changes.extend(rest);
    if !is_comparable_in_absence(old, new) {
        changes.retain(|change| change.class != Class::DocsOnly || change.kind != ChangeKind::AbsenceChanged);
    }
    rename::suggest(&mut changes, old.model, new.model);
    changes.sort_by(|a, b| (a.class, &a.rust, &a.wire, a.kind).cmp(&(b.class, &b.rust, &b.wire, b.kind)));
    changes
}

/// Whether both sides say which fields are always sent but may be null. Only the SDK spec says so: if one side lacks it, every
/// such field would seem to have changed.
#[must_use]
pub fn is_comparable_in_absence(old: Side<'_>, new: Side<'_>) -> bool {
    has_sdk_view(old.slice) == has_sdk_view(new.slice)
}
