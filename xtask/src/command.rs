//! What each command does. Nothing here prints; the binary does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::cli::{GenerateArgs, SliceArgs};
use crate::json;
use crate::overlay::{self, Overlay};
use crate::pipeline::{self, Inputs, Rendered};
use crate::slice::Slice;
use crate::source::Source;
use crate::sync::{self, Mode, Report};
use crate::update;

/// The checked-in slice, relative to the workspace root.
pub const SLICE_PATH: &str = "openapi/slice.json";
/// The overlay, relative to the workspace root.
pub const OVERLAY_PATH: &str = "openapi/overlay.yaml";
/// Directories in which every file is generated, relative to the workspace root.
pub const OWNED: [&str; 2] = ["crates/fc-types/src/generated", "crates/fc-client/src/generated"];

/// What a command has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The result, for standard output.
    pub output: String,
    /// Things worth knowing, for standard error.
    pub notes: Vec<String>,
    /// Why the command fails although it ran to its end.
    pub failure: Option<String>,
}

/// Cuts a slice out of a spec and writes it.
///
/// # Errors
/// The spec cannot be sliced, or without `--out` is not the pinned one.
pub fn slice(root: &Path, args: &SliceArgs) -> Result<Outcome> {
    let source = Source::read(root)?;
    let (spec, found) = update::given(&args.spec)?;
    let slice =
        Slice::cut(&spec.document, &source).with_context(|| format!("cannot slice {}", args.spec.spec))?;
    let mut notes = slice.notes.clone();
    let (provenance, base, path) = match &args.out {
        None => {
            let provenance = source.pin.admit(&found)?;
            slice.check_cut(&source.cut)?;
            (provenance, root, PathBuf::from(SLICE_PATH))
        }
        Some(out) => {
            // Another spec may reach other resources; that says nothing about the pinned one.
            if let Err(difference) = slice.check_cut(&source.cut) {
                notes.push(format!("for this spec {difference}"));
            }
            let name =
                out.file_name().with_context(|| format!("--out {} is not a file name", out.display()))?;
            (found, out.parent().unwrap_or(Path::new("")), PathBuf::from(name))
        }
    };
    let text = json::to_text(&slice.with_provenance(&provenance));
    let files = BTreeMap::from([(path.clone(), text)]);
    let report = sync::sync(base, &files, &[], Mode::Write)?;
    let state = if report.is_clean() { "unchanged" } else { "written" };
    Ok(Outcome {
        output: format!("{}\n{} {state}\n", slice.summary(), base.join(path).display()),
        notes,
        failure: None,
    })
}

/// Renders every generated file and writes those that differ.
///
/// # Errors
/// The inputs cannot be read or generated from, or a file cannot be written.
pub fn generate(root: &Path, args: &GenerateArgs) -> Result<Outcome> {
    let slice = args.slice.clone().unwrap_or_else(|| root.join(SLICE_PATH));
    let base = args.out.as_deref().unwrap_or(root);
    let (report, Rendered { notes, .. }) = render(root, &slice, base, Mode::Write)?;
    let lines = |verb: &str, paths: &[PathBuf]| -> String {
        paths.iter().map(|path| format!("{verb} {}\n", path.display())).collect()
    };
    let output = format!(
        "{}{}{} written, {} removed, {} unchanged\n",
        lines("written", &report.written),
        lines("removed", &report.removed),
        report.written.len(),
        report.removed.len(),
        report.unchanged
    );
    Ok(Outcome { output, notes, failure: None })
}

/// Compares the generated files with a fresh rendering. Its output is the diff.
///
/// # Errors
/// As [`generate`]. A difference is a failure of the outcome, not an error.
pub fn check(root: &Path) -> Result<Outcome> {
    check_rendering(root, false)
}

/// As [`check`], and refuses items that the overlay does not describe: the gate of a release.
///
/// # Errors
/// As [`check`].
pub fn check_strict(root: &Path) -> Result<Outcome> {
    check_rendering(root, true)
}

/// Applies the overlay to the slice and goes no further. Its output is the document.
///
/// # Errors
/// The inputs cannot be read, or an action does not fit its target or has none.
pub fn overlay(root: &Path) -> Result<Outcome> {
    let Inputs { slice: mut document, overlay, .. } =
        read_inputs(&root.join(SLICE_PATH), &root.join(OVERLAY_PATH))?;
    let unmatched = overlay::apply(&mut document, &overlay)?;
    let version = document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default().to_owned();
    let notes = overlay::settle(&overlay, &version, &unmatched)?.into_iter().collect();
    Ok(Outcome { output: json::to_text(&document), notes, failure: None })
}

fn check_rendering(root: &Path, strict: bool) -> Result<Outcome> {
    let (report, Rendered { notes, undocumented, .. }) =
        render(root, &root.join(SLICE_PATH), root, Mode::Check)?;
    let stale = report.written.len() + report.removed.len();
    if stale > 0 {
        let failure = format!("generated files that are not up to date: {stale}; run `cargo xtask generate`");
        return Ok(Outcome { output: report.diff, notes, failure: Some(failure) });
    }
    let output = format!("{} generated files are up to date\n", report.unchanged);
    // The note names the items.
    let failure = (strict && !undocumented.is_empty()).then(|| {
        format!("public items without documentation: {}; describe each in {OVERLAY_PATH}", undocumented.len())
    });
    Ok(Outcome { output, notes, failure })
}

fn render(root: &Path, slice: &Path, base: &Path, mode: Mode) -> Result<(Report, Rendered)> {
    let inputs = read_inputs(slice, &root.join(OVERLAY_PATH))?;
    let rendered = pipeline::render(&inputs)?;
    // An empty rendering would remove every file that there is.
    ensure!(!rendered.files.is_empty(), "nothing was rendered from {}", slice.display());
    let report = sync::sync(base, &rendered.files, &OWNED.map(PathBuf::from), mode)?;
    Ok((report, rendered))
}

fn read_inputs(slice: &Path, overlay: &Path) -> Result<Inputs> {
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let slice_text = read(slice)?;
    let document: serde_json::Value = serde_json::from_str(&slice_text)
        .with_context(|| format!("{} is not valid JSON", slice.display()))?;
    if document.get("x-provenance").is_none() {
        bail!(
            "{} is not a slice: it has no x-provenance. Make one with `cargo xtask slice`.",
            slice.display()
        );
    }
    let overlay_text = read(overlay)?;
    let overlay = Overlay::parse(OVERLAY_PATH, &overlay_text)?;
    Ok(Inputs { slice: document, slice_text, overlay, overlay_text })
}
