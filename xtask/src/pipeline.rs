//! From a slice to every generated file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::Model;
use crate::overlay::{self, Overlay};
use crate::{generate, json, normalize, render};

/// What files are generated from.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The slice.
    pub slice: Value,
    /// Its text, for the hash in the headers.
    pub slice_text: String,
    /// The overlay.
    pub overlay: Overlay,
    /// Its text, for the hash in the headers.
    pub overlay_text: String,
}

/// Every generated file, and what is worth knowing about it.
#[derive(Debug)]
pub struct Rendered {
    /// Texts by path relative to the workspace root.
    pub files: BTreeMap<PathBuf, String>,
    /// For the person at the terminal.
    pub notes: Vec<String>,
}

/// Renders every generated file.
///
/// # Errors
///
/// The inputs cannot be generated from; the place in the spec is named.
pub fn render(inputs: &Inputs) -> Result<Rendered> {
    let mut document = inputs.slice.clone();
    let unmatched = overlay::apply(&mut document, &inputs.overlay)?;
    let version = document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut notes: Vec<String> =
        overlay::settle(&inputs.overlay, &version, &unmatched)?.into_iter().collect();
    // An older spec has things that the overlay no longer describes.
    let docs = if unmatched.is_empty() { normalize::Docs::Required } else { normalize::Docs::Filled };
    let (normalized, undocumented) = normalize::normalize(document, docs)?;
    if !undocumented.is_empty() {
        notes.push(format!(
            "{} items have no documentation in {}:\n  {}",
            undocumented.len(),
            inputs.overlay.name,
            undocumented.join("\n  ")
        ));
    }
    let file = generate::generate(&normalized)?;
    let model = Model::read(&file, &normalized).context("progenitor's output is not what was asked for")?;
    let mut files = render::render(&model, &sha256(inputs))?;
    files.insert(PathBuf::from("openapi/normalized.json"), json::to_text(&normalized));
    Ok(Rendered { files, notes })
}

fn sha256(inputs: &Inputs) -> String {
    let mut hash = Sha256::new();
    // Line ends are not content: a checkout may have changed them.
    hash.update(inputs.slice_text.replace("\r\n", "\n"));
    hash.update([0]);
    hash.update(inputs.overlay_text.replace("\r\n", "\n"));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
