//! Runs progenitor over the normalised document.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use anyhow::{Context, Result, anyhow, bail};
use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

/// progenitor reports some of what it cannot do by panicking; the hook that silences it belongs to the process.
static PANIC_HOOK: Mutex<()> = Mutex::new(());

/// The Rust code that progenitor makes of the document: a `types` module and a `Client`.
///
/// # Errors
///
/// What progenitor refuses, with the operation it was at. A panic inside it is reported the same way.
pub fn generate(normalized: &Value) -> Result<syn::File> {
    match run(normalized) {
        Ok(file) => Ok(file),
        Err(error) => Err(match culprit(normalized) {
            Some(operation) => error.context(format!("progenitor cannot generate `{operation}`")),
            None => error.context("progenitor cannot generate the document"),
        }),
    }
}

fn run(document: &Value) -> Result<syn::File> {
    let spec: OpenAPI = serde_json::from_value(document.clone()).context("not an OpenAPI 3.0 document")?;
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Positional).with_crate(
        "fc-types",
        progenitor::CrateVers::Any,
        None,
    );
    let mut generator = Generator::new(&settings);
    let tokens =
        without_panicking(|| generator.generate_tokens(&spec))?.map_err(|error| anyhow!("{error}"))?;
    syn::parse2(tokens).context("progenitor's output is not Rust")
}

/// Turns a panic into an error that carries its message and place.
fn without_panicking<T>(work: impl FnOnce() -> T) -> Result<T> {
    let guard = PANIC_HOOK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let message = std::sync::Arc::new(Mutex::new(String::new()));
    let sink = std::sync::Arc::clone(&message);
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if let Ok(mut message) = sink.lock() {
            *message = info.to_string();
        }
    }));
    let outcome = catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(previous);
    drop(guard);
    match outcome {
        Ok(value) => Ok(value),
        Err(_) => bail!("{}", message.lock().map(|text| text.clone()).unwrap_or_default()),
    }
}

/// One operation that fails, found by halving: progenitor's messages do not say which one it was at.
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
    // Without operations it must succeed, or none of them is to blame.
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
