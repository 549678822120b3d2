//! Build cost of a program that retrieves one account.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::cargo::{cargo, output, target};

/// Programs. Ratios are relative to the first.
const PROGRAMS: [(&str, &str); 4] = [
    ("retrieve-async-stripe", "async-stripe, rustls with ring"),
    ("retrieve-fc-client", "**fc-client**, rustls with ring"),
    ("retrieve-fc-ext", "**fc-ext**, rustls with ring"),
    ("retrieve-reqwest", "reqwest and serde_json alone, untyped, rustls with aws-lc"),
];

struct Cost {
    cpu: f64,
    wall: f64,
}

/// The section on builds.
///
/// # Errors
/// A program does not build, or a tool is missing.
pub(crate) fn costs(root: &Path) -> Result<String> {
    // Downloads come first, so that they are not measured.
    output(cargo(root).args(["fetch", "--locked"]))?;
    let directory = target(root).join("cold");
    let mut text = String::from(
        "## Builds\n\n\
         A cold release build of a program that retrieves one account and prints two fields: empty target, \
         sources downloaded, no incremental state, `CARGO_BUILD_JOBS=2`. CPU is the user and system time of \
         cargo and its children. Rebuilt: what cargo compiles after a change to the program's file.\n\n\
         | program | CPU s | ratio | wall s | crates | binary MB | stripped MB | rebuilt |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut peer = None;
    for (package, name) in PROGRAMS {
        let cost = cold(root, package, &directory)?;
        let ratio = cost.cpu / *peer.get_or_insert(cost.cpu);
        let binary = directory.join("release").join(package);
        let rebuilt = rebuilt(root, package, &directory)?;
        writeln!(
            text,
            "| {name} | {:.0} | {ratio:.2} | {:.0} | {} | {:.1} | {:.1} | {rebuilt} |",
            cost.cpu,
            cost.wall,
            crates(root, package)?,
            megabytes(&binary)?,
            stripped(&binary)?,
        )?;
    }
    fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    text.push('\n');
    Ok(text)
}

/// Builds into an empty directory.
fn cold(root: &Path, package: &str, directory: &Path) -> Result<Cost> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    // `times` of the shell is the only portable source of the CPU time of a process and its descendants.
    let mut shell = Command::new("sh");
    let cargo = cargo(root);
    shell.current_dir(root.join("benches"));
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
        .args([
            "-c",
            "\"$@\" && times",
            "sh",
            "cargo",
            "build",
            "--release",
            "--locked",
            "--offline",
            "--quiet",
        ])
        .args(["--package", package, "--target-dir"])
        .arg(directory)
        .env("CARGO_BUILD_JOBS", "2")
        .env("CARGO_INCREMENTAL", "0");
    let start = Instant::now();
    let printed = output(&mut shell)?;
    let wall = start.elapsed().as_secs_f64();
    // The second line has the times of the descendants.
    let line = printed.lines().last().context("the shell prints no times")?;
    let cpu = line.split_whitespace().map(seconds).sum::<Result<f64>>()?;
    Ok(Cost { cpu, wall })
}

/// Reads `2m3.450000s`.
fn seconds(text: &str) -> Result<f64> {
    let read = || {
        let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    read().with_context(|| format!("{text} is no time as `times` prints it"))
}

/// Crates that cargo compiles after the file of the program was touched, and the time of that build.
fn rebuilt(root: &Path, package: &str, directory: &Path) -> Result<String> {
    let source = root.join("benches/build").join(folder(package)).join("src/main.rs");
    let text = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
    fs::write(&source, text).with_context(|| format!("cannot touch {}", source.display()))?;
    let mut build = cargo(root);
    build.args(["build", "--release", "--locked", "--offline", "--color", "never", "--package", package]);
    build.arg("--target-dir").arg(directory).env("CARGO_INCREMENTAL", "0");
    let start = Instant::now();
    let built = build.output().context("cannot start cargo")?;
    let wall = start.elapsed().as_secs_f64();
    ensure!(built.status.success(), "{package} does not build again");
    let compiled = String::from_utf8_lossy(&built.stderr)
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("Compiling ")?.split(' ').next().map(str::to_owned))
        .collect::<Vec<_>>()
        .join(", ");
    Ok(format!("{compiled} ({wall:.1} s)"))
}

fn folder(package: &str) -> &str {
    match package {
        "retrieve-fc-client" => "ours-client",
        "retrieve-fc-ext" => "ours-ext",
        other => other.trim_start_matches("retrieve-"),
    }
}

/// Number of crates in the build, without the program.
fn crates(root: &Path, package: &str) -> Result<usize> {
    let mut tree = cargo(root);
    tree.args([
        "tree",
        "--locked",
        "--offline",
        "--package",
        package,
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ]);
    let printed = output(&mut tree)?;
    let mut crates: Vec<&str> =
        printed.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty()).collect();
    crates.sort_unstable();
    crates.dedup();
    Ok(crates.len().saturating_sub(1))
}

fn megabytes(path: &Path) -> Result<f64> {
    let bytes = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    Ok(bytes as f64 / 1e6)
}

fn stripped(binary: &Path) -> Result<f64> {
    let out: PathBuf = binary.with_extension("stripped");
    output(Command::new("strip").arg("-o").arg(&out).arg(binary))?;
    megabytes(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_shell_are_read() {
        assert_eq!(seconds("2m3.500000s").unwrap(), 123.5);
        assert!(seconds("nothing").is_err());
    }
}
