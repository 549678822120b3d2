//! What a registry needs of each crate that is published.

use std::fs;

use toml::Table;

use crate::workspace::{read, root};

/// The published crates: folder and manifest.
fn published() -> Vec<(String, Table)> {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(Result::unwrap);
    let folders = crates.map(|entry| format!("crates/{}", entry.file_name().to_str().unwrap()));
    let manifests =
        folders.map(|folder| (folder.clone(), read(format!("{folder}/Cargo.toml")).parse().unwrap()));
    let published: Vec<(String, Table)> = manifests
        .filter(|(_, manifest): &(_, Table)| !manifest["package"].as_table().unwrap().contains_key("publish"))
        .collect();
    assert!(published.len() >= 5, "the crates are published: {published:?}");
    published
}

#[test]
fn each_published_crate_describes_itself_and_has_its_licences() {
    let mut problems = Vec::new();
    for (folder, manifest) in published() {
        let package = manifest["package"].as_table().unwrap();
        for key in ["description", "keywords", "categories", "readme", "license", "rust-version"] {
            if !package.contains_key(key) {
                problems.push(format!("{folder}/Cargo.toml: `{key}` is missing in [package]"));
            }
        }
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            if !root().join(&folder).join(file).is_file() {
                problems.push(format!("{folder}: {file} is missing, so the package would lack it"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The generated crates change together, so a mixture of versions would not compile.
#[test]
fn the_crates_take_each_other_in_the_same_version_only() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let workspace = &workspace["workspace"];
    let version = format!("={}", workspace["package"]["version"].as_str().unwrap());
    for (folder, _) in published() {
        let name = folder.trim_start_matches("crates/");
        if let Some(dependency) = workspace["dependencies"].get(name) {
            assert_eq!(dependency["version"].as_str(), Some(&*version), "Cargo.toml: the version of {name}");
        }
    }
}
