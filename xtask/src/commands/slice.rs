//! `slice`: cuts the Financial Connections part out of a spec.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::outcome::Outcome;
use crate::cli::SliceArgs;
use crate::files::json;
use crate::files::sync::{self, Mode};
use crate::generator::slice::Slice;
use crate::spec::fetch;
use crate::spec::source::Source;

/// Cuts a slice out of a spec and writes it.
///
/// # Errors
/// The spec cannot be sliced, or it is not the pinned one and `--out` is missing.
pub fn slice(root: &Path, args: &SliceArgs) -> Result<Outcome> {
    let source = Source::read(root)?;
    let target = source.target(&args.target.target)?;
    let (spec, found) = fetch::given(&args.spec)?;
    let slice =
        Slice::cut(&spec.document, target).with_context(|| format!("cannot slice {}", args.spec.spec))?;
    let mut notes = slice.notes.clone();
    let (provenance, base, path) = match &args.out {
        None => {
            let provenance = target.pin.admit(&found)?;
            slice.check_cut(&target.cut)?;
            (provenance, root, target.slice.clone())
        }
        Some(out) => {
            // Another spec may refer to other resources. That is no error of the pinned list.
            if let Err(difference) = slice.check_cut(&target.cut) {
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
