//! The walk over two slices.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::difference::Difference;
use crate::generator::wire;

/// Walks two slices side by side and collects their differences.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) found: Vec<Difference>,
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

    /// A whole item that was added or removed.
    fn whole(&mut self, place: &str, key: &str, old: bool, new: bool) {
        let there = |there: bool| there.then_some(Value::Bool(true));
        self.differ(place, key, there(old).as_ref(), there(new).as_ref());
    }

    pub(super) fn document(&mut self, old: &Value, new: &Value) {
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
                    // A stub only marks where the rest of Stripe begins; `cut` in source.toml lists it.
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
        let thin = "x-thin-event-types";
        each(old.get(thin), new.get(thin), |name, old, new| {
            self.whole(&wire::value(wire::THIN_EVENT_TYPE, name), "value", old.is_some(), new.is_some());
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
                // Serialisation matters only for a parameter of both versions.
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

/// The key `required` of the body.
fn stated(body: Option<&Value>) -> Option<&Value> {
    body.and_then(|body| body.get("required"))
}

/// Serialisation of a parameter or a part of a body, with the defaults of OpenAPI.
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
