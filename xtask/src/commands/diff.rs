//! `diff`: reports what changes between two versions.

use std::path::Path;

use anyhow::Result;

use super::compare;
use super::outcome::Outcome;
use crate::changes::version::Version;
use crate::cli::DiffArgs;
use crate::generator::pipeline;
use crate::spec::source::Source;

/// Compares two versions and reports.
///
/// # Errors
///
/// One of them cannot be read, or nothing can be generated from it.
pub fn diff(root: &Path, args: &DiffArgs) -> Result<Outcome> {
    let source = Source::read(root)?;
    let target = source.target(&args.target.target)?;
    let (old, new) = (Version::find(root, target, &args.old)?, Version::find(root, target, &args.new)?);
    let files = pipeline::files(&new.inputs, &new.reading)?;
    let report = compare::report(root, &old, &new, &files, &args.compile)?;
    compare::hand_over(&report, &args.report, Vec::new())
}
