//! The call of progenitor.

use ::progenitor::{GenerationSettings, Generator, InterfaceStyle};
use anyhow::{Context, Result, anyhow};
use openapiv3::OpenAPI;
use serde_json::Value;

use super::panics::catch_panic;
use crate::generator::normalize::variant_names;

/// The Rust code that progenitor generates from the document: a `types` module and a `Client`.
///
/// # Errors
///
/// progenitor rejects the document or panics. The message names the operation.
pub(super) fn generate(normalized: &Value) -> Result<syn::File> {
    let normalized = &with_plain_values(normalized);
    match run(normalized) {
        Ok(file) => Ok(file),
        Err(error) => Err(match culprit(normalized) {
            Some(operation) => error.context(format!("progenitor cannot generate `{operation}`")),
            None => error.context("progenitor cannot generate the document"),
        }),
    }
}

/// The document with `v0`, `v1`, … as the values of its enums, which are named without progenitor.
fn with_plain_values(document: &Value) -> Value {
    let mut document = document.clone();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (_, schema) in schemas.into_iter().flatten() {
        let Some(schema) = schema.as_object_mut() else { continue };
        if !schema.get("enum").is_some_and(is_of_texts) {
            continue;
        }
        // An error in the names was reported by the normalisation.
        let names = variant_names(schema).unwrap_or_default();
        let plain = |index: usize| Value::from(format!("v{index}"));
        let default = schema.get("default").and_then(Value::as_str);
        if let Some(index) = names.iter().position(|(value, _)| Some(value.as_str()) == default) {
            schema.insert("default".to_owned(), plain(index));
        }
        // Without a value it would be no enum.
        schema.insert("enum".to_owned(), (0..names.len().max(1)).map(plain).collect());
    }
    document
}

fn is_of_texts(values: &Value) -> bool {
    values.as_array().is_some_and(|values| values.iter().all(Value::is_string))
}

fn run(document: &Value) -> Result<syn::File> {
    let spec: OpenAPI = serde_json::from_value(document.clone()).context("not an OpenAPI 3.0 document")?;
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Positional).with_crate(
        "fc-types",
        ::progenitor::CrateVers::Any,
        None,
    );
    // A map with an order, so that an object is written again the same each time.
    settings.with_map_type("::std::collections::BTreeMap");
    let mut generator = Generator::new(&settings);
    let tokens = catch_panic(|| generator.generate_tokens(&spec))?.map_err(|error| anyhow!("{error}"))?;
    syn::parse2(tokens).context("progenitor's output is not Rust")
}

/// One operation that fails, found by bisection, because progenitor's messages do not name it.
fn culprit(document: &Value) -> Option<String> {
    let paths = document.get("paths")?.as_object()?;
    let mut suspects: Vec<(&String, &String, &Value)> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, it)| (path, method, it))
        })
        .collect();
    let fails = |operations: &[(&String, &String, &Value)]| {
        let mut part = serde_json::Map::new();
        for (path, method, operation) in operations {
            let item = part.entry((*path).clone()).or_insert_with(|| Value::Object(serde_json::Map::new()));
            if let Some(item) = item.as_object_mut() {
                item.insert((*method).clone(), (*operation).clone());
            }
        }
        let mut alone = document.clone();
        alone["paths"] = Value::Object(part);
        run(&alone).is_err()
    };
    // If the document fails without operations, no operation is the cause.
    if fails(&[]) {
        return None;
    }
    while suspects.len() > 1 {
        let (first, second) = suspects.split_at(suspects.len() / 2);
        suspects = if fails(first) { first.to_vec() } else { second.to_vec() };
    }
    let (path, method, operation) = suspects.first()?;
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or("an operation without an id");
    fails(&suspects).then(|| format!("{id} ({} {path})", method.to_uppercase()))
}
