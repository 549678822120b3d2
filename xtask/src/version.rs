//! One version of the API, read from a file or from git.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{OVERLAY_PATH, SLICE_PATH};
use crate::diff::Side;
use crate::json;
use crate::overlay::Overlay;
use crate::pipeline::{self, Inputs, Reading};
use crate::slice::{Provenance, Slice, Spec};
use crate::source::Source;

/// A version: what it is generated from, and what that means.
#[derive(Clone, Debug)]
pub struct Version {
    /// What it was read from, as the user named it.
    pub name: String,
    /// What files are generated from.
    pub inputs: Inputs,
    /// What that means.
    pub reading: Reading,
    /// Oddities that do not stop anything.
    pub notes: Vec<String>,
}

impl Version {
    /// The version that a slice and an overlay make.
    ///
    /// # Errors
    ///
    /// They cannot be generated from.
    pub fn of(name: &str, slice_text: String, overlay_text: String) -> Result<Self> {
        let slice = serde_json::from_str(&slice_text).with_context(|| format!("{name} is not valid JSON"))?;
        let overlay = Overlay::parse(OVERLAY_PATH, &overlay_text)?;
        let inputs = Inputs { slice, slice_text, overlay, overlay_text };
        let reading = pipeline::read(&inputs).with_context(|| format!("{name} cannot be generated from"))?;
        Ok(Self { name: name.to_owned(), inputs, reading, notes: Vec::new() })
    }

    /// Reads what the user named: a file, which is a slice or a spec to be sliced, else a git revision.
    ///
    /// The workspace's overlay is laid over a file; a revision has its own.
    ///
    /// # Errors
    ///
    /// It is neither a readable file nor a revision with a slice, or it cannot be generated from.
    pub fn find(root: &Path, name: &str) -> Result<Self> {
        let file = Path::new(name);
        if file.exists() {
            return Self::from_spec(root, name, &Spec::read(file)?);
        }
        let slice = show(root, name, SLICE_PATH)
            .with_context(|| format!("`{name}` is neither a file nor a git revision with a slice"))?;
        let overlay = show(root, name, OVERLAY_PATH)?;
        Self::of(name, slice, overlay)
    }

    /// The version that a spec makes with the workspace's overlay. A slice is taken as it is.
    ///
    /// # Errors
    ///
    /// It cannot be sliced, or not be generated from.
    pub fn from_spec(root: &Path, name: &str, spec: &Spec) -> Result<Self> {
        let overlay_text = std::fs::read_to_string(root.join(OVERLAY_PATH))
            .with_context(|| format!("cannot read {OVERLAY_PATH}"))?;
        if spec.document.get("x-provenance").is_some() {
            return Self::of(name, json::to_text(&spec.document), overlay_text);
        }
        let slice = Slice::cut(&spec.document, &Source::read(root)?)
            .with_context(|| format!("cannot slice {name}"))?;
        let document = slice.with_provenance(&Provenance::of(spec, None));
        Ok(Self { notes: slice.notes, ..Self::of(name, json::to_text(&document), overlay_text)? })
    }

    /// One side of a comparison.
    #[must_use]
    pub fn side(&self) -> Side<'_> {
        Side { slice: &self.inputs.slice, model: &self.reading.model }
    }

    /// The API version.
    #[must_use]
    pub fn api_version(&self) -> &str {
        &self.reading.model.api_version
    }
}

/// A file as a git revision has it.
fn show(root: &Path, revision: &str, path: &str) -> Result<String> {
    // A name that begins with a dash would be an option.
    ensure!(!revision.starts_with('-'), "`{revision}` is no revision");
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["show", &format!("{revision}:{path}")])
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("git has no {path} at `{revision}`: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{path} at `{revision}` is not UTF-8"))
}
