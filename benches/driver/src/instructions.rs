//! `instructions`: counts the instructions of decoding and of webhooks, which noise cannot move, and compares them with
//! the counts that were accepted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cargo::{cargo, output, target};

/// The accepted counts, relative to the workspace root.
const ACCEPTED: &str = "benches/instructions.toml";
/// By how much a count may differ, in per cent. Another C library copies and allocates a little differently; our own
/// changes that matter are larger.
const TOLERANCE: f64 = 3.0;
/// How often each case runs, so that what happens once weighs nothing.
const TIMES: u64 = 50;
const PROGRAM: &str = "bench-instructions";

/// Counts beside the accepted ones.
pub(crate) struct Comparison {
    /// One line for each case.
    pub(crate) table: String,
    /// Why the command fails: counts that differ by more than the tolerance.
    pub(crate) failure: Option<String>,
}

/// Counts and compares; `write` accepts the counts. `None` without valgrind.
///
/// # Errors
/// The program does not build, or valgrind fails.
pub(crate) fn compare(root: &Path, write: bool) -> Result<Option<Comparison>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    let accepted = accepted(root)?;
    let counted = count(root, write)?;
    if write {
        fs::write(root.join(ACCEPTED), render(&counted))
            .with_context(|| format!("cannot write {ACCEPTED}"))?;
    }
    let mut table = String::new();
    let mut worse = Vec::new();
    for (case, count) in &counted {
        let Some(before) = accepted.get(case).copied() else {
            writeln!(table, "{case:<20} {count:>10} instructions")?;
            worse.push(format!("{case} has no accepted count"));
            continue;
        };
        let change = change(before, *count);
        writeln!(table, "{case:<20} {count:>10} instructions, {change:+.1} % against {before}")?;
        if change.abs() > TOLERANCE {
            worse.push(format!("{case} {change:+.1} %"));
        }
    }
    for case in accepted.keys().filter(|case| !counted.contains_key(*case)) {
        worse.push(format!("{case} is no longer counted"));
    }
    let failure = (!worse.is_empty() && !write).then(|| {
        format!(
            "instructions differ by more than {TOLERANCE} %: {}; if that is right, accept it with `cargo benches \
             instructions --write` and say why in the commit",
            worse.join(", ")
        )
    });
    Ok(Some(Comparison { table, failure }))
}

/// The section of the report.
pub(crate) fn section(root: &Path) -> Result<String> {
    let mut text = format!(
        "## Instructions\n\nInstructions of one call under callgrind, the mean of {TIMES}. `.ci/run` compares them with {ACCEPTED} \
         and allows {TOLERANCE} % either way.\n\n| case | instructions |\n|---|---|\n"
    );
    for (case, count) in accepted(root)? {
        writeln!(text, "| {case} | {count} |")?;
    }
    Ok(text)
}

fn accepted(root: &Path) -> Result<BTreeMap<String, u64>> {
    let text = fs::read_to_string(root.join(ACCEPTED)).with_context(|| format!("cannot read {ACCEPTED}"))?;
    toml::from_str(&text).with_context(|| format!("{ACCEPTED} is no table of counts"))
}

fn render(counts: &BTreeMap<String, u64>) -> String {
    let mut text = String::from(
        "# Instructions of one call, as callgrind counts them; `cargo benches instructions --write` writes this file.\n\
         # A count that grows needs a reason in the commit. One that shrinks is accepted too, so that it stays.\n",
    );
    for (case, count) in counts {
        let _ = writeln!(text, "{case} = {count}");
    }
    text
}

fn change(before: u64, now: u64) -> f64 {
    (now as f64 / before as f64 - 1.0) * 100.0
}

/// Counts the instructions of each case that the program has. Its lock file follows the crates when counts are accepted.
fn count(root: &Path, may_lock: bool) -> Result<BTreeMap<String, u64>> {
    let directory = target(root);
    let mut build = cargo(root);
    build.args(["build", "--release", "--quiet", "--package", PROGRAM]);
    build.args((!may_lock).then_some("--locked"));
    output(build.arg("--target-dir").arg(&directory))?;
    let program = directory.join("release").join(PROGRAM);
    let cases = output(&mut Command::new(&program))?;
    cases.lines().map(|case| Ok((case.to_owned(), count_one(&program, case, &directory)?))).collect()
}

fn count_one(program: &Path, case: &str, directory: &Path) -> Result<u64> {
    let out = directory.join(format!("{case}.callgrind"));
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args([
            "--quiet",
            "--tool=callgrind",
            "--collect-atstart=no",
            "--toggle-collect=*bench_instructions::measured*",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([case, &TIMES.to_string()]);
    let run = valgrind.output().context("cannot start valgrind")?;
    ensure!(run.status.success(), "{case} fails under valgrind: {}", String::from_utf8_lossy(&run.stderr));
    let text = fs::read_to_string(&out).with_context(|| format!("cannot read {}", out.display()))?;
    let total = total(&text).with_context(|| format!("callgrind counted nothing for {case}"))?;
    Ok(total / TIMES)
}

/// The sum in what callgrind writes.
fn total(text: &str) -> Option<u64> {
    let line =
        text.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")))?;
    line.trim().parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_callgrind_is_read_and_zero_is_no_total() {
        assert_eq!(total("events: Ir\nsummary: 1234\n"), Some(1234));
        assert_eq!(total("events: Ir\ntotals: 0\n"), None);
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn a_change_is_in_per_cent_of_what_was_accepted() {
        assert!((change(200, 210) - 5.0).abs() < 1e-9);
        assert!((change(200, 190) + 5.0).abs() < 1e-9);
    }
}
