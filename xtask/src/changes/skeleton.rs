//! Overlay text to fill in, with one action for each place that lacks a description.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::generator::markdown::is_control;
use crate::generator::normalize::Gap;
use crate::generator::wire;

/// Placeholder of a description.
const BLANK: &str = "TODO";

/// YAML for the list `actions`, with an action for each place; empty if no place lacks a description.
pub(super) fn skeleton(slice: &Value, gaps: &[Gap]) -> String {
    let mut actions: BTreeMap<String, (bool, Vec<&str>)> = BTreeMap::new();
    for gap in gaps {
        if let Some(event) = gap.wire.strip_prefix("event ") {
            let thin = slice.get("x-thin-event-types").is_some_and(|types| types.get(event).is_some());
            let map = if thin { "x-thin-event-types" } else { "x-webhook-event-types" };
            actions.entry(format!("$['{map}'][{}]", quoted(event))).or_default().0 = true;
            continue;
        }
        let (place, value) = match gap.wire.split_once(" = ") {
            Some((place, value)) => (place, Some(value)),
            None => (gap.wire.as_str(), None),
        };
        let Some(target) = target(slice, place) else { continue };
        let action = actions.entry(target).or_default();
        match value {
            Some(value) => action.1.push(value),
            None => action.0 = true,
        }
    }
    let mut text = String::new();
    for (target, (described, values)) in actions {
        text.push_str(&format!("  - target: {}\n    update:\n", scalar(&target)));
        if described {
            text.push_str(&format!("      description: {BLANK}\n"));
        }
        if !values.is_empty() {
            text.push_str("      x-enum-descriptions:\n");
            for value in values {
                text.push_str(&format!("        {}: {BLANK}\n", json_string(value)));
            }
        }
    }
    text
}

/// JSONPath of a wire path.
fn target(slice: &Value, place: &str) -> Option<String> {
    let mut words = place.splitn(3, ' ');
    let (first, route, part) = (words.next()?, words.next(), words.next());
    let Some(route) = route else { return component(slice, first) };
    let method = first.to_lowercase();
    let operation = slice.get("paths")?.get(route)?.get(&method)?;
    let base = format!("$.paths[{}].{method}", quoted(route));
    match part {
        None => Some(base),
        Some(query) if query.starts_with('?') => {
            let parts = bracketed(&query[1..]);
            let name = parts.first()?;
            let parameters = operation.get("parameters")?.as_array()?;
            let parameter = parameters.iter().find(|parameter| parameter["name"] == **name)?;
            let base = format!("{base}.parameters[?(@.name == {})]", quoted(name));
            if parts.len() == 1 {
                return Some(base);
            }
            members(parameter.get("schema")?, format!("{base}.schema"), &parts[1..])
        }
        Some(body) => {
            let content = operation.get("requestBody")?.get("content")?.as_object()?;
            let schema = content.values().next()?.get("schema")?;
            members(schema, format!("{base}.requestBody.content[*].schema"), &bracketed(body))
        }
    }
}

/// Names of components contain dots, so the longest existing name is the component.
fn component(slice: &Value, place: &str) -> Option<String> {
    let schemas = slice.pointer("/components/schemas")?.as_object()?;
    let fits = |name: &&String| wire::is_within(place, name);
    let name = schemas.keys().filter(fits).max_by_key(|name| name.len())?;
    let rest = place[name.len()..].replace("[]", ".[]").replace("{}", ".{}");
    let parts: Vec<&str> = rest.split('.').filter(|part| !part.is_empty()).collect();
    members(&schemas[name], format!("$.components.schemas[{}]", quoted(name)), &parts)
}

