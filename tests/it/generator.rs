//! What `cargo xtask` promises of the generated files.

mod guard;
mod older_spec;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use xtask::cli::GenerateArgs;
use xtask::command::{self, OVERLAY_PATH, OWNED, SLICE_PATH};
use xtask::overlay::Overlay;
use xtask::pipeline::{self, Inputs, Rendered};

use crate::workspace;

/// Renders the workspace's own files, without looking at those that are there.
fn render() -> Rendered {
    let (slice_text, overlay_text) = (workspace::read(SLICE_PATH), workspace::read(OVERLAY_PATH));
    let overlay = Overlay::parse(OVERLAY_PATH, &overlay_text).unwrap();
    let slice = serde_json::from_str(&slice_text).unwrap();
    pipeline::render(&Inputs { slice, slice_text, overlay, overlay_text }).unwrap()
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
    OWNED.iter().flat_map(|directory| files_below(directory)).collect()
}

/// A copy of the generator's inputs and of what was generated from them.
fn copy(test: &str) -> PathBuf {
    let root = workspace::scratch(test);
    let mut files = generated();
    for path in [SLICE_PATH, OVERLAY_PATH, "openapi/normalized.json"] {
        files.insert(path.into(), workspace::read(path));
    }
    write(&root, &files);
    root
}

fn write(root: &Path, files: &BTreeMap<PathBuf, String>) {
    xtask::sync::sync(root, files, &[], xtask::sync::Mode::Write).unwrap();
}

#[test]
fn two_runs_are_equal_byte_for_byte() {
    assert_eq!(render().files, render().files);
}

#[test]
fn what_is_checked_in_is_what_a_fresh_run_renders() {
    let outcome = command::check_strict(workspace::root()).unwrap();
    assert_eq!(outcome.failure, None, "{}", outcome.output);
    // The same without `check`: byte for byte, and nothing else in the directories.
    let mut rendered = render();
    assert_eq!(rendered.notes, [""; 0]);
    let normalized = rendered.files.remove(Path::new("openapi/normalized.json")).unwrap();
    assert_eq!(normalized, workspace::read("openapi/normalized.json"));
    assert_eq!(rendered.files, generated());
}

#[test]
fn an_edit_of_one_character_in_any_file_is_found_and_mended() {
    let root = copy("generator_edit");
    let files: Vec<PathBuf> = render().files.into_keys().collect();
    for path in &files {
        let text = workspace::read(path);
        // Somewhere in the middle, so that neither header nor length gives it away.
        let at = (text.len() / 2..).find(|at| text.as_bytes()[*at].is_ascii_lowercase()).unwrap();
        let letter = if text.as_bytes()[at] == b'x' { "y" } else { "x" };
        fs::write(root.join(path), format!("{}{letter}{}", &text[..at], &text[at + 1..])).unwrap();
    }
    let outcome = command::check(&root).unwrap();
    let failure = outcome.failure.unwrap();
    assert!(failure.contains(&files.len().to_string()), "{failure}");
    assert!(failure.contains("`cargo xtask generate`"), "{failure}");
    for path in &files {
        let header = format!("--- a/{0}\n+++ b/{0}\n@@ ", path.display());
        assert!(outcome.output.contains(&header), "{header} is not in:\n{}", outcome.output);
    }
    command::generate(&root, &GenerateArgs { slice: None, out: None }).unwrap();
    assert_eq!(command::check(&root).unwrap().failure, None);
}

#[test]
fn a_stray_and_a_missing_file_are_found_and_mended() {
    let root = copy("generator_stray");
    let stray = root.join(OWNED[0]).join("widget.rs");
    let missing = root.join(OWNED[1]).join("session.rs");
    fs::write(&stray, "pub struct Widget;\n").unwrap();
    fs::remove_file(&missing).unwrap();
    let outcome = command::check(&root).unwrap();
    assert!(outcome.failure.is_some());
    for line in [
        format!("stray, nothing renders it: {}/widget.rs", OWNED[0]),
        format!("missing: {}/session.rs", OWNED[1]),
    ] {
        assert!(outcome.output.contains(&line), "{line} is not in:\n{}", outcome.output);
    }
    assert!(stray.exists() && !missing.exists(), "`check` leaves the disk alone");
    command::generate(&root, &GenerateArgs { slice: None, out: None }).unwrap();
    assert!(!stray.exists() && missing.exists());
}

#[test]
fn a_field_without_a_doc_can_be_tried_but_not_released() {
    let root = copy("generator_docs");
    let mut slice = workspace::json(SLICE_PATH);
    slice["components"]["schemas"]["financial_connections.account"]["properties"]["color"] =
        serde_json::json!({ "type": "string" });
    fs::write(root.join(SLICE_PATH), slice.to_string()).unwrap();
    let notes = command::generate(&root, &GenerateArgs { slice: None, out: None }).unwrap().notes.join("\n");
    assert!(notes.contains("financial_connections.account.color"), "{notes}");
    assert_eq!(command::check(&root).unwrap().failure, None);
    let failure = command::check_strict(&root).unwrap().failure.unwrap();
    assert!(failure.contains("documentation") && failure.contains(OVERLAY_PATH), "{failure}");
}

#[test]
fn no_generated_file_is_longer_than_a_reader_can_bear() {
    for (path, text) in generated() {
        assert!(text.lines().count() <= 1_500, "{}: {} lines", path.display(), text.lines().count());
    }
}

#[test]
fn every_generated_file_says_where_it_comes_from() {
    let mut inputs = BTreeSet::new();
    for (path, text) in generated() {
        let mut lines = text.lines();
        let first = lines.next().unwrap();
        assert!(
            first.starts_with("// @generated by `cargo xtask generate` from "),
            "{}: {first}",
            path.display()
        );
        let hash = lines.find_map(|line| line.strip_prefix("// sha256 of both inputs: ")).unwrap();
        assert!(
            hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{}: {hash}",
            path.display()
        );
        inputs.insert(hash.to_owned());
    }
    assert_eq!(inputs.len(), 1, "one run, one input: {inputs:?}");
}

/// The compiler proves the rest: `missing_docs` is denied, so that a public item without a doc does not build.
#[test]
fn nothing_switches_the_demand_for_docs_off() {
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
fn generated_code_is_typed_but_where_the_api_is_not() {
    let mut untyped = Vec::new();
    for (path, text) in generated() {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in text.lines().filter(|line| line.contains("serde_json")) {
            untyped.push(format!("{file}: {}", line.trim()));
        }
        for leftover in ["BankConnectionsResource", "progenitor", "HashMap", "Subtype", "subtype_", "flatten"]
        {
            assert!(!text.contains(leftover), "{}: {leftover}", path.display());
        }
    }
    // Attributes of any type before a change, and an object of which the spec knows nothing.
    assert_eq!(
        untyped,
        [
            "event.rs: pub previous_attributes: Option<serde_json::Map<String, serde_json::Value>>,",
            "event.rs: Unknown(serde_json::Map<String, serde_json::Value>),",
        ]
    );
}
