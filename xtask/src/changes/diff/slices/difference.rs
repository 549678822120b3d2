//! One difference between two slices, and its meaning.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::changes::change::{ChangeKind, Class};
use crate::generator::markdown::code_span;
use crate::generator::wire;

/// Keys whose change shows in the model, unless nothing of it reached the model.
const STRUCTURE: [&str; 16] = [
    "type",
    "format",
    "nullable",
    "required",
    "enum",
    "$ref",
    "properties",
    "additionalProperties",
    "anyOf",
    "oneOf",
    "allOf",
    "member",
    "value",
    "parameter",
    "operation",
    "schema",
];

/// One difference.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) place: String,
    /// A key of the spec, or one of ours for a whole item that was added or removed: `member`, `value`, `parameter`, `operation`,
    /// `schema`.
    pub(super) key: String,
    pub(super) old: Option<Value>,
    pub(super) new: Option<Value>,
}

/// Meaning of a difference.
pub(super) struct Finding {
    pub(super) class: Class,
    pub(super) kind: ChangeKind,
    pub(super) reason: String,
}

fn finding(class: Class, kind: ChangeKind, reason: impl Into<String>) -> Finding {
    Finding { class, kind, reason: reason.into() }
}

impl Difference {
    pub(super) fn is_structure(&self) -> bool {
        STRUCTURE.contains(&self.key.as_str())
    }

    pub(super) fn judge(&self) -> Finding {
        let key = self.key.as_str();
        match key {
            "maxLength" | "maxItems" | "maximum" | "minLength" | "minItems" | "minimum" | "pattern" => {
                self.judge_constraint()
            }
            "style" | "explode" | "encoding" | "media type" => self.judge_serialisation(),
            "servers" | "security" | "securitySchemes" | "error" => finding(
                Class::BreaksWire,
                ChangeKind::ApiChanged,
                format!("{}. The crates do not change.", self.said()),
            ),
            "value" | "member" | "parameter" | "schema" | "operation" => self.judge_whole(),
            "default" if self.is_request() => finding(
                Class::BreaksWire,
                ChangeKind::DefaultChanged,
                format!("{}: a request without it means something else.", self.said()),
            ),
            "required" if self.is_request() && self.new == Some(true.into()) => finding(
                Class::BreaksWire,
                ChangeKind::MustBeSent,
                "Stripe requires it now; its Rust type does not.",
            ),
            _ if self.rejects_values() => finding(
                Class::BreaksWire,
                ChangeKind::WireTypeChanged,
                format!(
                    "{}. Its Rust type is set by the overlay or shared, and did not change.",
                    self.said()
                ),
            ),
            _ => self.judge_annotation(),
        }
    }

    /// A bound on values. The crates enforce none.
    fn judge_constraint(&self) -> Finding {
        let said = self.said();
        if !self.is_request() {
            let reason = format!("{said}. The crates read any value.");
            return finding(Class::DocsOnly, ChangeKind::ConstraintChanged, reason);
        }
        if self.tightens() {
            let reason = format!("{said}: Stripe rejects values that it accepted before.");
            return finding(Class::BreaksWire, ChangeKind::ConstraintTightened, reason);
        }
        let reason = format!("{said}: Stripe accepts more values than before.");
        finding(Class::Additive, ChangeKind::ConstraintLoosened, reason)
    }

    /// Serialisation of a parameter or a body.
    fn judge_serialisation(&self) -> Finding {
        let said = self.said();
        if matches!(self.key.as_str(), "style" | "explode") && self.is_default_serialisation() {
            let reason = format!("{said}, which is the default: requests stay the same.");
            return finding(Class::DocsOnly, ChangeKind::AnnotationChanged, reason);
        }
        let reason = format!("{said}. The crates write brackets and indices as before.");
        finding(Class::BreaksWire, ChangeKind::SerialisationChanged, reason)
    }

