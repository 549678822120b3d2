//! Arrows between the packages of the workspace: the list in ARCHITECTURE.md, held against the manifests.
//!
//! The list is a fenced block `packages`. Each line is a package and the packages that it uses; what only its tests and
//! examples use follows `tests:`.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::document::Block;

/// Names of packages.
type Names = BTreeSet<String>;

/// What a package uses, and what only its tests and examples use.
type Uses = (Names, Names);

/// What manifests, by their paths, have against the list.
pub(crate) fn problems(
    document: &str,
    block: &Block<'_>,
    manifests: &BTreeMap<String, String>,
) -> Vec<String> {
    let place = format!("{document}:{}", block.line);
    let mut listed: BTreeMap<&str, Uses> = block.lines.iter().filter_map(|(_, line)| entry(line)).collect();
    let parsed: BTreeMap<&str, Table> =
        manifests.iter().map(|(path, text)| (path.as_str(), text.parse().expect("cargo reads it"))).collect();
    let members: BTreeMap<&str, &str> =
        parsed.iter().filter_map(|(path, manifest)| Some((name(manifest)?, *path))).collect();
    let mut problems = Vec::new();
    for (name, path) in &members {
        let Some((uses, tests)) = listed.remove(name) else {
            problems.push(format!("{path}: {name} is not in the list at {place}"));
            continue;
        };
        let (found_uses, found_tests) = uses_of(&parsed[path], &members);
        for (allowed, found, kind) in
            [(uses, found_uses, "depends on"), (tests, found_tests, "has a dev-dependency on")]
        {
            problems.extend(found.difference(&allowed).map(|used| {
                format!(
                    "{path}: {name} {kind} {used}, which the list at {place} does not allow: remove the \
                     dependency, or change the list"
                )
            }));
            problems.extend(allowed.difference(&found).map(|used| {
                format!("{place}: {name} is said to use {used}, but {path} has no such dependency")
            }));
        }
    }
    problems.extend(listed.keys().map(|name| format!("{place}: there is no package {name}")));
    problems
}

fn entry(line: &str) -> Option<(&str, Uses)> {
    let (name, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let (uses, tests) = rest.split_once("tests:").unwrap_or((rest, ""));
    let names = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    (!name.is_empty()).then(|| (name, (names(uses), names(tests))))
}

fn name(manifest: &Table) -> Option<&str> {
    manifest.get("package")?.get("name")?.as_str()
}

/// The members that a manifest names as dependencies, for any target.
fn uses_of(manifest: &Table, members: &BTreeMap<&str, &str>) -> Uses {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables: Vec<&Table> = targets.filter_map(Value::as_table).chain([manifest]).collect();
    let names = |keys: &[&str]| -> Names {
        let dependencies =
            tables.iter().flat_map(|table| keys.iter().filter_map(|key| table.get(*key)?.as_table()));
        dependencies.flat_map(Table::iter).filter_map(|(key, value)| used(key, value, members)).collect()
    };
    (names(&["dependencies", "build-dependencies"]), names(&["dev-dependencies"]))
}

/// The package behind a dependency, which may have another name here.
fn used(key: &str, value: &Value, members: &BTreeMap<&str, &str>) -> Option<String> {
    let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
    members.contains_key(package).then(|| package.to_owned())
}
