//! What each dependency of the crates costs those who build them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{cargo, output, target};

/// The program whose tree is weighed: it has all our crates, with their default features.
const PROGRAM: &str = "retrieve-fc-ext";
/// Our crates. What they name themselves is weighed; what those bring along is counted with them.
const OURS: [&str; 3] = ["fc-types", "fc-client", "fc-ext"];

/// A crate by name and version, as `cargo tree` prints it.
type Crate = String;

/// Which crates each crate needs.
type Tree = BTreeMap<Crate, BTreeSet<Crate>>;

/// A rustc or build script run, as `cargo build --timings` reports it.
#[derive(Deserialize)]
struct Unit {
    name: String,
    version: String,
    duration: f64,
}

/// The section on dependencies.
///
/// # Errors
/// The program does not build, or cargo reports in a way that is not known here.
pub(super) fn costs(root: &Path) -> Result<String> {
    let directory = target(root).join("timed");
    if directory.exists() {
        fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    let mut build = cargo(root);
    build.args(["build", "--release", "--locked", "--offline", "--quiet", "--timings", "--package", PROGRAM]);
    build.arg("--target-dir").arg(&directory).env("CARGO_BUILD_JOBS", "2").env("CARGO_INCREMENTAL", "0");
    output(&mut build)?;
    let report = directory.join("cargo-timings/cargo-timing.html");
    let report = fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
    fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    let seconds = seconds(&report)?;

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
        "## Dependencies\n\nWhat a program with fc-ext would save without each crate that ours name: the crates that would \
         be gone with it, and the seconds that cargo spent on them (wall time of each, two at a time; {:.0} s for the \
         whole tree of {} crates). What two of them need is in neither row. The root Cargo.toml says what each is for.\n\n\
         | crate | crates gone | seconds | the dearest of them |\n|---|---|---|---|\n",
        sum(&all),
        all.len(),
    );
    let (shared, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, gone)| gone.is_empty());
    for (dependency, gone) in &rows {
        let mut dearest: Vec<&Crate> = gone.iter().collect();
        dearest.sort_by(|a, b| cost(&seconds, b).total_cmp(&cost(&seconds, a)));
        let dearest: Vec<String> = dearest
            .into_iter()
            .take(4)
            .map(|name| format!("{} {:.1}", name.split(' ').next().unwrap_or(name), cost(&seconds, name)))
            .collect();
        writeln!(text, "| {dependency} | {} | {:.1} | {} |", gone.len(), sum(gone), dearest.join(", "))?;
    }
    let shared: Vec<&str> =
        shared.iter().filter_map(|(dependency, _)| dependency.split(' ').next()).collect();
    writeln!(text, "\nIn the tree without us naming them, and so free: {}.\n", shared.join(", "))?;
    Ok(text)
}

fn cost(seconds: &BTreeMap<Crate, f64>, name: &str) -> f64 {
    seconds.get(name).copied().unwrap_or_default()
}

/// The seconds of each crate, of all its units together.
fn seconds(report: &str) -> Result<BTreeMap<Crate, f64>> {
    let units = report
        .split_once("const UNIT_DATA = ")
        .and_then(|(_, rest)| rest.split_once(";\n"))
        .context("cargo's report of timings has no UNIT_DATA")?;
    let units: Vec<Unit> = serde_json::from_str(units.0).context("cargo's UNIT_DATA is not as it was")?;
    let mut seconds = BTreeMap::new();
    for unit in units {
        *seconds.entry(format!("{} {}", unit.name, unit.version)).or_default() += unit.duration;
    }
    Ok(seconds)
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

/// What our crates name themselves.
fn direct(tree: &Tree) -> BTreeSet<Crate> {
    let ours = tree.iter().filter(|(krate, _)| is_named(krate, &OURS));
    ours.flat_map(|(_, needs)| needs).filter(|krate| !is_named(krate, &OURS)).cloned().collect()
}

/// The crates that the program still needs when our crates no longer name `without`; the program itself not counted.
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
    fn what_only_one_dependency_brings_would_be_gone_with_it() {
        let tree = read_tree(TREE).unwrap();
        let names = |crates: BTreeSet<Crate>| crates.into_iter().collect::<Vec<_>>().join(", ");
        assert_eq!(names(direct(&tree)), "http 1.0.0, serde 1.0.0");
        let all = reach(&tree, "");
        let gone = |without: &str| names(all.difference(&reach(&tree, without)).cloned().collect());
        assert_eq!(gone("http 1.0.0"), "http 1.0.0, tls 2.0.0");
        assert_eq!(gone("serde 1.0.0"), "serde 1.0.0");
    }

    #[test]
    fn the_units_of_a_crate_are_added_up() {
        let report = "x\nconst UNIT_DATA = [\n{\"name\": \"a\", \"version\": \"1.0.0\", \"duration\": 0.5, \"i\": 0},\n\
                      {\"name\": \"a\", \"version\": \"1.0.0\", \"duration\": 1.0, \"i\": 1}\n];\nconst X = 1;\n";
        assert_eq!(seconds(report).unwrap(), BTreeMap::from([("a 1.0.0".to_owned(), 1.5)]));
        assert!(seconds("no report").is_err());
    }
}