    /// An item that was added or removed without a change of the generated code.
    fn judge_whole(&self) -> Finding {
        let (key, is_gone) = (self.key.as_str(), self.new.is_none());
        if is_gone && self.is_request() && matches!(key, "value" | "member" | "parameter") {
            let reason = "Stripe no longer accepts it; the generated code is the same.";
            return finding(Class::BreaksWire, ChangeKind::NoLongerAccepted, reason);
        }
        let verb = if is_gone { "gone from" } else { "new in" };
        let reason = format!("A {key} {verb} the specification; the generated code is the same.");
        finding(Class::DocsOnly, ChangeKind::SpecificationChanged, reason)
    }

    /// A change of neither code nor wire.
    fn judge_annotation(&self) -> Finding {
        match self.key.as_str() {
            "additionalProperties" if self.is_free_form() => finding(
                Class::DocsOnly,
                ChangeKind::AnnotationChanged,
                "It states that any member is allowed, which is the default.",
            ),
            "title" => finding(
                Class::DocsOnly,
                ChangeKind::TitleChanged,
                "Titles have no effect on the generated code.",
            ),
            _ => finding(
                Class::DocsOnly,
                ChangeKind::AnnotationChanged,
                format!("{}; the generated code is the same.", self.said()),
            ),
        }
    }

    fn is_request(&self) -> bool {
        wire::is_request(&self.place)
    }

    /// Whether a change of this key alone makes one side reject values that the other sends.
    fn rejects_values(&self) -> bool {
        match self.key.as_str() {
            "type" => true,
            "nullable" => self.new == Some(true.into()) && !self.is_request(),
            "additionalProperties" => !self.is_free_form(),
            // Objects of the rest of Stripe are kept as received.
            "$ref" | "anyOf" | "oneOf" | "allOf" => {
                self.is_request() || kinds(self.old.as_ref()) != kinds(self.new.as_ref())
            }
            "format" => [&self.old, &self.new].into_iter().flatten().any(|format| format == "unix-time"),
            _ => false,
        }
    }

    /// Any member may follow unless the spec says otherwise.
    fn is_free_form(&self) -> bool {
        [&self.old, &self.new]
            .into_iter()
            .all(|value| value.as_ref().is_none_or(|value| *value == Value::Bool(true)))
    }

    fn tightens(&self) -> bool {
        let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64);
        match (self.key.starts_with("max"), number(&self.old), number(&self.new)) {
            (true, old, new) => new.unwrap_or(f64::INFINITY) < old.unwrap_or(f64::INFINITY),
            (false, None, None) => self.new.is_some(),
            (false, old, new) => new.unwrap_or(f64::NEG_INFINITY) > old.unwrap_or(f64::NEG_INFINITY),
        }
    }

    /// `form` parameters are exploded unless they say otherwise, all others are not.
    fn is_default_serialisation(&self) -> bool {
        let effective = |value: &Option<Value>| match value {
            Some(Value::Array(stated)) => stated.clone(),
            _ => Vec::new(),
        };
        effective(&self.old) == effective(&self.new)
    }

    fn said(&self) -> String {
        let text = |value: &Value| match value {
            Value::String(text) => code_span(text),
            other => code_span(&other.to_string()),
        };
        let key = &self.key;
        if key == "explode" || key == "style" {
            return format!("`{key}` is stated");
        }
        match (&self.old, &self.new) {
            (None, Some(new)) => format!("`{key}` is now {}", text(new)),
            (Some(old), None) => format!("`{key}` is no longer {}", text(old)),
            (Some(old), Some(new)) => format!("`{key}` was {} and is {}", text(old), text(new)),
            (None, None) => String::new(),
        }
    }
}

/// JSON types that a choice allows. All resources count as one, because they are kept as received.
fn kinds(choice: Option<&Value>) -> BTreeSet<String> {
    let branches = match choice {
        Some(Value::Array(branches)) => branches.as_slice(),
        Some(_) => return BTreeSet::from(["object".to_owned()]),
        None => &[],
    };
    let kind = |branch: &Value| branch.get("type").and_then(Value::as_str).unwrap_or("object").to_owned();
    branches.iter().map(kind).collect()
}
