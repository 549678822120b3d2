//! Random JSON that the API could send, made from the normalised document.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::workspace::NORMALIZED;

/// Presence of optional fields, and of unknown ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Every field has a value, and no field is unknown.
    Full,
    /// Every field that may be missing is missing.
    Missing,
    /// Every field that may be null is null, the optional ones too.
    Null,
    /// Unknown fields, unknown values, another `object`.
    Open,
}

/// Values of a component.
pub(crate) fn component(name: &str, shape: Shape) -> BoxedStrategy<Value> {
    instance(&NORMALIZED["components"]["schemas"][name], shape)
}

/// Values of a schema.
pub(crate) fn instance(schema: &Value, shape: Shape) -> BoxedStrategy<Value> {
    if let Some(reference) = schema.get("$ref") {
        let name = reference.as_str().unwrap().strip_prefix("#/components/schemas/").unwrap();
        return component(name, shape);
    }
    if let Some(parts) = schema.get("allOf") {
        return instance(&parts[0], shape);
    }
    if let Some(support) = schema.get("x-rust-type") {
        return support_type(support, shape);
    }
    if let Some(values) = schema.get("enum") {
        return enumeration(values.as_array().unwrap(), shape);
    }
    match schema["type"].as_str().unwrap_or_default() {
        "string" => text(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => any::<i64>().prop_map(Value::from).boxed(),
        "array" => vec(instance(&schema["items"], shape), 0..3).prop_map(Value::from).boxed(),
        "object" if schema.get("properties").is_some() => object(schema, shape),
        "object" => free_form().prop_map(Value::from).boxed(),
        _ => panic!("no instance can be made of {schema}"),
    }
}

fn text() -> BoxedStrategy<Value> {
    ".{0,8}".prop_map(Value::from).boxed()
}

fn enumeration(known: &[Value], shape: Shape) -> BoxedStrategy<Value> {
    let known = proptest::sample::select(known.to_vec());
    if shape == Shape::Open { prop_oneof![known, text()].boxed() } else { known.boxed() }
}

/// Whether the models require a field.
pub(crate) fn is_required(schema: &Value, field: &str) -> bool {
    let listed = schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == field));
    listed && schema["properties"][field]["nullable"] != true
}

fn object(schema: &Value, shape: Shape) -> BoxedStrategy<Value> {
    let mut fields = Vec::new();
    for (name, property) in schema["properties"].as_object().unwrap() {
        let value = instance(property, shape);
        let value =
            if is_required(schema, name) { value.prop_map(Some).boxed() } else { absent(value, shape) };
        fields.push((name.clone(), value));
    }
    if let Some(tag) = schema.get("x-object") {
        fields.push(("object".to_owned(), object_tag(tag.clone(), shape)));
    }
    let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    let values: Vec<_> = fields.into_iter().map(|(_, value)| value).collect();
    (values, unknown_fields(shape))
        .prop_map(move |(values, unknown)| {
            let mut fields: Map<String, Value> =
                names.iter().cloned().zip(values).filter_map(|(name, value)| Some((name, value?))).collect();
            for (name, value) in unknown {
                fields.entry(name).or_insert(value);
            }
            Value::Object(fields)
        })
        .boxed()
}

/// A field that may be absent.
fn absent(value: BoxedStrategy<Value>, shape: Shape) -> BoxedStrategy<Option<Value>> {
    match shape {
        Shape::Full => value.prop_map(Some).boxed(),
        Shape::Missing => Just(None).boxed(),
        Shape::Null => Just(Some(Value::Null)).boxed(),
        Shape::Open => prop_oneof![value.prop_map(Some), Just(None), Just(Some(Value::Null))].boxed(),
    }
}

fn object_tag(tag: Value, shape: Shape) -> BoxedStrategy<Option<Value>> {
    match shape {
        Shape::Missing => Just(None).boxed(),
        Shape::Open => prop_oneof![3 => Just(Some(tag)), 1 => Just(None), 1 => text().prop_map(Some)].boxed(),
        Shape::Full | Shape::Null => Just(Some(tag)).boxed(),
    }
}

fn unknown_fields(shape: Shape) -> BoxedStrategy<Map<String, Value>> {
    if shape == Shape::Open { free_form() } else { Just(Map::new()).boxed() }
}

/// An object without a schema for its fields.
fn free_form() -> BoxedStrategy<Map<String, Value>> {
    btree_map("([a-z_]{1,8}|.{0,4})", any_json(), 0..3)
        .prop_map(|fields| fields.into_iter().collect())
        .boxed()
}

fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Quarters are exact, so that reading and printing cannot round them.
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        text(),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(".{0,4}", inner, 0..3).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Values of a hand-written type of fc-types.
fn support_type(support: &Value, shape: Shape) -> BoxedStrategy<Value> {
    let parameter = |index: usize| instance(&support["parameters"][index], shape);
    match support["path"].as_str().unwrap().strip_prefix("fc_types::").unwrap() {
        id if id.ends_with("Id") => text(),
        "ClientSecret" | "Currency" | "Text" => text(),
        "Timestamp" => any::<i64>().prop_map(Value::from).boxed(),
        "Amounts" => btree_map(".{0,4}", any::<i64>(), 0..3).prop_map(|amounts| json!(amounts)).boxed(),
        "AccountLimit" => prop_oneof![any::<u64>().prop_map(Value::from), Just(Value::from(""))].boxed(),
        "ForeignObject" => foreign_object(),
        "Expandable" => prop_oneof![parameter(0), parameter(1)].boxed(),
        "List" => page(&support["parameters"][0], shape),
        "EventObject" => event_object(shape),
        other => panic!("no instance can be made of the support type {other}: teach this function"),
    }
}

fn foreign_object() -> BoxedStrategy<Value> {
    (text(), free_form())
        .prop_map(|(id, mut fields)| {
            fields.insert("id".to_owned(), id);
            Value::Object(fields)
        })
        .boxed()
}

/// One page of a list, from the inline schema of the spec.
fn page(item: &Value, shape: Shape) -> BoxedStrategy<Value> {
    let schema = json!({
        "x-object": "list",
        "required": ["data", "has_more", "url"],
        "properties": {
            "data": { "type": "array", "items": item },
            "has_more": { "type": "boolean" },
            "url": { "type": "string" },
        },
    });
    object(&schema, shape)
}

/// The object of an event: a known one, or any other.
fn event_object(shape: Shape) -> BoxedStrategy<Value> {
    let schemas = NORMALIZED["components"]["schemas"].as_object().unwrap();
    let tags: BTreeSet<&str> =
        NORMALIZED["x-event-objects"].as_object().unwrap().values().filter_map(Value::as_str).collect();
    let known = tags.iter().map(|tag| {
        let (_, schema) = schemas.iter().find(|(_, schema)| schema["x-object"] == **tag).unwrap();
        object(schema, shape)
    });
    let known = proptest::strategy::Union::new(known);
    if shape != Shape::Open {
        return known.boxed();
    }
    let tags: Vec<&str> = tags.into_iter().collect();
    let undecodable = (proptest::sample::select(tags), free_form()).prop_map(|(tag, mut fields)| {
        fields.insert("object".to_owned(), tag.into());
        Value::Object(fields)
    });
    prop_oneof![2 => known, 1 => undecodable, 1 => free_form().prop_map(Value::from)].boxed()
}
