//! One version of the API, read from a file or from git.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::diff::Side;
use crate::files::json;
use crate::generator::pipeline::{self, Inputs, Reading};
use crate::generator::slice::Slice;
use crate::spec::document::Spec;
use crate::spec::provenance::Provenance;
use crate::spec::source::Target;

/// A version: the inputs of the generator, and the result of its steps before the renderer.
#[derive(Clone, Debug)]
pub struct Version {
    /// File or revision, as the user named it.
    pub name: String,
    /// Inputs of the generator.
    pub inputs: Inputs,
    /// Result of the steps before the renderer.
    pub reading: Reading,
    /// Notes that are no errors.
    pub notes: Vec<String>,
}

impl Version {
    /// The version of a slice, with the overlays of a target. `read` gives the text of an overlay.
    ///
    /// # Errors
    ///
    /// Nothing can be generated from them.
    pub fn of(
        name: &str,
        target: &Target,
        slice_text: String,
        read: &dyn Fn(&Path) -> Result<String>,
    ) -> Result<Self> {
        let inputs =
            Inputs::of(target, slice_text, read).with_context(|| format!("cannot generate from {name}"))?;
        let reading = pipeline::read(&inputs).with_context(|| format!("{name} cannot be generated from"))?;
        Ok(Self { name: name.to_owned(), inputs, reading, notes: Vec::new() })
    }

    /// Reads a slice or a spec from a file, otherwise a git revision.
    ///
    /// A file gets the overlays of the workspace; a revision has its own.
    ///
    /// # Errors
    ///
    /// It is neither a readable file nor a revision with a slice, or nothing can be generated from it.
    pub fn find(root: &Path, target: &Target, name: &str) -> Result<Self> {
        let file = Path::new(name);
        if file.exists() {
            return Self::from_spec(root, target, name, &Spec::read(file)?);
        }
        let slice = show(root, name, &target.slice)
            .with_context(|| format!("`{name}` is neither a file nor a git revision with a slice"))?;
        Self::of(name, target, slice, &|overlay| show(root, name, overlay))
    }

    /// The version of a spec and the overlays of the workspace. A slice is used unchanged.
    ///
    /// # Errors
    ///
    /// It cannot be sliced, or nothing can be generated from it.
    pub fn from_spec(root: &Path, target: &Target, name: &str, spec: &Spec) -> Result<Self> {
        let read = |path: &Path| {
            std::fs::read_to_string(root.join(path))
                .with_context(|| format!("cannot read {}", path.display()))
        };
        if spec.document.get("x-provenance").is_some() {
            return Self::of(name, target, json::to_text(&spec.document), &read);
        }
        let slice = Slice::cut(&spec.document, target).with_context(|| format!("cannot slice {name}"))?;
        let document = slice.with_provenance(&Provenance::of(spec, None));
        Ok(Self { notes: slice.notes, ..Self::of(name, target, json::to_text(&document), &read)? })
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

/// Content of a file in a git revision.
fn show(root: &Path, revision: &str, path: &Path) -> Result<String> {
    // git would read a name that begins with a dash as an option.
    ensure!(!revision.starts_with('-'), "`{revision}` is not a revision");
    let path = path.display();
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
