//! How long the generator takes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::cargo::target;

/// The section on the generator: the steps as a user runs them, in a release build, into an empty directory.
///
/// # Errors
/// xtask does not build in release, or a step fails.
pub(crate) fn times(root: &Path, spec: Option<&Path>, runs: usize) -> Result<String> {
    let directory = target(root);
    let mut build = Command::new("cargo");
    build.current_dir(root).args([
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--package",
        "xtask",
        "--target-dir",
    ]);
    ensure!(build.arg(&directory).status().context("cannot start cargo")?.success(), "xtask does not build");
    let xtask = directory.join("release/xtask");
    let out = directory.join("generated");
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let slice = out.join("slice.json");

    let mut text = format!(
        "## Generator\n\nRelease build of xtask, wall time, median of {runs} runs (fastest to slowest).\n\n\
         | step | input MB | ms | range |\n|---|---|---|---|\n"
    );
    let mut steps: Vec<(&str, f64, Vec<&std::ffi::OsStr>)> = Vec::new();
    let size = |path: &Path| {
        fs::metadata(path)
            .map(|file| file.len() as f64 / 1e6)
            .with_context(|| format!("cannot read {}", path.display()))
    };
    let pinned = root.join("openapi/slice.json");
    if let Some(spec) = spec {
        let arguments =
            vec!["slice".as_ref(), "--spec".as_ref(), spec.as_os_str(), "--out".as_ref(), slice.as_os_str()];
        steps.push(("slice of a whole spec", size(spec)?, arguments));
    }
    steps.push((
        "generate both crates",
        size(&pinned)?,
        vec!["generate".as_ref(), "--slice".as_ref(), pinned.as_os_str(), "--out".as_ref(), out.as_os_str()],
    ));
    for (step, megabytes, arguments) in steps {
        let mut took = Vec::new();
        for _ in 0..runs {
            let start = Instant::now();
            let run = Command::new(&xtask)
                .current_dir(root)
                .args(&arguments)
                .output()
                .context("cannot start xtask")?;
            took.push(start.elapsed().as_secs_f64() * 1e3);
            ensure!(run.status.success(), "{step} failed: {}", String::from_utf8_lossy(&run.stderr));
        }
        took.sort_by(f64::total_cmp);
        let (fastest, middle, slowest) = (took[0], took[took.len() / 2], took[took.len() - 1]);
        writeln!(text, "| {step} | {megabytes:.2} | {middle:.0} | {fastest:.0}–{slowest:.0} |")?;
    }
    text.push('\n');
    Ok(text)
}
