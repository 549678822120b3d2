//! Build cost of each dependency of the crates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::cargo::{cargo, output, target};

/// The measured program, which has all our crates with their default features.
const PROGRAM: &str = "retrieve-fc-ext";
/// Our crates, whose direct dependencies are measured.
const OURS: [&str; 3] = ["fc-types", "fc-client", "fc-ext"];

/// A crate by name and version, as `cargo tree` prints it.
type Crate = String;

/// Which crates each crate needs.
type Tree = BTreeMap<Crate, BTreeSet<Crate>>;

/// A message of `cargo build --message-format json` that ends the run of rustc or a build script.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    /// Whether cargo had the result already.
    #[serde(default)]
    fresh: bool,
}

/// The section on dependencies.
///
/// # Errors
/// The program does not build, or cargo prints something unexpected.
pub(crate) fn costs(root: &Path) -> Result<String> {
    let directory = target(root).join("timed");
    if directory.exists() {
        fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    let seconds = build(root, &directory)?;
    fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;

    let mut tree = cargo(root);
    tree.args(["tree", "--locked", "--offline", "--package", PROGRAM, "--edges", "normal,build"]);
    let tree = read_tree(&output(tree.args(["--prefix", "depth", "--no-dedupe"]))?)?;

    let sum = |crates: &BTreeSet<Crate>| crates.iter().filter_map(|name| seconds.get(name)).sum::<f64>();
    let all = reach(&tree, "");
    let mut rows: Vec<(Crate, BTreeSet<Crate>)> = direct(&tree)
        .into_iter()
        .map(|dependency| {
            let left = reach(&tree, &dependency);
            (dependency, all.difference(&left).cloned().collect())
        })
        .collect();
    rows.sort_by(|(_, a), (_, b)| sum(b).total_cmp(&sum(a)));

    let mut text = format!(
        "## Dependencies\n\nBuild cost of each direct dependency of our crates, for a program with fc-ext: the crates that only \
         it needs, and the seconds to build them in release, one job at a time ({:.0} s for the whole tree of {} crates). \
         A crate that two dependencies need is in neither row. The root Cargo.toml says what each dependency is for.\n\n\
         | dependency | crates | seconds | most expensive crates |\n|---|---|---|---|\n",
        sum(&all),
        all.len(),
    );
    let (shared, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, gone)| gone.is_empty());
    for (dependency, gone) in &rows {
        let mut costliest: Vec<&Crate> = gone.iter().collect();
        costliest.sort_by(|a, b| cost(&seconds, b).total_cmp(&cost(&seconds, a)));
        let costliest: Vec<String> = costliest
            .into_iter()
            .take(4)
            .map(|name| format!("{} {:.1}", name.split(' ').next().unwrap_or(name), cost(&seconds, name)))
            .collect();
        writeln!(text, "| {dependency} | {} | {:.1} | {} |", gone.len(), sum(gone), costliest.join(", "))?;
    }
    let shared: Vec<&str> =
        shared.iter().filter_map(|(dependency, _)| dependency.split(' ').next()).collect();
    writeln!(text, "\nNo extra cost, because other dependencies need them too: {}.\n", shared.join(", "))?;
    Ok(text)
}

fn cost(seconds: &BTreeMap<Crate, f64>, name: &str) -> f64 {
    seconds.get(name).copied().unwrap_or_default()
}

/// Builds the program, one job at a time, and returns the seconds of each crate.
///
/// With one job, the time between two messages is that of the run that the second one ends. Rejected: the report of
/// `--timings`, because its JSON is not stable and its HTML is not meant for programs.
fn build(root: &Path, directory: &Path) -> Result<BTreeMap<Crate, f64>> {
    let mut build = cargo(root);
    build.args([
        "build",
        "--release",
        "--locked",
        "--offline",
        "--quiet",
        "--jobs",
        "1",
        "--package",
        PROGRAM,
    ]);
    build.args(["--message-format", "json", "--target-dir"]).arg(directory).env("CARGO_INCREMENTAL", "0");
    let mut began = Instant::now();
    let mut child = build.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let stdout = child.stdout.take().context("cargo has no standard output")?;
    let mut seconds = BTreeMap::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cannot read what cargo prints")?;
        let Some(name) = built(&line)? else { continue };
        let now = Instant::now();
        *seconds.entry(name).or_default() += (now - began).as_secs_f64();
        began = now;
    }
    ensure!(child.wait().context("cargo did not end")?.success(), "{PROGRAM} does not build");
    Ok(seconds)
}

