//! Taking a new API version: slice, compare, regenerate, repin, report. All of it happens, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::cli::{CompileArgs, DiffArgs, ReportArgs, SpecArgs, UpdateArgs};
use crate::command::{OVERLAY_PATH, OWNED, Outcome, SLICE_PATH};
use crate::consumer::Consumer;
use crate::report::Report;
use crate::scratch::Scratch;
use crate::slice::{self, Provenance, Slice, Spec};
use crate::source::{self, SOURCE_PATH, Source};
use crate::version::Version;
use crate::{fetch, json, overlay, pipeline, sync, verdict};

/// GitHub refuses the body of a pull request that is longer than 65,536 characters.
const LONGEST_BODY: usize = 60_000;

/// Takes the spec: writes slice, pin and every generated file, and reports what changed.
///
/// # Errors
///
/// The spec is not one, is older than the pinned one, or cannot be generated from; or a file cannot be written. The tree is as
/// it was then.
pub fn update(root: &Path, args: &UpdateArgs) -> Result<Outcome> {
    let source_text = read(root, SOURCE_PATH)?;
    let source = Source::parse(&source_text)?;
    let (spec, mut provenance) = given(&args.spec)?;
    provenance.repo.get_or_insert_with(|| source.pin.repo.clone());
    provenance.path.get_or_insert_with(|| source.pin.path.clone());
    let slice =
        Slice::cut(&spec.document, &source).with_context(|| format!("cannot slice {}", args.spec.spec))?;
    let overlay_text = read(root, OVERLAY_PATH)?;
    let old = Version::of(SLICE_PATH, read(root, SLICE_PATH)?, overlay_text.clone())?;
    refuse_older(&old, &provenance)?;

    let slice_text = json::to_text(&slice.with_provenance(&provenance));
    let mut new = Version::of(&args.spec.spec, slice_text.clone(), overlay_text)?;
    new.notes.extend(slice.notes.iter().cloned());
    new.notes.extend(cut_note(&source.cut, &slice));
    if slice::has_sdk_view(&old.inputs.slice) && !provenance.has_sdk_view {
        new.notes.push(
            "The spec came without Stripe's SDK spec: objects that only events carry, and what is always present, may be \
             missing. Give it with --sdk-spec."
                .to_owned(),
        );
    }
    if is_same(&old, &new) {
        return Ok(Outcome {
            output: "The slice is the same: nothing to update.\n".to_owned(),
            notes: new.notes,
            failure: None,
        });
    }

    let mut files = pipeline::files(&new.inputs, &new.reading)?;
    let report = report(root, &old, &new, &files, &args.compile)?;
    files.insert(PathBuf::from(SLICE_PATH), slice_text);
    let cut: BTreeSet<String> = slice.cut.keys().cloned().collect();
    files.insert(PathBuf::from(SOURCE_PATH), source::repinned(&source_text, &provenance, &cut)?);
    let mut notes = Vec::new();
    if args.dry_run {
        notes.push("nothing was written: this was a dry run".to_owned());
    } else {
        let owned = OWNED.map(PathBuf::from);
        let written = sync::replace(root, &files, &owned)?;
        notes.push(format!("{} files written, {} removed", written.written.len(), written.removed.len()));
    }
    hand_over(&report, &args.report, notes)
}

/// Compares two versions and reports.
///
/// # Errors
///
/// One of them cannot be read or generated from.
pub fn diff(root: &Path, args: &DiffArgs) -> Result<Outcome> {
    let (old, new) = (Version::find(root, &args.old)?, Version::find(root, &args.new)?);
    let files = pipeline::files(&new.inputs, &new.reading)?;
    let report = report(root, &old, &new, &files, &args.compile)?;
    hand_over(&report, &args.report, Vec::new())
}

/// The spec that the user named, and where it comes from.
pub(crate) fn given(args: &SpecArgs) -> Result<(Spec, Provenance)> {
    let mut spec = fetch::spec(&args.spec, args.sha256.as_deref())?;
    let mut provenance = Provenance::of(&spec, args.source_commit.as_deref());
    if let Some(place) = &args.sdk_spec {
        let sdk = fetch::spec(place, args.sdk_sha256.as_deref())?;
        slice::add_sdk_spec(&mut spec.document, &sdk.document)?;
        provenance.has_sdk_view = true;
        provenance.sdk_sha256 = Some(sdk.sha256());
    }
    Ok((spec, provenance))
}

fn refuse_older(old: &Version, new: &Provenance) -> Result<()> {
    let (pinned, given) = (overlay::release_date(old.api_version()), overlay::release_date(&new.api_version));
    ensure!(
        given.is_none() || pinned.is_none() || given >= pinned,
        "the spec is of API version {}, older than the pinned {}; to look at it, run `cargo xtask diff`",
        new.api_version,
        old.api_version()
    );
    Ok(())
}

fn cut_note(listed: &BTreeSet<String>, slice: &Slice) -> Option<String> {
    let cut: BTreeSet<String> = slice.cut.keys().cloned().collect();
    let list = |names: Vec<&String>| {
        names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let (more, less) = (list(cut.difference(listed).collect()), list(listed.difference(&cut).collect()));
    match (more.is_empty(), less.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("Newly cut, because the rest of Stripe begins there: {more}.")),
        (true, false) => Some(format!("No longer reached, and so not cut any more: {less}.")),
        (false, false) => Some(format!("Newly cut: {more}; no longer reached: {less}.")),
    }
}

/// Whether the slices differ in nothing but where they come from.
fn is_same(old: &Version, new: &Version) -> bool {
    let bare = |version: &Version| {
        let mut slice = version.inputs.slice.clone();
        if let Some(slice) = slice.as_object_mut() {
            slice.remove("x-provenance");
        }
        slice
    };
    bare(old) == bare(new)
}

fn report(
    root: &Path,
    old: &Version,
    new: &Version,
    files: &BTreeMap<PathBuf, String>,
    args: &CompileArgs,
) -> Result<Report> {
    let crates = verdict::Version::of_workspace(&read(root, "Cargo.toml")?)?;
    let mut report = Report::of(old, new, crates);
    if args.compile {
        let scratch = Scratch::open(&root.join("target/consumer"))?;
        let consumer = Consumer::of(&old.reading.model);
        report.compiled =
            Some(scratch.check(root, files, &consumer).context("the new version does not compile")?);
    }
    Ok(report)
}

/// Prints the report, and writes it where the user wants it.
fn hand_over(report: &Report, args: &ReportArgs, notes: Vec<String>) -> Result<Outcome> {
    let markdown = report.to_markdown(LONGEST_BODY);
    if let Some(path) = &args.report {
        fs::write(path, &markdown).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(path) = &args.json {
        fs::write(path, json::to_text(&report.to_json()))
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

fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {}", root.join(path).display()))
}
