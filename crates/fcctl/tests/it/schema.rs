//! Validation of JSON against the schemas of `fcctl schema`: the keywords that they use, and no others.

use serde_json::Value;

/// Keywords that say nothing about an instance.
const ANNOTATIONS: [&str; 3] = ["$schema", "$id", "description"];

/// What an instance has against its schema. An unknown keyword is a problem too, so that none goes unchecked.
pub(crate) fn problems(schema: &Value, instance: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check("", schema, instance, &mut found);
    found
}

fn check(place: &str, schema: &Value, instance: &Value, found: &mut Vec<String>) {
    for (keyword, value) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            keyword if ANNOTATIONS.contains(&keyword) => {}
            "type" => {
                let types: Vec<&Value> = value.as_array().map_or(vec![value], |types| types.iter().collect());
                if !types.iter().any(|wanted| is_type(wanted, instance)) {
                    found.push(format!("{place}: {instance} is not of type {value}"));
                }
            }
            "const" if value == instance => {}
            "const" => found.push(format!("{place}: {instance} is not {value}")),
            "required" => {
                for name in value.as_array().expect("names").iter().filter_map(Value::as_str) {
                    if instance.get(name).is_none() {
                        found.push(format!("{place}: {name} is missing"));
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(value, false);
                for name in instance.as_object().into_iter().flat_map(|object| object.keys()) {
                    if schema["properties"].get(name).is_none() {
                        found.push(format!("{place}: {name} is not described"));
                    }
                }
            }
            "properties" => {
                for (name, schema) in value.as_object().expect("properties") {
                    if let Some(member) = instance.get(name) {
                        check(&format!("{place}/{name}"), schema, member, found);
                    }
                }
            }
            "items" => {
                for (at, item) in instance.as_array().into_iter().flatten().enumerate() {
                    check(&format!("{place}/{at}"), value, item, found);
                }
            }
            other => found.push(format!("{place}: the keyword {other} is not checked")),
        }
    }
}

fn is_type(wanted: &Value, instance: &Value) -> bool {
    match wanted.as_str() {
        Some("object") => instance.is_object(),
        Some("array") => instance.is_array(),
        Some("string") => instance.is_string(),
        Some("integer") => instance.is_i64() || instance.is_u64(),
        Some("boolean") => instance.is_boolean(),
        Some("null") => instance.is_null(),
        _ => false,
    }
}

#[test]
fn each_keyword_can_fail() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"const": 1}, "b": {"type": ["array", "null"], "items": {"type": "string"}}},
    });
    assert!(problems(&schema, &serde_json::json!({"a": 1, "b": ["x"]})).is_empty());
    for wrong in [
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!({"a": 2}),
        serde_json::json!({"a": 1, "c": 1}),
        serde_json::json!({"a": 1, "b": 1}),
        serde_json::json!({"a": 1, "b": [1]}),
    ] {
        assert!(!problems(&schema, &wrong).is_empty(), "{wrong}");
    }
}
