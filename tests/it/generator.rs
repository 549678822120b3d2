//! Promises of `cargo xtask` about the generated files.

mod guard;
mod older_spec;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use xtask::cli::GenerateArgs;
use xtask::commands::{check, generate};
use xtask::files::paths::SOURCE_PATH;
use xtask::generator::pipeline::{self, Inputs};
use xtask::spec::source::{Source, Target};

use crate::workspace;

/// The slice of the general version.
const SLICE_PATH: &str = "openapi/slice.json";
/// Its overlay.
const OVERLAY_PATH: &str = "openapi/overlay.yaml";

/// The targets, the general version first.
fn targets() -> Vec<Target> {
    Source::read(workspace::root()).unwrap().target.into_values().collect()
}

fn general() -> Target {
    targets().remove(0)
}

/// Renders the files of the workspace without reading the existing ones, and requires that there is nothing to note.
fn render() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for target in targets() {
        let slice = workspace::read(&target.slice);
        let inputs = Inputs::of(&target, slice, &|overlay| Ok(workspace::read(overlay))).unwrap();
        let rendered = pipeline::render(&inputs).unwrap();
        assert_eq!(rendered.notes, [""; 0]);
        files.extend(rendered.files);
    }
    files
}

/// Every file below a directory, by its path from the root.
fn files_below(directory: &str) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut pending = vec![PathBuf::from(directory)];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(workspace::root().join(&directory)).unwrap() {
            let entry = entry.unwrap();
            let path = directory.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                pending.push(path);
            } else {
                files.insert(path.clone(), workspace::read(&path));
            }
        }
    }
    files
}

/// Every generated source file that is checked in.
fn generated() -> BTreeMap<PathBuf, String> {
    let owned = targets().into_iter().flat_map(|target| target.output.owned());
    owned.flat_map(|directory| files_below(directory.to_str().unwrap())).collect()
}

/// A copy of the generator's inputs and outputs.
fn copy(test: &str) -> PathBuf {
    let root = workspace::scratch(test);
    let mut files = generated();
    files.insert(SOURCE_PATH.into(), workspace::read(SOURCE_PATH));
    for target in targets() {
        for path in [target.slice, target.output.normalized].into_iter().chain(target.overlays) {
            files.insert(path.clone(), workspace::read(&path));
        }
    }
    write(&root, &files);
    root
}

fn write(root: &Path, files: &BTreeMap<PathBuf, String>) {
    xtask::files::sync::sync(root, files, &[], xtask::files::sync::Mode::Write).unwrap();
}

#[test]
fn two_runs_are_equal_byte_for_byte() {
    assert_eq!(render(), render());
}

#[test]
fn checked_in_files_equal_a_fresh_rendering() {
    let outcome = check::check_strict(workspace::root()).unwrap();
    assert_eq!(outcome.failure, None, "{}", outcome.output);
    // The same without `check`: byte for byte, and no other file in the folders.
    let mut rendered = render();
    for target in targets() {
        let normalized = rendered.remove(&target.output.normalized).unwrap();
        assert_eq!(normalized, workspace::read(&target.output.normalized));
    }
    assert_eq!(rendered, generated());
}

#[test]
fn an_edit_of_one_character_in_any_file_is_found_and_fixed() {
    let root = copy("generator_edit");
    let files: Vec<PathBuf> = render().into_keys().collect();
    for path in &files {
        let text = workspace::read(path);
        // In the middle, so that neither header nor length shows the edit.
        let at = (text.len() / 2..).find(|at| text.as_bytes()[*at].is_ascii_lowercase()).unwrap();
        let letter = if text.as_bytes()[at] == b'x' { "y" } else { "x" };
        fs::write(root.join(path), format!("{}{letter}{}", &text[..at], &text[at + 1..])).unwrap();
    }
    let outcome = check::check(&root).unwrap();
    let failure = outcome.failure.unwrap();
    assert!(failure.contains(&files.len().to_string()), "{failure}");
    assert!(failure.contains("`cargo xtask generate`"), "{failure}");
    for path in &files {
        let header = format!("--- a/{0}\n+++ b/{0}\n@@ ", path.display());
        assert!(outcome.output.contains(&header), "{header} is not in:\n{}", outcome.output);
    }
    generate::generate(&root, &GenerateArgs::default()).unwrap();
    assert_eq!(check::check(&root).unwrap().failure, None);
}

