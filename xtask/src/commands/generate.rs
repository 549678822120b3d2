//! `generate`: renders every generated file; `overlay`: stops after the first step.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::outcome::Outcome;
use crate::cli::{GENERAL, GenerateArgs, TargetArgs};
use crate::files::json;
use crate::files::sync::{self, Mode, Report};
use crate::generator::overlay;
use crate::generator::pipeline::{self, Inputs, Rendered};
use crate::spec::source::{Source, Target};

/// Renders every generated file and writes those that differ.
///
/// # Errors
/// The inputs cannot be read, nothing can be generated from them, or a file cannot be written.
pub fn generate(root: &Path, args: &GenerateArgs) -> Result<Outcome> {
    let source = Source::read(root)?;
    let only = args.target.as_deref().or(args.slice.is_some().then_some(GENERAL));
    let targets: Vec<&Target> = match only {
        Some(name) => vec![source.target(name)?],
        None => source.target.values().collect(),
    };
    let base = args.out.as_deref().unwrap_or(root);
    let mut sum = Report::default();
    let mut notes = Vec::new();
    for target in targets {
        let (report, rendered) = render(root, target, args.slice.as_deref(), base, Mode::Write)?;
        notes.extend(rendered.notes);
        sum.add(report);
    }
    let lines = |verb: &str, paths: &[PathBuf]| -> String {
        paths.iter().map(|path| format!("{verb} {}\n", path.display())).collect()
    };
    let output = format!(
        "{}{}{} written, {} removed, {} unchanged\n",
        lines("written", &sum.written),
        lines("removed", &sum.removed),
        sum.written.len(),
        sum.removed.len(),
        sum.unchanged
    );
    Ok(Outcome { output, notes, failure: None })
}

/// Applies the overlays of a target to its slice and stops there. The output is the document.
///
/// # Errors
/// The inputs cannot be read, or an action has no target or does not fit it.
pub fn overlay(root: &Path, args: &TargetArgs) -> Result<Outcome> {
    let source = Source::read(root)?;
    let inputs = read_inputs(root, source.target(&args.target)?, None)?;
    let (document, unmatched) = pipeline::overlaid(&inputs)?;
    let version = document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut notes = Vec::new();
    for overlay in &inputs.overlays {
        notes.extend(overlay::settle(overlay, &version, &unmatched)?);
    }
    Ok(Outcome { output: json::to_text(&document), notes, failure: None })
}

/// Renders every generated file of a target and writes it below `base`, or compares it with what is there.
pub(super) fn render(
    root: &Path,
    target: &Target,
    slice: Option<&Path>,
    base: &Path,
    mode: Mode,
) -> Result<(Report, Rendered)> {
    let inputs = read_inputs(root, target, slice)?;
    let rendered = pipeline::render(&inputs)?;
    // An empty rendering would remove every file that there is.
    ensure!(!rendered.files.is_empty(), "nothing was rendered from {}", inputs.slice_name);
    let report = sync::sync(base, &rendered.files, &target.output.owned(), mode)?;
    Ok((report, rendered))
}

/// The inputs of a target, with its own slice or another one.
fn read_inputs(root: &Path, target: &Target, slice: Option<&Path>) -> Result<Inputs> {
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let path = slice.map_or_else(|| root.join(&target.slice), Path::to_owned);
    let inputs = Inputs::of(target, read(&path)?, &|overlay| read(&root.join(overlay)))
        .with_context(|| format!("cannot generate from {}", path.display()))?;
    if inputs.slice.get("x-provenance").is_none() {
        bail!(
            "{} is not a slice: it has no x-provenance. Make one with `cargo xtask slice`.",
            path.display()
        );
    }
    Ok(inputs)
}
