//! What changes between two versions of the API, for those who call the crates and on the wire.
//!
//! Two readings of the same pair are laid over each other. The models say what callers see: every change of a public item is
//! found there, because the crates are rendered from nothing else. The slices say the rest: what changes on the wire although
//! the code stays the same, and what changes nowhere.

mod operations;
mod rename;
mod slices;
mod types;

use std::collections::HashSet;

use serde_json::Value;

use crate::model::Model;
use crate::slice::has_sdk_view;
use crate::wire;

/// What a change means, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Code that uses the item no longer compiles.
    BreaksCallers,
    /// Code compiles as before, but what it sends or is sent may be refused or mean something else.
    BreaksWire,
    /// Something new, which code that does not use it does not notice.
    Additive,
    /// Documentation, or what the specification says of itself.
    DocsOnly,
}

impl Class {
    /// All of them, the gravest first.
    pub const ALL: [Self; 4] = [Self::BreaksCallers, Self::BreaksWire, Self::Additive, Self::DocsOnly];

    /// As a person reads it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BreaksCallers => "breaking for callers",
            Self::BreaksWire => "breaking on the wire",
            Self::Additive => "additive",
            Self::DocsOnly => "docs only",
        }
    }
}

/// Every kind of change, in order.
pub const KINDS: [&str; 51] = [
    "API changed",
    "absence changed",
    "annotation changed",
    "arguments changed",
    "arguments reordered",
    "constraint changed",
    "constraint loosened",
    "constraint tightened",
    "constructor added",
    "constructor removed",
    "default changed",
    "documentation changed",
    "event object added",
    "event object removed",
    "field added",
    "field became nullable",
    "field became optional",
    "field became required",
    "field removed",
    "field type changed",
    "idempotency key removed",
    "identity changed",
    "must be sent",
    "no longer accepted",
    "object constant added",
    "object constant changed",
    "object constant removed",
    "operation added",
    "operation removed",
    "paging added",
    "paging removed",
    "parameter added",
    "parameter became required",
    "parameter removed",
    "parameter type changed",
    "placeholder renamed",
    "required field added",
    "required parameter added",
    "result changed",
    "route changed",
    "serialisation changed",
    "specification changed",
    "title changed",
    "type added",
    "type changed",
    "type removed",
    "value added",
    "value removed",
    "wire name changed",
    "wire type changed",
    "wire value changed",
];

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it means.
    pub class: Class,
    /// What happened to what: `field removed`. One of [`KINDS`].
    pub kind: &'static str,
    /// The Rust items that are affected, as paths: `fc_types::Session::client_secret`. The first one names the change.
    pub rust: Vec<String>,
    /// The places of the spec, as [wire paths](crate::wire). The first one names the change.
    pub wire: Vec<String>,
    /// What is different, and why that has this class.
    pub reason: String,
    /// What a caller must change; empty where there is nothing to do.
    pub migration: String,
    /// What the item may now be called. Found by likeness; a person decides.
    pub rename_candidate: Option<String>,
    /// Whether a payload that was recorded before may no longer decode.
    pub refuses_older_payloads: bool,
}

impl Change {
    fn new(class: Class, kind: &'static str, rust: impl Into<String>, wire: &[String]) -> Self {
        Self {
            class,
            kind,
            rust: vec![rust.into()],
            wire: wire.to_vec(),
            reason: String::new(),
            migration: String::new(),
            rename_candidate: None,
            refuses_older_payloads: false,
        }
    }

    fn also(mut self, items: impl IntoIterator<Item = String>) -> Self {
        self.rust.extend(items);
        self
    }

    fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    fn migrate(mut self, migration: impl Into<String>) -> Self {
        self.migration = migration.into();
        self
    }

    fn refusing_older_payloads(mut self, refuses: bool) -> Self {
        self.refuses_older_payloads = refuses;
        self
    }

    /// Whether the whole of something came or went, so that nothing in it need be named again.
    fn is_whole(&self) -> bool {
        let (what, happened) = self.kind.rsplit_once(' ').unwrap_or_default();
        matches!(happened, "added" | "removed")
            && matches!(
                what,
                "type"
                    | "field"
                    | "required field"
                    | "required parameter"
                    | "value"
                    | "operation"
                    | "parameter"
            )
    }
}

/// One version of the API: a slice, and what the crates make of it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The slice.
    pub slice: &'a Value,
    /// The model of the crates that are generated from it.
    pub model: &'a Model,
}

/// Everything that changes, sorted: the gravest first, then by Rust path and wire path.
#[must_use]
pub fn compare(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let mut changes = types::compare(old.model, new.model);
    changes.extend(operations::compare(old.model, new.model));
    let rest = slices::compare(old.slice, new.slice, &changes);
    changes.extend(rest);
    if !is_comparable_in_absence(old, new) {
        changes.retain(|change| change.class != Class::DocsOnly || change.kind != types::ABSENCE);
    }
    rename::suggest(&mut changes, old.model, new.model);
    changes.sort_by(|a, b| (a.class, &a.rust, &a.wire, a.kind).cmp(&(b.class, &b.rust, &b.wire, b.kind)));
    changes
}

/// Whether both sides say which fields are always sent though perhaps null. Only Stripe's SDK spec says so: where one side
/// came without it, every such field would seem to have changed.
#[must_use]
pub fn is_comparable_in_absence(old: Side<'_>, new: Side<'_>) -> bool {
    has_sdk_view(old.slice) == has_sdk_view(new.slice)
}

/// The places of which some changes speak.
#[derive(Debug, Default)]
struct Told<'a> {
    exactly: HashSet<&'a str>,
    whole: HashSet<&'a str>,
}

impl<'a> Told<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let places = |changes: &mut dyn Iterator<Item = &'a Change>| {
            changes.flat_map(|change| change.wire.iter().map(String::as_str)).collect()
        };
        Self {
            exactly: places(&mut changes.iter()),
            whole: places(&mut changes.iter().filter(|change| change.is_whole())),
        }
    }

    /// Whether a change speaks of this place, or the whole of something came or went that it is part of.
    fn has(&self, place: &str) -> bool {
        // The values of a field are part of what it is.
        let field = place.split_once(" = ").map_or(place, |(field, _)| field);
        self.exactly.contains(place)
            || self.exactly.contains(field)
            || wire::holders(place).any(|holder| self.whole.contains(holder))
    }

    /// Whether this very place came or went.
    fn is_whole(&self, place: &str) -> bool {
        self.whole.contains(place)
    }
}
