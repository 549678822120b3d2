//! `update`: takes a new API version. It slices, compares, regenerates, repins and reports. A failure changes no file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::compare;
use super::outcome::Outcome;
use crate::changes::version::Version;
use crate::cli::UpdateArgs;
use crate::files::paths::SOURCE_PATH;
use crate::files::{json, transaction};
use crate::generator::markdown::code_span;
use crate::generator::slice::Slice;
use crate::generator::{overlay, pipeline};
use crate::spec::fetch;
use crate::spec::provenance::{self, Provenance};
use crate::spec::source::{self, Source};

/// Takes the spec: writes slice, pin and every generated file, and reports what changed.
///
/// # Errors
///
/// The file is no spec, the spec is older than the pinned one, nothing can be generated from it, or a file cannot be written.
/// The tree is unchanged then.
pub fn update(root: &Path, args: &UpdateArgs) -> Result<Outcome> {
    let source_text = read(root, Path::new(SOURCE_PATH))?;
    let source = Source::parse(&source_text)?;
    let target = source.target(&args.target.target)?;
    let (spec, mut origin) = fetch::given(&args.spec)?;
    origin.repo.get_or_insert_with(|| target.pin.repo.clone());
    origin.path.get_or_insert_with(|| target.pin.path.clone());
    let slice =
        Slice::cut(&spec.document, target).with_context(|| format!("cannot slice {}", args.spec.spec))?;
    let overlay = |path: &Path| read(root, path);
    let old_name = target.slice.display().to_string();
    let old = Version::of(&old_name, target, read(root, &target.slice)?, &overlay)?;
    refuse_older(&old, &origin)?;

    let slice_text = json::to_text(&slice.with_provenance(&origin));
    let mut new = Version::of(&args.spec.spec, target, slice_text.clone(), &overlay)?;
    new.notes.extend(slice.notes.iter().cloned());
    new.notes.extend(cut_note(&target.cut, &slice));
    if provenance::has_sdk_view(&old.inputs.slice) && !origin.has_sdk_view {
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
    let report = compare::report(root, &old, &new, &files, &args.compile)?;
    files.insert(target.slice.clone(), slice_text);
    let cut: BTreeSet<String> = slice.cut.keys().cloned().collect();
    files.insert(PathBuf::from(SOURCE_PATH), source::repinned(&source_text, &target.name, &origin, &cut)?);
    let mut notes = Vec::new();
    if args.dry_run {
        notes.push("dry run: nothing was written".to_owned());
    } else {
        let written = transaction::replace(root, &files, &target.output.owned())?;
        notes.push(format!("{} files written, {} removed", written.written.len(), written.removed.len()));
    }
    compare::hand_over(&report, &args.report, notes)
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
    let list =
        |names: Vec<&String>| names.into_iter().map(|name| code_span(name)).collect::<Vec<_>>().join(", ");
    let (more, less) = (list(cut.difference(listed).collect()), list(listed.difference(&cut).collect()));
    match (more.is_empty(), less.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("Newly cut, because the rest of Stripe begins there: {more}.")),
        (true, false) => Some(format!("No longer cut, because nothing refers to it: {less}.")),
        (false, false) => Some(format!("Newly cut: {more}; no longer reached: {less}.")),
    }
}

/// Whether the slices differ only in provenance.
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

fn read(root: &Path, path: &Path) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {}", root.join(path).display()))
}
