//! Tests of the generator, the change report and the command line.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod cli;
mod decisions;
mod fuzz;
mod guards;
mod history;
mod hostile;
mod names;
mod overlay;
mod overlay_fuzz;
mod slice;
mod sync;
mod update;

use std::fs;
use std::path::{Path, PathBuf};

use xtask::spec::source::{Source, Target};

/// The slice of the general version.
const SLICE_PATH: &str = "openapi/slice.json";
/// Its overlay.
const OVERLAY_PATH: &str = "openapi/overlay.yaml";

/// The target of the general version.
fn general() -> Target {
    Source::read(workspace()).unwrap().target("ga").unwrap().clone()
}

/// The text of `openapi/source.toml` without the targets after the first one.
fn general_only(source: &str) -> String {
    source.split("\n# The public preview").next().unwrap_or_default().to_owned()
}

/// An empty directory for one test.
fn scratch(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if path.exists() {
        fs::remove_dir_all(&path).expect("the last run's directory can be removed");
    }
    fs::create_dir_all(&path).expect("the target directory is writable");
    path
}

/// The root of the workspace.
fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