/// The crate that a line of cargo reports as built, if it does.
fn built(line: &str) -> Result<Option<Crate>> {
    let message: Message = serde_json::from_str(line).with_context(|| format!("cargo prints `{line}`"))?;
    let is_end = matches!(message.reason.as_str(), "compiler-artifact" | "build-script-executed");
    if !is_end || message.fresh {
        return Ok(None);
    }
    let id = &message.package_id;
    name_and_version(id).map(Some).with_context(|| format!("`{id}` is not a package id"))
}

/// Reads a package id: `registry+https://…#serde@1.0.0`, or `path+file:///x/fc-types#0.1.0` where the folder names the crate.
fn name_and_version(id: &str) -> Option<Crate> {
    let (url, fragment) = id.rsplit_once('#')?;
    Some(match fragment.split_once('@') {
        Some((name, version)) => format!("{name} {version}"),
        None => format!("{} {fragment}", url.rsplit('/').next()?),
    })
}

/// Reads lines such as `2serde v1.0.0 (proc-macro)`: a depth, a name and a version.
fn read_tree(printed: &str) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut path: Vec<Crate> = Vec::new();
    for line in printed.lines().filter(|line| !line.is_empty()) {
        let read = || {
            let name = line.find(|character: char| !character.is_ascii_digit())?;
            let (depth, rest) = line.split_at(name);
            let mut words = rest.split(' ');
            let krate = format!("{} {}", words.next()?, words.next()?.strip_prefix('v')?);
            Some((depth.parse::<usize>().ok()?, krate))
        };
        let (depth, krate) = read().with_context(|| format!("`cargo tree` prints `{line}`"))?;
        path.truncate(depth);
        if let Some(parent) = path.last() {
            tree.entry(parent.clone()).or_default().insert(krate.clone());
        }
        tree.entry(krate.clone()).or_default();
        path.push(krate);
    }
    Ok(tree)
}

fn is_named(krate: &str, names: &[&str]) -> bool {
    krate.split(' ').next().is_some_and(|name| names.contains(&name))
}

/// Direct dependencies of our crates.
fn direct(tree: &Tree) -> BTreeSet<Crate> {
    let ours = tree.iter().filter(|(krate, _)| is_named(krate, &OURS));
    ours.flat_map(|(_, needs)| needs).filter(|krate| !is_named(krate, &OURS)).cloned().collect()
}

/// Crates that the program needs if our crates do not depend on `without`; the program itself is not counted.
fn reach(tree: &Tree, without: &str) -> BTreeSet<Crate> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Crate> = tree.keys().filter(|krate| is_named(krate, &[PROGRAM])).collect();
    while let Some(krate) = open.pop() {
        let ours = is_named(krate, &OURS);
        for needed in tree.get(krate).into_iter().flatten() {
            if !(ours && needed == without) && reached.insert(needed.clone()) {
                open.push(needed);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0retrieve-fc-ext v0.0.0 (/x)\n1fc-ext v0.1.0\n2fc-types v0.1.0\n3serde v1.0.0\n4core v1.0.0\n\
                        2http v1.0.0\n3core v1.0.0\n3tls v2.0.0 (proc-macro)\n1tokio v1.0.0\n2core v1.0.0\n";

    #[test]
    fn crates_of_only_one_dependency_count_as_its_own() {
        let tree = read_tree(TREE).unwrap();
        let names = |crates: BTreeSet<Crate>| crates.into_iter().collect::<Vec<_>>().join(", ");
        assert_eq!(names(direct(&tree)), "http 1.0.0, serde 1.0.0");
        let all = reach(&tree, "");
        let gone = |without: &str| names(all.difference(&reach(&tree, without)).cloned().collect());
        assert_eq!(gone("http 1.0.0"), "http 1.0.0, tls 2.0.0");
        assert_eq!(gone("serde 1.0.0"), "serde 1.0.0");
    }

    #[test]
    fn the_crate_of_a_message_is_read_from_its_package_id() {
        let message = |reason: &str, id: &str, fresh: bool| {
            serde_json::json!({ "reason": reason, "package_id": id, "fresh": fresh }).to_string()
        };
        let registry = "registry+https://example.com/index#serde@1.0.0";
        let read = |line: String| built(&line).unwrap();
        assert_eq!(read(message("compiler-artifact", registry, false)).as_deref(), Some("serde 1.0.0"));
        let path = message("build-script-executed", "path+file:///x/fc-types#0.1.0", false);
        assert_eq!(read(path).as_deref(), Some("fc-types 0.1.0"));
        assert_eq!(read(message("compiler-artifact", registry, true)), None);
        assert_eq!(read(r#"{ "reason": "build-finished", "success": true }"#.to_owned()), None);
        assert!(built(&message("compiler-artifact", "serde", false)).is_err());
    }
}