/// `filters[countries][]` as `filters`, `countries`, `[]`.
fn bracketed(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in text.split('[') {
        match part.strip_suffix(']') {
            Some("") => parts.push("[]"),
            Some(name) => parts.push(name),
            None => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// JSONPath of a part of a schema. In a choice of schemas it is the one that has the member.
fn members(schema: &Value, base: String, parts: &[&str]) -> Option<String> {
    let Some((first, rest)) = parts.split_first() else { return Some(base) };
    let key = match *first {
        "[]" => "items",
        "{}" => "additionalProperties",
        name => {
            if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
                return members(property, format!("{base}.properties[{}]", quoted(name)), rest);
            }
            let branches = schema.get("anyOf")?.as_array()?;
            let found =
                |(index, branch): (usize, &Value)| members(branch, format!("{base}.anyOf[{index}]"), parts);
            return branches.iter().enumerate().find_map(found);
        }
    };
    members(schema.get(key)?, format!("{base}.{key}"), rest)
}

/// A name as a string of JSONPath, with control characters as JSON escapes.
fn quoted(name: &str) -> String {
    let json = json_string(name);
    format!("'{}'", json[1..json.len() - 1].replace("\\\"", "\"").replace('\'', "\\'"))
}

/// A JSONPath as a value of YAML: plain where YAML reads it as it is.
fn scalar(target: &str) -> String {
    let is_plain = !target.contains(": ") && !target.contains(" #") && !target.ends_with([':', ' ']);
    if is_plain { target.to_owned() } else { json_string(target) }
}

/// A string of JSON in which every control character is an escape.
fn json_string(text: &str) -> String {
    let mut json = String::new();
    for c in serde_json::Value::from(text).to_string().chars() {
        if is_control(c) {
            json.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            json.push(c);
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slice() -> Value {
        json!({
            "paths": {"/v1/x": {"post": {
                "parameters": [{"name": "at", "schema": {"anyOf": [{"properties": {"gt": {}}}, {"type": "integer"}]}}],
                "requestBody": {"content": {"form": {"schema": {"properties": {"a": {"items": {"properties": {"b": {}}}}}}}}},
            }}},
            "x-thin-event-types": {"v1.x.y": {}},
            "components": {"schemas": {
                "x": {"properties": {"account": {}}},
                "x.account": {"properties": {"map": {"additionalProperties": {}}}},
            }},
        })
    }

    fn at(place: &str) -> Option<String> {
        target(&slice(), place)
    }

    #[test]
    fn every_form_of_a_wire_path_leads_to_its_node() {
        for (place, expected) in [
            ("x.account", "$.components.schemas['x.account']"),
            ("x.account.map{}", "$.components.schemas['x.account'].properties['map'].additionalProperties"),
            ("POST /v1/x", "$.paths['/v1/x'].post"),
            ("POST /v1/x ?at", "$.paths['/v1/x'].post.parameters[?(@.name == 'at')]"),
            (
                "POST /v1/x ?at[gt]",
                "$.paths['/v1/x'].post.parameters[?(@.name == 'at')].schema.anyOf[0].properties['gt']",
            ),
            (
                "POST /v1/x a[][b]",
                "$.paths['/v1/x'].post.requestBody.content[*].schema.properties['a'].items.properties['b']",
            ),
        ] {
            assert_eq!(at(place).as_deref(), Some(expected), "{place}");
        }
        assert_eq!(at("POST /v1/y"), None);
    }

    #[test]
    fn one_action_describes_a_place_and_its_values() {
        let gap = |wire: &str| Gap { wire: wire.to_owned(), rust: String::new() };
        let places = ["x.account.map", "x.account.map = new", "event x.y.z", "event v1.x.y"];
        let text = skeleton(&slice(), &places.map(gap));
        assert_eq!(
            text,
            "  - target: $.components.schemas['x.account'].properties['map']\n    update:\n      description: TODO\n      \
             x-enum-descriptions:\n        \"new\": TODO\n  - target: $['x-thin-event-types']['v1.x.y']\n    update:\n      \
             description: TODO\n  - target: $['x-webhook-event-types']['x.y.z']\n    update:\n      description: TODO\n"
        );
    }
}
