//! Tests of the first half of the generator: slicing, overlays, writing and the command line.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod cli;
mod fuzz;
mod guards;
mod history;
mod overlay;
mod slice;
mod sync;
mod update;

use std::fs;
use std::path::{Path, PathBuf};

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
