//! Cargo and other programs, started from here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Cargo in the workspace of the benches.
pub(crate) fn cargo(root: &Path) -> Command {
    // The toolchain and the flags that started this command must not reach the builds that are measured.
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root.join("benches"));
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_TARGET_DIR"
        {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The build directory of the benches.
pub(crate) fn target(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("benches")
}

/// The standard output of a program that must succeed; its errors go to our standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let what = format!("{command:?}");
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {what}"))?;
    ensure!(output.status.success(), "{what} failed ({})", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{what} does not print UTF-8"))
}
