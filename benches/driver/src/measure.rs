//! `measure`: runs every bench, one after the other, and writes the report.
//!
//! The programs print their tables. This adds what no program can measure of itself: the cost of builds, and the time that
//! the generator takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cargo::{cargo, output, target};
use crate::{build, dependencies, generator, instructions};

/// Where the tables go, relative to the workspace root.
const REPORT: &str = "BENCHMARKS.md";
/// Findings about the figures, by hand; the end of the report.
const FINDINGS: &str = "benches/FINDINGS.md";
/// The bench of the command line, which takes the paths of two programs of the workspace.
const COMMAND: &str = "bench-command";
/// The other programs that print a table each.
const PROGRAMS: [&str; 6] =
    ["bench-decode", "bench-requests", "bench-request-log", "bench-webhook", "bench-memory", "bench-mirror"];

/// Runs all benches and writes the report; a quick run only prints it.
///
/// # Errors
/// A bench does not build or run.
pub(crate) fn measure(root: &Path, quick: bool, spec: Option<&Path>) -> Result<String> {
    let mut report = introduction(root)?;
    let directory = target(root);
    // All at once, so that the peer is built once, with the features that all of them need.
    let mut build = cargo(root);
    build.args(["build", "--release", "--locked", "--quiet", "--target-dir"]).arg(&directory);
    output(build.args(PROGRAMS.iter().chain([&COMMAND]).flat_map(|program| ["--package", program])))?;
    for program in PROGRAMS {
        let mut run = Command::new(directory.join("release").join(program));
        report.push_str(output(run.args(quick.then_some("--quick")))?.trim_end());
        report.push_str("\n\n");
    }
    let mut run = Command::new(directory.join("release").join(COMMAND));
    report.push_str(output(run.args(shipped(root)?).args(quick.then_some("--quick")))?.trim_end());
    report.push_str("\n\n");
    if quick {
        eprintln!("note: a quick run measures no cold builds and writes nothing");
    } else {
        report.push_str(&build::costs(root)?);
        report.push_str(&dependencies::costs(root)?);
    }
    report.push_str(&generator::times(root, spec, if quick { 3 } else { 9 })?);
    report.push_str(&instructions::section(root)?);
    let findings =
        fs::read_to_string(root.join(FINDINGS)).with_context(|| format!("cannot read {FINDINGS}"))?;
    report.push('\n');
    report.push_str(&findings);
    if !quick {
        fs::write(root.join(REPORT), report.trim_end().to_owned() + "\n")
            .with_context(|| format!("cannot write {REPORT}"))?;
        eprintln!("note: written to {REPORT}");
    }
    Ok(report)
}

/// Builds the programs that users get, each as a user builds it.
fn shipped(root: &Path) -> Result<Vec<PathBuf>> {
    let directory = target(root).join("shipped");
    let programs = ["fcctl", "fc-sandbox"];
    for program in programs {
        let mut build = cargo(root);
        build.current_dir(root).args(["build", "--release", "--locked", "--quiet", "--target-dir"]);
        output(build.arg(&directory).args(["--package", program, "--bin", program]))?;
    }
    Ok(programs.map(|program| directory.join("release").join(program)).to_vec())
}

fn introduction(root: &Path) -> Result<String> {
    let rustc = output(Command::new("rustc").arg("--version").current_dir(root))?;
    let commit = output(Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(root))?;
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let cpu = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(": "))
        .map_or("unknown CPU", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("unknown");
    let versions = versions(root)?;
    Ok(format!(
        "# Benchmarks\n\n\
         `cargo benches measure` writes this file. It repeats every measurement on any Linux machine with Rust \
         and a C compiler. `cargo benches measure --quick` takes fewer rounds, skips the cold builds and writes \
         nothing. The programs are in `benches/`, a separate workspace, so that only those who run them build \
         async-stripe.\n\n\
         Compared cases run in one process, in turns. Each round gives one ratio; the tables show the median of \
         the rounds. CPU time is that of the measuring thread, and for requests that of the process. Trust the \
         ratios, not the absolute numbers.\n\n\
         - Commit {}, {}, release profile without changes except for the command line, x86-64 baseline code.\n\
         - {cpu}, {cores} cores; load average at the start {load}.\n\
         - {versions}.\n\n",
        commit.trim(),
        rustc.trim(),
    ))
}

/// The versions of what is compared, from the lock file of the benches.
fn versions(root: &Path) -> Result<String> {
    let path = root.join("benches/Cargo.lock");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lock: toml::Table =
        toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("the lock file has no packages")?;
    let version = |name: &str| {
        packages
            .iter()
            .filter(|package| package.get("name").and_then(toml::Value::as_str) == Some(name))
            .filter_map(|package| package.get("version")?.as_str())
            .next_back()
            .map(|version| format!("{name} {version}"))
    };
    let names =
        ["async-stripe", "async-stripe-webhook", "miniserde", "serde_json", "reqwest", "hmac", "sha2"];
    Ok(names.into_iter().filter_map(version).collect::<Vec<_>>().join(", "))
}
