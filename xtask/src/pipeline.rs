//! From a slice to every generated file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::Model;
use crate::normalize::Gap;
use crate::overlay::{self, Overlay, Unmatched};
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

/// What the inputs mean, before anything is rendered.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The document that progenitor read.
    pub normalized: Value,
    /// What the crates are to hold.
    pub model: Model,
    /// Items that the overlay does not describe; they carry [`normalize::FILLER`].
    pub undocumented: Vec<Gap>,
    /// Overlay actions that matched nothing.
    pub unmatched: Vec<Unmatched>,
}

/// Every generated file, and what is worth knowing about it.
#[derive(Debug)]
pub struct Rendered {
    /// Texts by path relative to the workspace root.
    pub files: BTreeMap<PathBuf, String>,
    /// For the person at the terminal.
    pub notes: Vec<String>,
    /// Items that the overlay does not describe; they carry [`normalize::FILLER`].
    pub undocumented: Vec<Gap>,
}

/// Reads the inputs, and renders every generated file.
///
/// # Errors
///
/// The inputs cannot be generated from; the place in the spec is named. An overlay action that matches nothing is an error
/// too, unless the slice is older than the overlay.
pub fn render(inputs: &Inputs) -> Result<Rendered> {
    let reading = read(inputs)?;
    let version = &reading.model.api_version;
    let mut notes: Vec<String> =
        overlay::settle(&inputs.overlay, version, &reading.unmatched)?.into_iter().collect();
    if !reading.undocumented.is_empty() {
        notes.push(format!("{}\n`cargo xtask check --strict` refuses them", undescribed(&reading, inputs)));
    }
    Ok(Rendered { files: files(inputs, &reading)?, notes, undocumented: reading.undocumented })
}

/// Reads the inputs as far as it goes without rendering: overlay, normalisation, progenitor, model.
///
/// # Errors
///
/// The inputs cannot be generated from; the place in the spec is named. Overlay actions that match nothing are no error here.
pub fn read(inputs: &Inputs) -> Result<Reading> {
    let mut document = inputs.slice.clone();
    let unmatched = overlay::apply(&mut document, &inputs.overlay)?;
    let (normalized, undocumented) = normalize::normalize(document)?;
    let file = generate::generate(&normalized)?;
    let model = Model::read(&file, &normalized).context("progenitor's output is not what was asked for")?;
    Ok(Reading { normalized, model, undocumented, unmatched })
}

/// Renders what was read.
///
/// # Errors
///
/// rustfmt is missing or refuses what was rendered.
pub fn files(inputs: &Inputs, reading: &Reading) -> Result<BTreeMap<PathBuf, String>> {
    let mut files = render::render(&reading.model, &sha256(inputs))?;
    files.insert(PathBuf::from("openapi/normalized.json"), json::to_text(&reading.normalized));
    Ok(files)
}

fn undescribed(reading: &Reading, inputs: &Inputs) -> String {
    let gaps: String = reading.undocumented.iter().map(|gap| format!("\n  {gap}")).collect();
    format!("{} items have no documentation in {}:{gaps}", reading.undocumented.len(), inputs.overlay.name)
}

fn sha256(inputs: &Inputs) -> String {
    let mut hash = Sha256::new();
    // Line ends are not content: a checkout may have changed them.
    hash.update(inputs.slice_text.replace("\r\n", "\n"));
    hash.update([0]);
    hash.update(inputs.overlay_text.replace("\r\n", "\n"));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
