//! `check`: compares the generated files with a fresh rendering.

use std::path::Path;

use anyhow::Result;

use super::generate;
use super::outcome::Outcome;
use crate::files::sync::{Mode, Report};
use crate::spec::source::Source;

/// Compares the generated files with a fresh rendering. The output is the diff.
///
/// # Errors
/// As [`generate::generate`]. A difference is a failure of the outcome, not an error.
pub fn check(root: &Path) -> Result<Outcome> {
    check_rendering(root, false)
}

/// As [`check`], and fails on what the overlay does not describe or decide: the gate of a release.
///
/// # Errors
/// As [`check`].
pub fn check_strict(root: &Path) -> Result<Outcome> {
    check_rendering(root, true)
}

fn check_rendering(root: &Path, strict: bool) -> Result<Outcome> {
    let source = Source::read(root)?;
    let mut sum = Report::default();
    let mut notes = Vec::new();
    let mut work = Vec::new();
    for target in source.target.values() {
        let (report, rendered) = generate::render(root, target, None, root, Mode::Check)?;
        sum.add(report);
        // The notes name the items.
        let overlays: Vec<String> = target.overlays.iter().map(|path| path.display().to_string()).collect();
        let overlays = overlays.join(" or ");
        if !rendered.undocumented.is_empty() {
            let count = rendered.undocumented.len();
            work.push(format!("public items without documentation: {count}; describe each in {overlays}"));
        }
        if !rendered.decisions.is_empty() {
            let count = rendered.decisions.len();
            work.push(format!("places that need a decision: {count}; answer each in {overlays}"));
        }
        notes.extend(rendered.notes);
    }
    let stale = sum.written.len() + sum.removed.len();
    if stale > 0 {
        let failure = format!("generated files that are not up to date: {stale}; run `cargo xtask generate`");
        return Ok(Outcome { output: sum.diff, notes, failure: Some(failure) });
    }
    let output = format!("{} generated files are up to date\n", sum.unchanged);
    let failure = (strict && !work.is_empty()).then(|| work.join("\n"));
    Ok(Outcome { output, notes, failure })
}
