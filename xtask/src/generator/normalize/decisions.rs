//! Decisions that a spec asks for: what is new and was generated, or left out, without an answer of the overlay.
//!
//! They do not stop an update, only a release. The overlay answers with the key that belongs to the kind, or accepts what was
//! generated: `x-accepted: [text id]` beside the place.

use std::fmt;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

/// The overlay's key that accepts what was generated.
const ACCEPTED: &str = "x-accepted";

/// What the overlay has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionKind {
    /// An expandable field whose id has no type.
    TextId,
    /// A text in a format that no type stands for.
    Format,
    /// A value of an enum whose name is taken by the catch-all variant.
    ValueName,
    /// A field whose name is taken by the field for unknown fields.
    FieldName,
    /// A type whose name is taken by hand-written code, generated code or Rust's prelude.
    TypeName,
    /// An object with more fields than fc-types takes.
    Width,
    /// A choice of types.
    Choice,
    /// A parameter that is neither in the path nor in the query.
    Parameter,
    /// A method that fc-client does not send.
    Method,
    /// A body that is no form.
    Body,
    /// A success without a JSON value.
    Success,
    /// An event whose object has no type.
    Payload,
    /// No event types at all.
    NoEvents,
}

impl DecisionKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::TextId,
        Self::Format,
        Self::ValueName,
        Self::FieldName,
        Self::TypeName,
        Self::Width,
        Self::Choice,
        Self::Parameter,
        Self::Method,
        Self::Body,
        Self::Success,
        Self::Payload,
        Self::NoEvents,
    ];

    /// Its name in reports and in `x-accepted`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TextId => "text id",
            Self::Format => "format",
            Self::ValueName => "value name",
            Self::FieldName => "field name",
            Self::TypeName => "type name",
            Self::Width => "width",
            Self::Choice => "choice",
            Self::Parameter => "parameter",
            Self::Method => "method",
            Self::Body => "body",
            Self::Success => "success",
            Self::Payload => "payload",
            Self::NoEvents => "no events",
        }
    }

    /// What the overlay can do besides accepting.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::TextId => "set the type of the id as `x-rust-type`",
            Self::Format => "set a type of fc-types as `x-rust-type`",
            Self::ValueName => "name the variant with `x-enum-names`",
            Self::FieldName => "nothing else is possible",
            Self::TypeName => "name the type with `x-rust-name`",
            Self::Width => "describe the fields that matter, or remove others",
            Self::Choice => "set a type of fc-types as `x-rust-type`",
            Self::Parameter | Self::Method | Self::Body | Self::Success => "teach fc-client the call first",
            Self::Payload => "describe the object in the slice, or set `object`",
            Self::NoEvents => "look for them in the spec for SDKs",
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// The [wire path](crate::generator::wire) of the place.
    pub wire: String,
    /// What is to be decided.
    pub kind: DecisionKind,
    /// What was generated, or left out.
    pub outcome: String,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, remedy) = (self.kind.as_str(), self.kind.remedy());
        write!(f, "{}: {} ({kind}: {remedy}, or accept it)", self.wire, self.outcome)
    }
}

/// The decisions found so far.
#[derive(Debug, Default)]
pub(super) struct Decisions(Vec<Decision>);

impl Decisions {
    /// Adds a decision, unless the overlay accepted what was generated. `place` is the node that the overlay would mark.
    pub(super) fn add(
        &mut self,
        place: &Map<String, Value>,
        kind: DecisionKind,
        wire: &str,
        outcome: impl Into<String>,
    ) {
        if !accepted(place).any(|name| name == kind.as_str()) {
            self.0.push(Decision { wire: wire.to_owned(), kind, outcome: outcome.into() });
        }
    }

    /// The decisions in the order of their places, each once.
    pub(super) fn into_sorted(mut self) -> Vec<Decision> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

/// The kinds that the overlay accepted at a place.
fn accepted(place: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let listed = place.get(ACCEPTED).and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str)
}

/// Refuses an `x-accepted` that accepts nothing, because it is misspelt.
pub(super) fn check(document: &Value) -> Result<()> {
    match document {
        Value::Object(map) => {
            // A member of the API may have this name; its value is an object then.
            if let Some(list) = map.get(ACCEPTED).filter(|list| !list.is_object()) {
                let known: Vec<&str> = DecisionKind::ALL.iter().map(|kind| kind.as_str()).collect();
                let is_known = |item: &Value| item.as_str().is_some_and(|name| known.contains(&name));
                if !list.as_array().is_some_and(|items| items.iter().all(is_known)) {
                    bail!("`{ACCEPTED}` is {list}; it is a list of these: {}", known.join(", "));
                }
            }
            map.values().try_for_each(check)
        }
        Value::Array(items) => items.iter().try_for_each(check),
        _ => Ok(()),
    }
}
