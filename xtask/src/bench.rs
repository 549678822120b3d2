//! `bench`: measures the crates side by side with their peer and the floors, and writes `BENCHMARKS.md`.
//!
//! The benches are a workspace of their own, `benches/`, whose programs print the tables. Here they are run one after the
//! other, and what no program can measure of itself is added: what builds cost, and what the generator takes.

mod build;
mod dependencies;
mod generator;
pub mod instructions;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cli::BenchArgs;
use crate::command::Outcome;

/// Where the tables go, relative to the workspace root.
const REPORT: &str = "BENCHMARKS.md";
/// What people found out about the figures, at its end.
const FINDINGS: &str = "benches/FINDINGS.md";
/// The programs that print a table each.
const PROGRAMS: [&str; 4] = ["bench-decode", "bench-requests", "bench-webhook", "bench-memory"];

/// Runs all benches and writes the report; a quick run only prints it.
///
/// # Errors
/// A bench does not build or run.
pub fn bench(root: &Path, args: &BenchArgs) -> Result<Outcome> {
    let mut report = introduction(root)?;
    let directory = target(root);
    // All at once, so that the peer is built once, with the features that all of them need.
    let mut build = cargo(root);
    build.args(["build", "--release", "--locked", "--quiet", "--target-dir"]).arg(&directory);
    output(build.args(PROGRAMS.iter().flat_map(|program| ["--package", program])))?;
    for program in PROGRAMS {
        let mut run = Command::new(directory.join("release").join(program));
        report.push_str(output(run.args(args.quick.then_some("--quick")))?.trim_end());
        report.push_str("\n\n");
    }
    let mut notes = Vec::new();
    if args.quick {
        notes.push("a quick run measures no cold builds and writes nothing".to_owned());
    } else {
        report.push_str(&build::costs(root)?);
        report.push_str(&dependencies::costs(root)?);
    }
    report.push_str(&generator::times(root, args.spec.as_deref(), if args.quick { 3 } else { 9 })?);
    report.push_str(&instructions::section(root)?);
    let findings =
        fs::read_to_string(root.join(FINDINGS)).with_context(|| format!("cannot read {FINDINGS}"))?;
    report.push('\n');
    report.push_str(&findings);
    if !args.quick {
        fs::write(root.join(REPORT), report.trim_end().to_owned() + "\n")
            .with_context(|| format!("cannot write {REPORT}"))?;
        notes.push(format!("written to {REPORT}"));
    }
    Ok(Outcome { output: report, notes, failure: None })
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
         Written by `cargo xtask bench`, which repeats all of it on any Linux machine with Rust and a C compiler; \
         `cargo xtask bench --quick` prints a rougher look and skips the cold builds. The programs are in `benches/`, a \
         workspace of its own, so that nobody builds the peer who does not ask for it.\n\n\
         Cases that are compared run in one process, in turns; each round gives one ratio, and the tables show the median \
         of the rounds. CPU time is that of the measuring thread, or for requests of the process. Compare ratios, not absolute figures, across machines.\n\n\
         - Commit {}, {}, release profile without changes, x86-64 baseline code.\n\
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

/// Cargo in the workspace of the benches.
fn cargo(root: &Path) -> Command {
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

/// Where the benches are built.
fn target(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("benches")
}

/// What a program prints; its errors go where ours do.
fn output(command: &mut Command) -> Result<String> {
    let what = format!("{command:?}");
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {what}"))?;
    ensure!(output.status.success(), "{what} failed ({})", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{what} prints no text"))
}
