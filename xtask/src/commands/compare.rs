//! The report of `diff` and `update`: comparison, optional check by the compiler, and output.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::outcome::Outcome;
use crate::changes::consumer::Consumer;
use crate::changes::report::Report;
use crate::changes::scratch::Scratch;
use crate::changes::version::Version;
use crate::changes::{markdown, report_json, verdict};
use crate::cli::{CompileArgs, ReportArgs};
use crate::files::json;

/// GitHub rejects the body of a pull request that is longer than 65,536 characters.
const LONGEST_BODY: usize = 60_000;

/// Compares two versions; `files` are the generated files of the new one.
pub(super) fn report(
    root: &Path,
    old: &Version,
    new: &Version,
    files: &BTreeMap<PathBuf, String>,
    args: &CompileArgs,
) -> Result<Report> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))
        .with_context(|| format!("cannot read {}", root.join("Cargo.toml").display()))?;
    let mut report = Report::of(old, new, verdict::Version::of_workspace(&manifest)?);
    if args.compile {
        let scratch = Scratch::open(&root.join("target/consumer"))?;
        let consumer = Consumer::of(&old.reading.model);
        report.compiled =
            Some(scratch.check(root, files, &consumer).context("the new version does not compile")?);
    }
    Ok(report)
}

/// Writes the report to the files that the user named, and puts it or its summary into the outcome.
pub(super) fn hand_over(report: &Report, args: &ReportArgs, notes: Vec<String>) -> Result<Outcome> {
    let markdown = markdown::render(report, LONGEST_BODY);
    if let Some(path) = &args.report {
        fs::write(path, &markdown).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(path) = &args.json {
        fs::write(path, json::to_text(&report_json::render(report)))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let disagreements =
        report.compiled.as_ref().map(|compiled| compiled.disagreements(&report.changes)).unwrap_or_default();
    let failure = (!disagreements.is_empty())
        .then(|| format!("the compiler does not agree with the classes:\n  {}", disagreements.join("\n  ")));
    let output = match args.report {
        Some(_) => format!("{}\n", report.summary()),
        None => markdown,
    };
    Ok(Outcome { output, notes, failure })
}
