//! What the slices say and the models do not: constraints, serialisation, annotations, and changes under a type that the
//! overlay set. Nothing that differs between two slices is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Change, Class, Told};
use crate::wire;

/// Keys whose change is one of the model, unless nothing of it reached the model.
const STRUCTURE: [&str; 8] =
    ["type", "format", "nullable", "required", "enum", "$ref", "properties", "additionalProperties"];

/// Every difference of the slices of which none of the changes speaks.
pub(super) fn compare(old: &Value, new: &Value, changes: &[Change]) -> Vec<Change> {
    let mut walk = Walk::default();
    walk.document(old, new);
    let told = Told::of(changes);
    let mut groups: BTreeMap<(Class, &'static str, String), Vec<String>> = BTreeMap::new();
    let mut singles = Vec::new();
    for difference in walk.found {
        if difference.is_structure() && told.has(&difference.place) {
            continue;
        }
        if told.is_whole(&difference.place) {
            continue;
        }
        let (class, kind, reason) = difference.judge();
        match class {
            // One line for what is said of many places alike.
            Class::DocsOnly => groups.entry((class, kind, reason)).or_default().push(difference.place),
            _ => singles.push(difference.into_change(class, kind, reason)),
        }
    }
    let grouped = groups.into_iter().map(|((class, kind, reason), wire)| {
        let mut change = Change::new(class, kind, String::new(), &wire).because(reason);
        change.rust.clear();
        change
    });
    singles.into_iter().chain(grouped).collect()
}

/// One difference.
#[derive(Debug)]
struct Difference {
    place: String,
    key: String,
    old: Option<Value>,
    new: Option<Value>,
}

impl Difference {
    fn is_structure(&self) -> bool {
        STRUCTURE.contains(&self.key.as_str())
            || matches!(
                self.key.as_str(),
                "anyOf" | "oneOf" | "allOf" | "member" | "value" | "parameter" | "operation" | "schema"
            )
    }

    fn judge(&self) -> (Class, &'static str, String) {
        let request = wire::is_request(&self.place);
        let (key, said) = (self.key.as_str(), self.said());
        match key {
            "maxLength" | "maxItems" | "maximum" | "minLength" | "minItems" | "minimum" | "pattern" => {
                if !request {
                    return (
                        Class::DocsOnly,
                        "constraint changed",
                        format!("{said}. The crates read any value."),
                    );
                }
                match self.tightens() {
                    true => (
                        Class::BreaksWire,
                        "constraint tightened",
                        format!("{said}: Stripe refuses what it took before."),
                    ),
                    false => (
                        Class::Additive,
                        "constraint loosened",
                        format!("{said}: Stripe takes more than before."),
                    ),
                }
            }
            "style" | "explode" if self.is_default_serialisation() => (
                Class::DocsOnly,
                "annotation changed",
                format!("{said}, which is the default: nothing travels otherwise."),
            ),
            "style" | "explode" | "encoding" | "media type" => (
                Class::BreaksWire,
                "serialisation changed",
                format!("{said}. The crates write brackets and indices as before."),
            ),
            "default" if request => (
                Class::BreaksWire,
                "default changed",
                format!("{said}: leaving it out means something else."),
            ),
            "required" if request && self.new == Some(true.into()) => (
                Class::BreaksWire,
                "must be sent",
                "It must be sent, although its Rust type does not ask for it.".to_owned(),
            ),
            "servers" | "security" | "securitySchemes" | "error" => {
                (Class::BreaksWire, "API changed", format!("{said}. The crates do as before."))
            }
            "type"
            | "nullable"
            | "anyOf"
            | "oneOf"
            | "$ref"
            | "format"
            | "additionalProperties"
            | "allOf"
                if self.may_refuse(key) =>
            {
                (
                    Class::BreaksWire,
                    "wire type changed",
                    format!("{said}. Its Rust type is set by the overlay or shared, and did not follow."),
                )
            }
            "value" | "member" | "parameter" if self.new.is_none() && request => (
                Class::BreaksWire,
                "no longer accepted",
                "Stripe no longer takes it; the generated code is the same.".to_owned(),
            ),
            "value" | "member" | "parameter" | "schema" | "operation" => {
                let (what, verb) = (key, if self.new.is_none() { "gone from" } else { "new in" });
                (
                    Class::DocsOnly,
                    "specification changed",
                    format!("A {what} {verb} the specification; the generated code is the same."),
                )
            }
            "additionalProperties" if self.is_free_form() => (
                Class::DocsOnly,
                "annotation changed",
                "That any member may follow is stated; it is the default.".to_owned(),
            ),
            "title" => (Class::DocsOnly, "title changed", "Titles name no type here.".to_owned()),
            _ => (Class::DocsOnly, "annotation changed", format!("{said}; the generated code is the same.")),
        }
    }

    /// Whether a change of this key alone makes values be refused that were taken, or the other way round.
    fn may_refuse(&self, key: &str) -> bool {
        match key {
            "nullable" => self.new == Some(true.into()) && !wire::is_request(&self.place),
            "additionalProperties" => !self.is_free_form(),
            // Objects of the rest of Stripe are read as they come.
            "$ref" | "anyOf" | "oneOf" | "allOf" => {
                wire::is_request(&self.place) || kinds(self.old.as_ref()) != kinds(self.new.as_ref())
            }
            "format" => [&self.old, &self.new].into_iter().flatten().any(|format| format == "unix-time"),
            _ => true,
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
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let key = &self.key;
        if key == "explode" || key == "style" {
            return format!("`{key}` is stated");
        }
        match (&self.old, &self.new) {
            (None, Some(new)) => format!("`{key}` is now `{}`", text(new)),
            (Some(old), None) => format!("`{key}` is no longer `{}`", text(old)),
            (Some(old), Some(new)) => format!("`{key}` was `{}` and is `{}`", text(old), text(new)),
            (None, None) => String::new(),
        }
    }

    fn into_change(self, class: Class, kind: &'static str, reason: String) -> Change {
        let migration = match class {
            Class::BreaksWire => "Nothing in code that compiles; look at what the program sends and stores.",
            _ => "",
        };
        let mut change =
            Change::new(class, kind, String::new(), &[self.place]).because(reason).migrate(migration);
        change.rust.clear();
        change
    }
}

/// What kinds of JSON a choice allows; which resource it is does not matter where it is read as it comes.
fn kinds(choice: Option<&Value>) -> BTreeSet<String> {
    let branches = match choice {
        Some(Value::Array(branches)) => branches.as_slice(),
        Some(_) => return BTreeSet::from(["object".to_owned()]),
        None => &[],
    };
    let kind = |branch: &Value| branch.get("type").and_then(Value::as_str).unwrap_or("object").to_owned();
    branches.iter().map(kind).collect()
}

#[derive(Default)]
struct Walk {
    found: Vec<Difference>,
}

impl Walk {
    fn differ(&mut self, place: &str, key: &str, old: Option<&Value>, new: Option<&Value>) {
        if old != new {
            self.found.push(Difference {
                place: place.to_owned(),
                key: key.to_owned(),
                old: old.cloned(),
                new: new.cloned(),
            });
        }
    }

    /// Something that came or went as a whole.
    fn whole(&mut self, place: &str, key: &str, old: bool, new: bool) {
        let there = |there: bool| there.then_some(Value::Bool(true));
        self.differ(place, key, there(old).as_ref(), there(new).as_ref());
    }

    fn document(&mut self, old: &Value, new: &Value) {
        for key in ["servers", "security"] {
            self.differ(key, key, old.get(key), new.get(key));
        }
        each(old.get("paths"), new.get("paths"), |path, old, new| {
            each(old, new, |method, old, new| self.operation(&wire::operation(method, path), old, new));
        });
        let components = |document: &'_ Value| document.get("components").cloned().unwrap_or_default();
        let (old_components, new_components) = (components(old), components(new));
        each(Some(&old_components), Some(&new_components), |kind, old, new| {
            each(old, new, |name, old, new| match (kind, old, new) {
                ("schemas", Some(old), Some(new)) => self.schema(name, old, new),
                ("schemas", old, new) => {
                    // A stub says only that the rest of Stripe begins there; `cut` in source.toml lists it.
                    let is_stub =
                        [old, new].into_iter().flatten().any(|schema| schema.get("x-cut").is_some());
                    if !is_stub {
                        self.whole(name, "schema", old.is_some(), new.is_some());
                    }
                }
                (kind, old, new) => self.differ(name, kind, old, new),
            });
        });
        let events = "x-webhook-event-types";
        each(old.get(events), new.get(events), |name, old, new| match (old, new) {
            (Some(old), Some(new)) => self.differ(
                &wire::value(wire::EVENT_TYPE, name),
                "object",
                old.get("object"),
                new.get("object"),
            ),
            (old, new) => {
                self.whole(&wire::value(wire::EVENT_TYPE, name), "value", old.is_some(), new.is_some());
            }
        });
    }

    fn operation(&mut self, place: &str, old: Option<&Value>, new: Option<&Value>) {
        let (Some(old), Some(new)) = (old, new) else {
            return self.whole(place, "operation", old.is_some(), new.is_some());
        };
        each(Some(old), Some(new), |key, old, new| match key {
            "parameters" => {
                let (old, new) = (by_name(old), by_name(new));
                let names: BTreeSet<&&str> = old.keys().chain(new.keys()).collect();
                for name in names {
                    let place = wire::parameter(place, name);
                    match (old.get(*name), new.get(*name)) {
                        (Some(old), Some(new)) => self.parameter(&place, old, new),
                        (old, new) => self.whole(&place, "parameter", old.is_some(), new.is_some()),
                    }
                }
            }
            "requestBody" => self.body(place, old, new),
            "responses" => each(old, new, |status, old, new| {
                let schema = |response: Option<&Value>| {
                    response
                        .and_then(|response| response.pointer("/content/application~1json/schema"))
                        .cloned()
                };
                match (schema(old), schema(new)) {
                    (Some(old), Some(new)) if status.starts_with('2') => self.schema(place, &old, &new),
                    (old, new) => {
                        self.differ(&format!("{place} {status}"), "error", old.as_ref(), new.as_ref());
                    }
                }
            }),
            key => self.differ(place, key, old, new),
        });
    }

    fn parameter(&mut self, place: &str, old: &Value, new: &Value) {
        for key in ["style", "explode"] {
            if old.get(key) != new.get(key) {
                let (a, b) = (serialisation(old), serialisation(new));
                self.found.push(Difference {
                    place: place.to_owned(),
                    key: key.to_owned(),
                    old: Some(a),
                    new: Some(b),
                });
            }
        }
        each(Some(old), Some(new), |key, old, new| match (key, old, new) {
            ("style" | "explode", _, _) => {}
            ("schema", Some(old), Some(new)) => self.schema(place, old, new),
            (key, old, new) => self.differ(place, key, old, new),
        });
    }

    fn body(&mut self, place: &str, old: Option<&Value>, new: Option<&Value>) {
        let content = |body: Option<&Value>| body.and_then(|body| body.get("content")).cloned();
        each(content(old).as_ref(), content(new).as_ref(), |media_type, old, new| {
            let (Some(old), Some(new)) = (old, new) else {
                return self.differ(place, "media type", old.map(|_| &Value::Null), Some(&media_type.into()));
            };
            each(old.get("encoding"), new.get("encoding"), |name, old, new| {
                let place = wire::member(place, name);
                // How a parameter is written matters where it is there before and after.
                if let (Some(old), Some(new)) = (old, new) {
                    self.differ(&place, "encoding", Some(&serialisation(old)), Some(&serialisation(new)));
                }
            });
            if let (Some(old), Some(new)) = (old.get("schema"), new.get("schema")) {
                self.schema(place, old, new);
            }
        });
        self.differ(place, "requestBody", stated(old), stated(new));
    }

    fn schema(&mut self, place: &str, old: &Value, new: &Value) {
        each(Some(old), Some(new), |key, old, new| match (key, old, new) {
            ("properties", Some(old), Some(new)) => each(Some(old), Some(new), |name, old, new| {
                let place = wire::member(place, name);
                match (old, new) {
                    (Some(old), Some(new)) => self.schema(&place, old, new),
                    (old, new) => self.whole(&place, "member", old.is_some(), new.is_some()),
                }
            }),
            ("required", old, new) => {
                let (old, new) = (names(old), names(new));
                for name in old.symmetric_difference(&new) {
                    let there = |set: &BTreeSet<&str>| Value::Bool(set.contains(name));
                    self.differ(
                        &wire::member(place, name),
                        "required",
                        Some(&there(&old)),
                        Some(&there(&new)),
                    );
                }
            }
            ("enum", old, new) => {
                let (old, new) = (names(old), names(new));
                for name in old.symmetric_difference(&new) {
                    self.whole(&wire::value(place, name), "value", old.contains(name), new.contains(name));
                }
            }
            ("items", Some(old), Some(new)) => self.schema(&wire::item(place), old, new),
            ("additionalProperties", Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                self.schema(&wire::entry(place), old, new);
            }
            ("anyOf", Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
                for (old, new) in a.iter().zip(b) {
                    match (old.get("$ref"), new.get("$ref")) {
                        (None, None) => self.schema(place, old, new),
                        _ => self.differ(place, "anyOf", Some(old), Some(new)),
                    }
                }
            }
            ("x-expandableFields", old, new) => {
                let (old, new) = (names(old), names(new));
                for name in old.symmetric_difference(&new) {
                    self.differ(
                        &wire::member(place, name),
                        "expandable",
                        Some(&old.contains(name).into()),
                        Some(&new.contains(name).into()),
                    );
                }
            }
            (key, old, new) => self.differ(place, key, old, new),
        });
    }
}

/// What the body says of itself beside its content.
fn stated(body: Option<&Value>) -> Option<&Value> {
    body.and_then(|body| body.get("required"))
}

/// How a parameter or a part of a body is written, with the defaults that OpenAPI gives.
fn serialisation(item: &Value) -> Value {
    let by_place = match item.get("in").and_then(Value::as_str) {
        Some("path" | "header") => "simple",
        _ => "form",
    };
    let style = item.get("style").and_then(Value::as_str).unwrap_or(by_place);
    let explode = item.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
    serde_json::json!([style, explode])
}

fn by_name(parameters: Option<&Value>) -> BTreeMap<&str, &Value> {
    let parameters = parameters.and_then(Value::as_array).into_iter().flatten();
    parameters.filter_map(|parameter| Some((parameter.get("name")?.as_str()?, parameter))).collect()
}

fn names(list: Option<&Value>) -> BTreeSet<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Visits the keys of both objects.
fn each<'a>(
    old: Option<&'a Value>,
    new: Option<&'a Value>,
    mut visit: impl FnMut(&str, Option<&'a Value>, Option<&'a Value>),
) {
    let empty = Map::new();
    let map = |value: Option<&'a Value>| value.and_then(Value::as_object);
    let (old, new) = (map(old), map(new));
    let keys: BTreeSet<&String> = old.unwrap_or(&empty).keys().chain(new.unwrap_or(&empty).keys()).collect();
    for key in keys {
        visit(key, old.and_then(|map| map.get(key)), new.and_then(|map| map.get(key)));
    }
}