#[test]
fn a_stray_and_a_missing_file_are_found_and_fixed() {
    let root = copy("generator_stray");
    let [types, client, _] = general().output.owned();
    let stray = root.join(&types).join("widget.rs");
    let missing = root.join(&client).join("session.rs");
    fs::write(&stray, "pub struct Widget;\n").unwrap();
    fs::remove_file(&missing).unwrap();
    let outcome = check::check(&root).unwrap();
    assert!(outcome.failure.is_some());
    for line in [
        format!("stray, nothing renders it: {}/widget.rs", types.display()),
        format!("missing: {}/session.rs", client.display()),
    ] {
        assert!(outcome.output.contains(&line), "{line} is not in:\n{}", outcome.output);
    }
    assert!(stray.exists() && !missing.exists(), "`check` leaves the disk alone");
    generate::generate(&root, &GenerateArgs::default()).unwrap();
    assert!(!stray.exists() && missing.exists());
}

#[test]
fn a_field_without_a_doc_can_be_tried_but_not_released() {
    let root = copy("generator_docs");
    let mut slice = workspace::json(SLICE_PATH);
    slice["components"]["schemas"]["financial_connections.account"]["properties"]["color"] =
        serde_json::json!({ "type": "string" });
    fs::write(root.join(SLICE_PATH), slice.to_string()).unwrap();
    let notes = generate::generate(&root, &GenerateArgs::default()).unwrap().notes.join("\n");
    assert!(notes.contains("financial_connections.account.color"), "{notes}");
    assert_eq!(check::check(&root).unwrap().failure, None);
    let failure = check::check_strict(&root).unwrap().failure.unwrap();
    assert!(failure.contains("documentation") && failure.contains(OVERLAY_PATH), "{failure}");
}

#[test]
fn no_generated_file_has_more_than_1500_lines() {
    for (path, text) in generated() {
        assert!(text.lines().count() <= 1_500, "{}: {} lines", path.display(), text.lines().count());
    }
}

#[test]
fn every_generated_file_names_its_inputs() {
    let mut inputs = BTreeSet::new();
    for (path, text) in generated() {
        let mut lines = text.lines();
        let first = lines.next().unwrap();
        assert!(
            first.starts_with("// @generated by `cargo xtask generate` from "),
            "{}: {first}",
            path.display()
        );
        let hash =
            lines.find_map(|line| line.strip_prefix("// sha256 of ")?.split_once(" inputs: ")).unwrap().1;
        assert!(
            hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{}: {hash}",
            path.display()
        );
        inputs.insert(hash.to_owned());
    }
    assert_eq!(inputs.len(), targets().len(), "one target, one input: {inputs:?}");
}

/// The compiler checks the rest: `missing_docs` is denied, so a public item without a doc does not build.
#[test]
fn no_file_switches_the_lint_for_missing_docs_off() {
    let root: toml::Table = workspace::read("Cargo.toml").parse().unwrap();
    assert_eq!(root["workspace"]["lints"]["rust"]["missing_docs"].as_str(), Some("deny"));
    for package in ["crates/fc-types", "crates/fc-client"] {
        let manifest: toml::Table = workspace::read(format!("{package}/Cargo.toml")).parse().unwrap();
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{package}");
        for (path, text) in files_below(&format!("{package}/src")) {
            assert!(!text.contains("missing_docs"), "{}", path.display());
        }
    }
}

#[test]
fn generated_code_is_untyped_only_where_the_api_is() {
    let (mut untyped, mut maps) = (Vec::new(), Vec::new());
    for (path, text) in generated() {
        let shown = path.display();
        let lines = |part: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.contains(part));
            lines.map(|line| format!("{shown}: {}", line.trim())).collect()
        };
        untyped.extend(lines("serde_json::Value"));
        assert!(!text.contains("HashMap"), "{shown}: a map without an order");
        maps.extend(lines("BTreeMap"));
        for leftover in ["BankConnectionsResource", "progenitor", "Subtype", "subtype_", "flatten"] {
            assert!(!text.contains(leftover), "{shown}: {leftover}");
        }
    }
    // Previous attributes of any type, an object without a schema, and the first again while the event is read in one pass.
    let of_any_type = [
        "pub previous_attributes: Option<serde_json::Map<String, serde_json::Value>>,",
        "Unknown(serde_json::Map<String, serde_json::Value>),",
        "previous_attributes: Option<serde_json::Map<String, serde_json::Value>>,",
    ];
    let modules = ["crates/fc-types/src/generated", "crates/fc-types/src/preview/generated"];
    let expected =
        modules.iter().flat_map(|module| of_any_type.map(|line| format!("{module}/event.rs: {line}")));
    assert_eq!(untyped, expected.collect::<Vec<_>>());
    // Texts by keys that a user chooses.
    assert_eq!(
        maps,
        ["crates/fc-types/src/preview/generated/event.rs: pub custom_data: \
             Option<::std::collections::BTreeMap<String, String>>,"]
    );
}
